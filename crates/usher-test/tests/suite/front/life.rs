//! How long an access token of the front channel lives: as long as its session, its person, its application and its own time, and
//! never longer, whoever is first.

use super::support::{audited, builder, part, signed_in};
use usher_store::Engine;
use usher_test::{Application, Browser, Response, TestServer};
use usher_types::Span;

const WITH_ACCESS_TOKEN: [&str; 3] = ["id_token token", "code token", "code id_token token"];

async fn server(engine: Engine, format: &str) -> TestServer {
    builder(engine).application("own", &format!("access_token_format = \"{format}\"")).start().await
}

async fn ask(own: &Application, browser: &mut Browser, kind: &str) -> Response {
    let changes = [("response_type", kind), ("scope", "openid profile orders")];
    own.respond_at_once(browser, &changes).await
}

async fn is_alive(t: &TestServer, token: &str) -> bool {
    let own = t.application("own");
    let seen = [
        own.is_active(token).await,
        t.application("api").is_active(token).await,
        own.userinfo(token).await.status == 200,
    ];
    assert!(
        seen.iter().all(|alive| *alive == seen[0]),
        "introspection, the API and userinfo disagree: {seen:?}"
    );
    seen[0]
}

async fn it_works_at_userinfo_and_introspection_for_its_time(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let t = server(engine, format).await;
        let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
        for kind in WITH_ACCESS_TOKEN {
            let r = ask(&own, &mut browser, kind).await;
            let token = r.get("access_token");
            assert_eq!(token.split('.').count(), if format == "jwt" { 3 } else { 2 }, "{format}");
            assert!(is_alive(&t, token).await, "{format} {kind}");
            let said = own.introspect(token).await;
            assert_eq!(
                (&said["client_id"], &said["scope"]),
                (&"own".into(), &"openid profile orders".into())
            );
            assert!(!t.application("every").is_active(token).await, "another application sees it");
            t.advance(Span::seconds(599));
            assert!(is_alive(&t, token).await, "{format} {kind}");
            t.advance(Span::seconds(1));
            assert!(!is_alive(&t, token).await, "{format} {kind}");
        }
    }
}

async fn it_ends_with_its_session(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let t = server(engine, format).await;
        for kind in WITH_ACCESS_TOKEN {
            let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
            let r = ask(&own, &mut browser, kind).await;
            let elsewhere = ask(&own, &mut signed_in(&t, "alice").await, kind).await;
            let hint = ask(&own, &mut browser, "id_token").await;
            let out = browser.get(&format!("/oidc/session/end?id_token_hint={}", hint.get("id_token"))).await;
            assert_eq!(out.status, 200);
            assert!(!is_alive(&t, r.get("access_token")).await, "{format} {kind}");
            assert!(is_alive(&t, elsewhere.get("access_token")).await, "another session is not touched");
            if let Some(code) = r.params.get("code") {
                own.exchange(code).await.refused("invalid_grant");
            }
        }
    }
}

async fn it_ends_with_its_person(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let mut t = server(engine, format).await;
        let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
        let r = ask(&own, &mut browser, "id_token token").await;
        let bobs = ask(&own, &mut signed_in(&t, "bob").await, "id_token token").await;
        t.disable_user("alice").await;
        assert!(!is_alive(&t, r.get("access_token")).await);
        assert!(is_alive(&t, bobs.get("access_token")).await);
        t.reseed("username = \"alice\"\nenabled = false\n", "username = \"alice\"\n").await;
        assert!(!is_alive(&t, r.get("access_token")).await, "it comes to life again with the person");
    }
}

async fn it_ends_with_its_application(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let mut t = server(engine, format).await;
        let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
        let r = ask(&own, &mut browser, "id_token token").await;
        t.disable_application("own").await;
        assert!(!t.application("api").is_active(r.get("access_token")).await);
        assert_eq!(own.userinfo(r.get("access_token")).await.status, 401);
        for kind in ["id_token", "id_token token", "none"] {
            let refused = ask(&own, &mut browser, kind).await;
            assert_eq!(refused.error(), "unauthorized_client", "{kind}");
        }
    }
}

async fn revoking_it_ends_it_and_nothing_else(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let t = server(engine, format).await;
        let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
        let r = ask(&own, &mut browser, "code id_token token").await;
        let other = ask(&own, &mut browser, "id_token token").await;
        t.application("every").revoke(r.get("access_token")).await.refused("invalid_grant");
        assert!(is_alive(&t, r.get("access_token")).await, "another application cannot revoke it");
        assert_eq!(own.revoke(r.get("access_token")).await.status, 200);
        assert!(!is_alive(&t, r.get("access_token")).await);
        assert!(is_alive(&t, other.get("access_token")).await);
        // The code beside it is a grant of its own.
        let tokens = own.exchange(r.get("code")).await.tokens();
        assert!(own.is_active(&tokens.access).await);
    }
}

