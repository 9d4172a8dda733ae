//! Forged JWTs as bearer tokens and as id_token_hint: the key decides the algorithm, never the header.

mod jwt_algorithm_confusion {
    use super::super::super::support::{code, id_token, offline, part, sign_out};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, EncodingKey, crypto};
    use serde_json::{Value, json};
    use usher_crypto::jose::{SigningAlgorithm, SigningKey};
    use usher_test::{Application, Browser, TestServer};

    fn encode(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// A header with members changed; `null` takes one away.
    fn changed(header: &Value, changes: &Value) -> Value {
        let mut header = header.clone();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => header.as_object_mut().unwrap().remove(name),
                value => header.as_object_mut().unwrap().insert(name.clone(), value.clone()),
            };
        }
        header
    }

    /// A key of the attacker's own and its public half.
    fn attackers_key() -> (SigningKey, Value) {
        let made = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        let key = SigningKey::from_pkcs8(SigningAlgorithm::Es256, made.pkcs8.expose()).unwrap();
        (key, serde_json::to_value(&made.public).unwrap())
    }

    /// The signature of the attacker's key over a text.
    fn attackers_signature(pkcs8: &[u8], text: &str) -> String {
        crypto::sign(text.as_bytes(), &EncodingKey::from_ec_der(pkcs8), Algorithm::ES256).unwrap()
    }

    /// Forgeries of a genuine token, each with its name. `keys` is the server's own key set.
    fn forgeries(genuine: &str, keys: &[Value]) -> Vec<(String, String)> {
        let (header, claims) = (part(genuine, 0), part(genuine, 1));
        let parts: Vec<&str> = genuine.split('.').collect();
        let mut forged = Vec::new();
        let mut add = |name: &str, token: String| forged.push((name.to_owned(), token));
        for none in ["none", "None", "NONE", "nOnE", ""] {
            let head = encode(&changed(&header, &json!({ "alg": none })));
            add(&format!("alg {none:?}, no signature"), format!("{head}.{}.", parts[1]));
            add(&format!("alg {none:?}, old signature"), format!("{head}.{}.{}", parts[1], parts[2]));
            add(
                &format!("alg {none:?}, no kid"),
                format!("{}.{}.", encode(&changed(&header, &json!({ "alg": none, "kid": null }))), parts[1]),
            );
        }
        add("no signature", format!("{}.{}.", parts[0], parts[1]));
        add("two parts", format!("{}.{}", parts[0], parts[1]));
        add("four parts", format!("{genuine}.{}", parts[2]));
        add("no header", format!(".{}.{}", parts[1], parts[2]));
        // HMAC with whatever of the public key an attacker can read.
        for key in keys {
            let mut secrets = vec![
                key.to_string().into_bytes(),
                key["kid"].as_str().unwrap().as_bytes().to_vec(),
                Vec::new(),
            ];
            for member in ["n", "x"] {
                if let Some(text) = key[member].as_str() {
                    secrets.extend([text.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(text).unwrap()]);
                }
            }
            for (number, secret) in secrets.iter().enumerate() {
                for kid in [key["kid"].clone(), Value::Null] {
                    let head = encode(&changed(&header, &json!({ "alg": "HS256", "kid": kid })));
                    let signed = format!("{head}.{}", parts[1]);
                    let signature =
                        crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(secret), Algorithm::HS256)
                            .unwrap();
                    add(&format!("HS256 by public key {number}"), format!("{signed}.{signature}"));
                }
            }
        }
        let made = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        let public = serde_json::to_value(&made.public).unwrap();
        let kid = header["kid"].clone();
        for (name, changes) in [
            ("the server's kid", json!({ "alg": "ES256" })),
            ("no kid", json!({ "alg": "ES256", "kid": null })),
            ("embedded jwk", json!({ "alg": "ES256", "jwk": public, "kid": public["kid"] })),
            ("embedded jwk, the server's kid", json!({ "alg": "ES256", "jwk": public })),
            ("jku", json!({ "alg": "ES256", "jku": "https://evil.test/jwks.json", "kid": public["kid"] })),
            ("x5u", json!({ "alg": "ES256", "x5u": "https://evil.test/cert.pem" })),
            ("x5c", json!({ "alg": "ES256", "x5c": ["MIIB"] })),
            ("kid as a path", json!({ "alg": "ES256", "kid": "../../../../dev/null" })),
            ("kid as SQL", json!({ "alg": "ES256", "kid": "x' UNION SELECT 'key" })),
            ("empty kid", json!({ "alg": "ES256", "kid": "" })),
            ("kid as a number", json!({ "alg": "ES256", "kid": 1 })),
            ("the server's alg", json!({})),
            ("another alg", json!({ "alg": "PS256" })),
            ("crit", json!({ "alg": "ES256", "crit": ["exp"], "kid": kid })),
            ("b64 false", json!({ "alg": "ES256", "b64": false, "crit": ["b64"] })),
        ] {
            let signed = format!("{}.{}", encode(&changed(&header, &changes)), parts[1]);
            let signature = attackers_signature(made.pkcs8.expose(), &signed);
            add(&format!("the attacker's signature, {name}"), format!("{signed}.{signature}"));
            add(&format!("the old signature, {name}"), format!("{signed}.{}x", parts[2]));
        }
        let richer =
            changed(&claims, &json!({ "scope": "openid email profile admin", "exp": 4_000_000_000_u32 }));
        add("richer claims", format!("{}.{}.{}", parts[0], encode(&richer), parts[2]));
        let twice = format!("{{\"alg\":\"none\",{}", &header.to_string()[1..]);
        add("alg twice", format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(twice), parts[1], parts[2]));
        add("padding", format!("{}=.{}.{}", parts[0], parts[1], parts[2]));
        add(
            "JSON serialization",
            json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] }).to_string(),
        );
        forged
    }

    async fn key_set(app: &Application) -> Vec<Value> {
        app.get("/oidc/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().clone()
    }

    async fn assert_no_access_token(app: &Application, name: &str, token: &str) {
        assert_eq!(app.userinfo(token).await.status, 401, "{name}: {token}");
        assert!(!app.is_active(token).await, "{name}: {token}");
        assert_eq!(app.revoke(token).await.status, 200, "{name}");
    }

    async fn assert_no_hint(app: &Application, browser: &mut Browser, name: &str, token: &str) {
        let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        let request = format!("{}&id_token_hint={token}", app.request(&[("prompt", "none")]));
        let target = browser.get(&request).await.location();
        assert!(target.contains("error=invalid_request"), "{name}: {target}");
        let answer = sign_out(browser, &token).await;
        assert_eq!(answer.status, 400, "{name}: {:?}", answer.headers);
    }

    #[tokio::test]
    async fn no_forgery_is_an_access_token() {
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            let settings = format!("access_token_signed_response_alg = \"{algorithm}\"");
            let t = TestServer::builder().application("web", &settings).start().await;
            let web = t.application("web");
            let tokens = web.sign_in(&mut t.browser(), "alice", "openid").await;
            for (name, token) in forgeries(&tokens.access, &key_set(&web).await) {
                assert_no_access_token(&web, &format!("{algorithm}: {name}"), &token).await;
            }
            assert!(web.is_active(&tokens.access).await);
        }
    }

    #[tokio::test]
    async fn no_forgery_is_an_id_token_hint() {
        for algorithm in ["RS256", "EdDSA", "HS256"] {
            let settings = format!("id_token_signed_response_alg = \"{algorithm}\"");
            let t = TestServer::builder().application("web", &settings).start().await;
            let (web, mut browser) = (t.application("web"), t.browser());
            let tokens = web.sign_in(&mut browser, "alice", "openid").await;
            for (name, token) in forgeries(id_token(&tokens), &key_set(&web).await) {
                assert_no_hint(&web, &mut browser, &format!("{algorithm}: {name}"), &token).await;
            }
            let request = web.request(&[("prompt", "none"), ("id_token_hint", id_token(&tokens))]);
            assert!(browser.get(&request).await.location().contains("code="), "the session is still there");
            assert_eq!(sign_out(&mut browser, id_token(&tokens)).await.status, 200);
        }
    }

    /// Tokens that the server's own key signed, and that are for something else all the same.
    #[tokio::test]
    async fn a_right_signature_alone_is_not_enough() {
        let t = TestServer::start().await;
        let (web, mut browser) = (t.application("web"), t.browser());
        let tokens = offline(&web, &mut browser).await;
        let snapshot = t.app.snapshot();
        let key = snapshot.pool(None).unwrap().keys.signing(SigningAlgorithm::Rs256).unwrap();
        let claims = part(&tokens.access, 1);
        assert!(
            web.is_active(&key.sign("application/at+jwt", &claims).unwrap()).await,
            "RFC 9068 §4 takes both forms"
        );
        for typ in ["JWT", "at", "at+jwt+x", "logout+jwt", "dpop+jwt", "secevent+jwt", ""] {
            assert_no_access_token(&web, typ, &key.sign(typ, &claims).unwrap()).await;
        }
        for (name, changes) in [
            ("another issuer", json!({ "iss": "https://evil.test/oidc" })),
            ("the other pool", json!({ "iss": format!("{}/staff/oidc", t.origin()) })),
            ("no grant", json!({ "gid": null })),
            ("an unknown grant", json!({ "gid": "01890a5d-ac96-774b-bcce-b302099a8057" })),
            ("exp as text", json!({ "exp": "4000000000" })),
            ("no subject", json!({ "sub": null })),
        ] {
            assert_no_access_token(&web, name, &key.sign("at+jwt", &changed(&claims, &changes)).unwrap())
                .await;
        }
        let expired = key.sign("at+jwt", &changed(&claims, &json!({ "exp": 1 }))).unwrap();
        assert_eq!(web.userinfo(&expired).await.status, 401);
        assert!(!web.is_active(&expired).await);
        let claims = part(id_token(&tokens), 1);
        for typ in ["at+jwt", "logout+jwt", "application/at+jwt", "dpop+jwt"] {
            assert_no_hint(&web, &mut browser, typ, &key.sign(typ, &claims).unwrap()).await;
        }
        let foreign =
            key.sign("JWT", &changed(&claims, &json!({ "iss": "https://evil.test/oidc" }))).unwrap();
        assert_no_hint(&web, &mut browser, "another issuer", &foreign).await;
        assert!(web.is_active(&tokens.access).await);
    }

    #[tokio::test]
    async fn a_secret_of_one_application_signs_no_hint_of_another() {
        let hs256 = "id_token_signed_response_alg = \"HS256\"";
        let t = TestServer::builder().application("web", hs256).application("post", hs256).start().await;
        let (web, post, mut browser) = (t.application("web"), t.application("post"), t.browser());
        let tokens = web.sign_in(&mut browser, "alice", "openid").await;
        code(&post, &mut browser, &[]).await;
        let claims = part(id_token(&tokens), 1);
        let (key, public) = attackers_key();
        assert!(public.get("d").is_none());
        assert_no_hint(&web, &mut browser, "the attacker's key", &key.sign("JWT", &claims).unwrap()).await;
        let by_post = SigningKey::from_secret(post.secret.as_ref().unwrap().as_bytes()).unwrap();
        assert_no_hint(&web, &mut browser, "another's secret", &by_post.sign("JWT", &claims).unwrap()).await;
        let by_web = SigningKey::from_secret(web.secret.as_ref().unwrap().as_bytes()).unwrap();
        let own = by_web.sign("JWT", &claims).unwrap();
        assert!(
            browser
                .get(&web.request(&[("prompt", "none"), ("id_token_hint", &own)]))
                .await
                .location()
                .contains("code=")
        );
        // An access token signed by an application's secret is nothing at all.
        let bearer = by_web.sign("at+jwt", &part(&tokens.access, 1)).unwrap();
        assert_no_access_token(&web, "by a secret", &bearer).await;
    }

    #[tokio::test]
    async fn a_token_of_one_pool_is_none_of_another() {
        let t = TestServer::start().await;
        let (web, staff) = (t.application("web"), t.application_of("staff", "web"));
        let (mut browser, mut of_staff) = (t.browser(), t.browser());
        let tokens = web.sign_in(&mut browser, "alice", "openid").await;
        let tokens_of_staff = staff.sign_in(&mut of_staff, "alice", "openid").await;
        assert_no_access_token(&web, "staff's", &tokens_of_staff.access).await;
        assert_no_access_token(&staff, "the first pool's", &tokens.access).await;
        assert_no_hint(&web, &mut browser, "staff's", id_token(&tokens_of_staff)).await;
        assert!(web.is_active(&tokens.access).await && staff.is_active(&tokens_of_staff.access).await);
    }
}
