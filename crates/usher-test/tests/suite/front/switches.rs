//! Every mode has a switch: what is off is refused by the right way, what nobody may use is not offered, and each endpoint takes the
//! authentication that is registered for it.

use super::support::{TYPES, builder, by_front_channel, expected, response, server, signed_in};
use serde_json::{Value, json};
use usher_store::Engine;
use usher_test::{Answer, TestServer, send};

#[tokio::test]
async fn a_response_type_that_is_off_is_refused_by_the_way_of_its_kind() {
    let t = TestServer::start().await;
    for name in ["web", "post", "first-party", "spa", "native"] {
        let app = t.application(name);
        for kind in TYPES.into_iter().filter(|kind| *kind != "code") {
            let r = app.respond_at_once(&mut t.browser(), &[("response_type", kind)]).await;
            let way = if by_front_channel(kind) { "fragment" } else { "query" };
            assert_eq!((r.error(), r.mode), ("unauthorized_client", way), "{name} {kind}");
            r.has_exactly(&["error", "error_description", "state", "iss"]);
            assert!(r.get("error_description").contains(kind), "{kind} is named");
        }
    }
    for mode in ["form_post", "web_message", "fragment"] {
        let changes = [("response_type", "id_token token"), ("response_mode", mode)];
        let r = t.application("web").respond_at_once(&mut t.browser(), &changes).await;
        assert_eq!((r.error(), r.mode), ("unauthorized_client", mode));
    }
}

#[tokio::test]
async fn each_response_type_is_on_by_itself() {
    for on in TYPES {
        let settings = format!(
            "response_types = [\"{on}\"]\ngrant_types = [{}]",
            match on {
                "code" => "\"authorization_code\"",
                "none" => "",
                "id_token" | "id_token token" => "\"implicit\"",
                _ => "\"authorization_code\", \"implicit\"",
            }
        );
        let t = TestServer::builder().application("first-party", &settings).start().await;
        let (own, mut browser) = (t.application("first-party"), t.browser());
        own.respond(&mut browser, "alice", &[("response_type", on)]).await.has_exactly(&expected(on));
        for off in TYPES.into_iter().filter(|kind| *kind != on) {
            let r = own.respond_at_once(&mut browser, &[("response_type", off)]).await;
            assert_eq!(r.error(), "unauthorized_client", "{off} where only {on} is on");
        }
    }
}

#[tokio::test]
async fn a_mode_that_is_switched_off_stops_at_once_and_what_waits_in_a_browser_too() {
    let mut t = server().await;
    let own = t.application("own");
    let mut browser = t.browser();
    let page = browser.open(&own.request(&[("response_type", "id_token token")])).await.page();
    let marker = "client_name = \"Every Mode of Ours\"\n";
    let table = t.seed().split_once(marker).unwrap().1.split("\n[[").next().unwrap().to_owned();
    let only_code = table
        .lines()
        .filter(|l| !l.starts_with("grant_types") && !l.starts_with("response_types"))
        .chain(["grant_types = [\"authorization_code\"]", ""])
        .collect::<Vec<_>>()
        .join("\n");
    t.reseed(&table, &only_code).await;
    let arrival = browser.submit(&page, &[("identifier", "alice"), ("password", usher_test::PASSWORD)]).await;
    let r = usher_test::Response::of(&arrival).expect("a response");
    assert_eq!((r.error(), r.mode), ("unauthorized_client", "fragment"));
    let answer = own
        .post(
            "/oidc/token",
            &[("grant_type", "password"), ("username", "alice"), ("password", usher_test::PASSWORD)],
        )
        .await;
    answer.refused("unauthorized_client");
}

/// OpenID Connect Core §3.2.2.1: "the Redirection URI MUST NOT use the http scheme unless the Client is a native application".
#[tokio::test]
async fn tokens_go_to_plain_http_only_on_a_native_loopback_or_by_a_switch_for_development() {
    let modes = "grant_types = [\"authorization_code\", \"implicit\"]\nresponse_types = [\"code\", \"id_token\", \"id_token token\", \"code token\", \"none\"]";
    let web = "[\"https://own.test/cb\"]";
    let both = "[\"https://own.test/cb\", \"http://localhost:4000/cb\", \"http://127.0.0.1:4000/cb\"]";
    let t = TestServer::builder().application("first-party", modes).edit(web, both).start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    own.respond(&mut browser, "alice", &[]).await;
    for uri in ["http://localhost:4000/cb", "http://127.0.0.1:4000/cb"] {
        for kind in ["id_token", "id_token token", "code token"] {
            let changes = [("redirect_uri", uri), ("response_type", kind)];
            let r = own.respond_at_once(&mut browser, &changes).await;
            assert_eq!((r.error(), r.mode), ("invalid_request", "fragment"), "{kind} to {uri}");
            assert!(r.get("error_description").contains("https"), "{r:?}");
            own.respond_at_once(&mut browser, &[("response_type", kind)]).await.has_exactly(&expected(kind));
        }
        for kind in ["code", "none"] {
            let changes = [("redirect_uri", uri), ("response_type", kind)];
            own.respond_at_once(&mut browser, &changes).await.has_exactly(&expected(kind));
        }
    }
    let insecure = format!("{modes}\nallow_insecure_redirect_uris = true");
    let t = TestServer::builder().application("first-party", &insecure).edit(web, both).start().await;
    let changes = [("redirect_uri", "http://localhost:4000/cb"), ("response_type", "id_token token")];
    t.application("first-party")
        .respond(&mut t.browser(), "alice", &changes)
        .await
        .has_exactly(&expected("id_token token"));
    let t = TestServer::builder().application("native", modes).start().await;
    for uri in ["http://127.0.0.1:5005/cb", "http://[::1]:5006/cb", "com.example.notes:/cb"] {
        let changes = [("redirect_uri", uri), ("response_type", "id_token token")];
        let r = t.application("native").respond(&mut t.browser(), "alice", &changes).await;
        r.has_exactly(&expected("id_token token"));
        assert_eq!(r.target, uri);
    }
}

