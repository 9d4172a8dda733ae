//! Forged JWTs as bearer tokens and as id_token_hint: the key decides the algorithm, never the header.

mod jwt_algorithm_confusion {
    use super::super::super::support::{code, id_token, offline, part, sign_out};
    use serde_json::{Value, json};
    use usher_crypto::jose::{SigningAlgorithm, SigningKey};
    use usher_test::{Application, Browser, TestServer, changed, forgeries};

    /// A key of the attacker's own and its public half.
    fn attackers_key() -> (SigningKey, Value) {
        let made = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        let key = SigningKey::from_pkcs8(SigningAlgorithm::Es256, made.pkcs8.expose()).unwrap();
        (key, serde_json::to_value(&made.public).unwrap())
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
        let key = snapshot
            .pool(None)
            .unwrap()
            .keys
            .signing(SigningAlgorithm::Rs256, t.app.world.clock.now())
            .unwrap();
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
