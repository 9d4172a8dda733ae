//! A refresh token that was asked for and is not given: never in silence. An administrator finds why in the audit trail, and in
//! development the application's developer finds it in the answer.

use super::support::{audited, builder, refusals, server};
use serde_json::Value;
use usher_store::Engine;
use usher_test::{Builder, PASSWORD, TestServer};

const MEMBER: &str = "refresh_token_withheld";

fn without_refresh_grant(builder: Builder) -> Builder {
    builder
        .edit(
            "\"authorization_code\", \"refresh_token\", \"implicit\"]",
            "\"authorization_code\", \"implicit\"]",
        )
        .edit("\"refresh_token\", \"implicit\", \"password\"", "\"implicit\", \"password\"")
}

/// The answer to an exchanged code of a request.
async fn by_code(t: &TestServer, name: &str, changes: &[(&str, &str)]) -> Value {
    let app = t.application(name);
    let mut browser = t.browser();
    // Alice allowed openid alone before; what she is asked now depends on the request.
    app.respond(&mut browser, "alice", &[]).await;
    let changes: Vec<_> =
        [("scope", "openid offline_access")].into_iter().chain(changes.iter().copied()).collect();
    let r = app.respond(&mut browser, "alice", &changes).await;
    app.exchange(r.get("code")).await.tokens().answer
}

async fn by_password(t: &TestServer, scope: &str) -> Value {
    let fields =
        [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD), ("scope", scope)];
    t.application("own").post("/oidc/token", &fields).await.tokens().answer
}

/// Asserts that the reason is told everywhere, and gives nothing away in production.
async fn is_told(t: &TestServer, answer: &Value, client: &str, reason: &str) {
    assert!(answer.get("refresh_token").is_none(), "{answer}");
    assert!(!answer["scope"].as_str().unwrap().contains("offline_access"), "{answer}");
    let audited = audited(t, "grant").await;
    let found = audited.iter().any(|(by, detail)| {
        let said = detail["refresh_token"].as_str().unwrap_or_default();
        by == client && said.contains(reason) && detail["offline"] == false
    });
    assert!(found, "{audited:?}");
    let told = refusals(t).await;
    assert!(told.iter().any(|(cause, by)| cause.contains(reason) && by == client), "{told:?}");
    if t.app.settings.developer {
        assert!(answer[MEMBER].as_str().unwrap().contains(reason), "{answer}");
    } else {
        assert_eq!(answer.get(MEMBER), None, "{answer}");
    }
}

#[tokio::test]
async fn nobody_consented() {
    for builder in [builder(Engine::Sqlite), builder(Engine::Sqlite).production()] {
        let t = builder.start().await;
        for kind in ["code", "code id_token", "code id_token token"] {
            let answer = by_code(&t, "every", &[("response_type", kind)]).await;
            is_told(&t, &answer, "every", "prompt=consent").await;
        }
    }
}

#[tokio::test]
async fn the_grant_is_not_switched_on() {
    for production in [false, true] {
        let builder = without_refresh_grant(builder(Engine::Sqlite));
        let t = if production { builder.production() } else { builder }.start().await;
        let answer = by_code(&t, "every", &[("prompt", "consent")]).await;
        is_told(&t, &answer, "every", "refresh_token is not switched on").await;
        let answer = by_password(&t, "openid offline_access").await;
        is_told(&t, &answer, "own", "refresh_token is not switched on").await;
    }
}

#[tokio::test]
async fn the_scope_is_not_the_applications() {
    let t = builder(Engine::Sqlite)
        .application("every", "scope = \"openid\"")
        .application("own", "scope = \"openid\"")
        .start()
        .await;
    let answer = by_code(&t, "every", &[("prompt", "consent")]).await;
    is_told(&t, &answer, "every", "offline_access is not among").await;
    let answer = by_password(&t, "openid offline_access").await;
    is_told(&t, &answer, "own", "offline_access is not among").await;
}

#[tokio::test]
async fn the_response_has_no_code() {
    let t = server().await;
    let every = t.application("every");
    for kind in ["id_token", "id_token token", "none"] {
        let changes = [("response_type", kind), ("scope", "openid offline_access"), ("prompt", "consent")];
        every.respond(&mut t.browser(), "alice", &changes).await;
    }
    let told = refusals(&t).await;
    assert!(told.iter().any(|(cause, by)| cause.contains("front channel") && by == "every"), "{told:?}");
}

#[tokio::test]
async fn what_was_not_asked_for_or_is_given_is_not_called_withheld() {
    let t = server().await;
    let every = t.application("every");
    let without = every.sign_in(&mut t.browser(), "alice", "openid").await.answer;
    let given = by_code(&t, "every", &[("prompt", "consent")]).await;
    let (plain, asked) = (by_password(&t, "openid").await, by_password(&t, "openid offline_access").await);
    for answer in [&without, &given, &plain, &asked] {
        assert_eq!(answer.get(MEMBER), None, "{answer}");
    }
    assert!(given["refresh_token"].is_string() && asked["refresh_token"].is_string());
    for (client, detail) in audited(&t, "grant").await {
        assert_eq!(detail.get("refresh_token"), None, "{client}: {detail}");
    }
    let told = refusals(&t).await;
    assert!(!told.iter().any(|(cause, _)| cause.contains("refresh token")), "{told:?}");
}

/// A code remembers why, even where the settings have changed when it is exchanged.
#[tokio::test]
async fn a_code_that_was_given_without_offline_access_does_not_gain_it_by_a_setting() {
    let mut t = without_refresh_grant(builder(Engine::Sqlite)).start().await;
    let every = t.application("every");
    let changes = [("scope", "openid offline_access"), ("prompt", "consent")];
    let r = every.respond(&mut t.browser(), "alice", &changes).await;
    t.reseed(
        "\"authorization_code\", \"implicit\"]",
        "\"authorization_code\", \"refresh_token\", \"implicit\"]",
    )
    .await;
    let tokens = every.exchange(r.get("code")).await.tokens();
    assert_eq!(tokens.refresh, None, "{}", tokens.answer);
}