async fn its_birth_is_in_the_audit_trail(engine: Engine) {
    let t = server(engine, "jwt").await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in WITH_ACCESS_TOKEN {
        let r = ask(&own, &mut browser, kind).await;
        let grant = part(r.get("access_token"), 1)["gid"].clone();
        let mut rows = audited(&t, "grant").await;
        rows.retain(|(_, detail)| detail["grant"] == grant);
        let [(client, detail)] = rows.try_into().expect("one row");
        assert_eq!((client.as_str(), &detail["response_type"]), ("own", &kind.into()));
        assert!(!detail.to_string().contains(r.get("access_token")));
    }
}

const ROUNDS: usize = 40;

/// Asking for tokens ∥ signing out of the session that gives them.
async fn signing_out_at_the_same_moment_leaves_no_living_token(engine: Engine) {
    let t = server(engine, "jwt").await;
    let own = t.application("own");
    let mut given = 0;
    for round in 0..ROUNDS {
        let mut browser = signed_in(&t, "alice").await;
        let hint = ask(&own, &mut browser, "id_token").await.get("id_token").to_owned();
        let kind = WITH_ACCESS_TOKEN[round % WITH_ACCESS_TOKEN.len()];
        let asked = tokio::spawn({
            let (own, mut browser) = (own.clone(), browser.clone());
            let changes = [("response_type", kind), ("scope", "openid"), ("prompt", "none")];
            async move {
                let answer = browser.get(&own.request(&changes)).await;
                Response::of_redirect(&answer.location())
            }
        });
        let out =
            tokio::spawn(
                async move { browser.get(&format!("/oidc/session/end?id_token_hint={hint}")).await },
            );
        let r = asked.await.unwrap();
        assert_eq!(out.await.unwrap().status, 200);
        match r.params.get("access_token") {
            Some(token) => {
                given += 1;
                assert!(!own.is_active(token).await, "a token outlives its session");
                assert_eq!(own.userinfo(token).await.status, 401);
                if let Some(code) = r.params.get("code") {
                    own.exchange(code).await.refused("invalid_grant");
                }
            }
            None => assert_eq!(r.error(), "login_required"),
        }
    }
    println!("{engine:?}: in {given} of {ROUNDS} rounds the tokens were first");
}

/// Asking for tokens ∥ disabling the person.
async fn disabling_the_person_at_the_same_moment_leaves_no_living_token(engine: Engine) {
    let t = server(engine, "jwt").await;
    let own = t.application("own");
    let enabled = t.seed().to_owned();
    let disabled = enabled.replace("username = \"alice\"\n", "username = \"alice\"\nenabled = false\n");
    let mut given = 0;
    for _ in 0..ROUNDS / 2 {
        let browser = signed_in(&t, "alice").await;
        let asked: Vec<_> = (0..4)
            .map(|_| {
                let (own, mut browser) = (own.clone(), browser.clone());
                tokio::spawn(async move {
                    let changes = [("response_type", "id_token token"), ("prompt", "none")];
                    Response::of_redirect(&browser.get(&own.request(&changes)).await.location())
                })
            })
            .collect();
        apply(&t, &disabled).await;
        for asked in asked {
            let r = asked.await.unwrap();
            match r.params.get("access_token") {
                Some(token) => {
                    given += 1;
                    assert!(!own.is_active(token).await, "a token outlives its person");
                }
                None => assert_eq!(r.error(), "login_required"),
            }
        }
        apply(&t, &enabled).await;
    }
    println!("{engine:?}: {given} tokens were first");
}

/// Applies declarations, as another node's restart would.
async fn apply(t: &TestServer, seed: &str) {
    let loaded = usher::config::parse(seed, &t.folder().join("usher.toml")).unwrap();
    let app = &t.app;
    usher_core::seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base())
        .await
        .unwrap();
}

everywhere! {
    it_works_at_userinfo_and_introspection_for_its_time
    it_ends_with_its_session
    it_ends_with_its_person
    it_ends_with_its_application
    revoking_it_ends_it_and_nothing_else
    its_birth_is_in_the_audit_trail
    signing_out_at_the_same_moment_leaves_no_living_token
    disabling_the_person_at_the_same_moment_leaves_no_living_token
}