async fn lists(t: &TestServer) -> (Value, Value) {
    let metadata = t.application("web").get("/oidc/.well-known/openid-configuration").await.json();
    (metadata["response_types_supported"].clone(), metadata["grant_types_supported"].clone())
}

#[tokio::test]
async fn discovery_offers_what_some_application_may_use_and_follows_the_settings() {
    let mut t = TestServer::start().await;
    let usual = json!(["authorization_code", "refresh_token"]);
    assert_eq!(lists(&t).await, (json!(["code"]), usual.clone()));
    let marker = "client_id = \"web\"\n";
    let with = |settings: &str| format!("{marker}{settings}\n");
    let steps = [
        (
            "response_types = [\"code\", \"none\"]",
            json!(["code", "none"]),
            json!(["authorization_code", "refresh_token"]),
        ),
        (
            "grant_types = [\"implicit\"]\nresponse_types = [\"token id_token\"]",
            json!(["code", "id_token token"]),
            json!(["authorization_code", "refresh_token", "implicit"]),
        ),
        (
            "grant_types = [\"authorization_code\", \"password\"]\nfirst_party = true",
            json!(["code"]),
            json!(["authorization_code", "refresh_token", "password"]),
        ),
    ];
    let mut before = marker.to_owned();
    for (settings, types, grants) in steps {
        let now = with(settings);
        t.reseed(&before, &now).await;
        assert_eq!(lists(&t).await, (types, grants), "{settings}");
        before = now;
    }
    let t = server().await;
    let (types, grants) = lists(&t).await;
    assert_eq!(
        types,
        json!([
            "code",
            "id_token",
            "id_token token",
            "code id_token",
            "code token",
            "code id_token token",
            "none"
        ])
    );
    for grant in ["implicit", "password"] {
        assert!(grants.as_array().unwrap().contains(&json!(grant)));
    }
    // What another pool's applications may do is not offered here.
    let staff = t.application("web").get("/staff/oidc/.well-known/openid-configuration").await.json();
    assert_eq!(staff["response_types_supported"], json!(["code"]));
    // Every combination that is listed works.
    let metadata = t.application("web").get("/oidc/.well-known/openid-configuration").await.json();
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in types.as_array().unwrap() {
        for mode in metadata["response_modes_supported"].as_array().unwrap() {
            let (kind, mode) = (kind.as_str().unwrap(), mode.as_str().unwrap());
            if mode != "query" || !by_front_channel(kind) {
                let changes = [("response_type", kind), ("response_mode", mode)];
                let answer = browser.get(&own.request(&changes)).await;
                response(&answer).has_exactly(&expected(kind));
            }
        }
    }
}

/// One POST with these credentials.
async fn call(t: &TestServer, path: &str, method: &str, fields: &[(&str, &str)]) -> Answer {
    use base64::Engine as _;
    use http::{Request, header};
    let secret = "every-secret-0123456789-0123456789-0123456789";
    let mut fields = fields.to_vec();
    let mut request = Request::post(path)
        .header(header::HOST, t.origin().split_once("://").unwrap().1)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    match method {
        "client_secret_basic" => {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("every:{secret}"));
            request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
        }
        "client_secret_post" => fields.extend([("client_id", "every"), ("client_secret", secret)]),
        _ => fields.push(("client_id", "every")),
    }
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    send(t.address, request.body(http_body_util::Full::new(bytes::Bytes::from(body))).unwrap()).await
}

#[tokio::test]
async fn each_endpoint_takes_the_authentication_that_is_registered_for_it_and_no_other() {
    let methods = ["client_secret_basic", "client_secret_post", "none"];
    let settings = "introspection_endpoint_auth_method = \"client_secret_post\"\nrevocation_endpoint_auth_method = \"client_secret_basic\"\ntoken_endpoint_auth_method = \"client_secret_basic\"";
    let other = "introspection_endpoint_auth_method = \"client_secret_basic\"\nrevocation_endpoint_auth_method = \"client_secret_post\"\ntoken_endpoint_auth_method = \"client_secret_post\"";
    for (settings, [at_token, at_introspection, at_revocation]) in [
        (settings, ["client_secret_basic", "client_secret_post", "client_secret_basic"]),
        (other, ["client_secret_post", "client_secret_basic", "client_secret_post"]),
        ("", ["client_secret_basic"; 3]),
        ("token_endpoint_auth_method = \"client_secret_post\"", ["client_secret_post"; 3]),
    ] {
        let t = builder(Engine::Sqlite).application("every", settings).start().await;
        for (path, right, fields, success) in [
            (
                "/oidc/token",
                at_token,
                vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
                "invalid_grant",
            ),
            ("/oidc/token/introspection", at_introspection, vec![("token", "x")], "{\"active\":false}"),
            ("/oidc/token/revocation", at_revocation, vec![("token", "x")], ""),
        ] {
            for method in methods {
                let answer = call(&t, path, method, &fields).await;
                if method == right {
                    assert!(
                        answer.text().contains(success) && answer.status != 401,
                        "{path} by {method}: {}",
                        answer.text()
                    );
                } else {
                    answer.refused("invalid_client");
                    assert_eq!(answer.status, 401, "{path} by {method} where {right} is registered");
                }
            }
        }
    }
}
