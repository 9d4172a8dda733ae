//! Access keys: made for an application, used for tokens, rotated, disabled, deleted.

use super::support::{Managed, names};
use usher_store::Engine;
use usher_test::{Answer, Application};
use usher_types::Span;

/// A caller with an access key, by its secret key.
fn caller(m: &Managed, access_key: &str, secret_key: &str) -> Application {
    let mut caller = m.t.application("api");
    access_key.clone_into(&mut caller.client_id);
    caller.secret = Some(secret_key.to_owned());
    caller
}

async fn token(caller: &Application, scope: &str) -> Answer {
    caller.post("/oidc/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await
}

async fn an_access_key_gets_tokens_as_long_as_it_may(engine: Engine) {
    let m = Managed::on(engine).await;
    let shown =
        m.run(&["access-key", "create", "--app", "api", "label=Night batch", "scope=orders:*:read"]).await;
    assert!(shown["notes"].to_string().contains("client_credentials"), "the mode is still off");
    m.run(&["app", "set", "api", "grant_types+=client_credentials"]).await;
    let key = shown["access_key"]["access_key"].as_str().unwrap().to_owned();
    let batch = caller(&m, &key, shown["access_key"]["secret_key"].as_str().unwrap());
    let answer = token(&batch, "orders:17:read").await.json();
    assert_eq!(answer["scope"], "orders:17:read", "{answer}");

    m.run(&["access-key", "set", &key, "access_token_lifetime=30", "scope+=bills"]).await;
    let answer = token(&batch, "bills").await.json();
    assert_eq!((&answer["expires_in"], &answer["scope"]), (&30.into(), &"bills".into()));

    let shown = m.run(&["access-key", "rotate", &key, "--overlap", "1h"]).await;
    let rotated = caller(&m, &key, shown["access_key"]["secret_key"].as_str().unwrap());
    assert!(token(&batch, "bills").await.status == 200 && token(&rotated, "bills").await.status == 200);
    m.t.advance(Span::hours(2));
    token(&batch, "bills").await.refused("invalid_client");
    assert_eq!(token(&rotated, "bills").await.status, 200);

    m.run(&["access-key", "set", &key, "enabled=false"]).await;
    token(&rotated, "bills").await.refused("invalid_client");
    m.run(&["access-key", "set", &key, "enabled=true"]).await;
    assert_eq!(token(&rotated, "bills").await.status, 200);
    m.run(&["access-key", "delete", &key, "--yes"]).await;
    token(&rotated, "bills").await.refused("invalid_client");
    assert!(m.refused(&["access-key", "show", &key]).await.contains(&key));
}

async fn access_keys_are_listed_by_application_and_go_with_it(engine: Engine) {
    let m = Managed::on(engine).await;
    for app in ["api", "api", "web"] {
        m.run(&["access-key", "create", "--app", app, "label=x"]).await;
    }
    assert_eq!(m.run(&["access-key", "list"]).await["access_keys"].as_array().unwrap().len(), 3);
    let of_api = m.run(&["access-key", "list", "--app", "api", "--limit", "1"]).await;
    assert_eq!(names(&of_api["access_keys"], "client_id"), ["api"]);
    let next = of_api["next"].as_str().unwrap();
    let rest = m.run(&["access-key", "list", "--app", "api", "--after", next]).await;
    assert_eq!(rest["access_keys"].as_array().unwrap().len(), 1);
    m.run(&["app", "delete", "api", "--yes"]).await;
    assert_eq!(names(&m.run(&["access-key", "list"]).await["access_keys"], "client_id"), ["web"]);
}

on_both_engines! {
    an_access_key_gets_tokens_as_long_as_it_may
    access_keys_are_listed_by_application_and_go_with_it
}

#[tokio::test]
async fn an_application_has_so_many_access_keys_and_no_more() {
    let m = Managed::on(Engine::Sqlite).await;
    for _ in 0..usher_types::limits::ACCESS_KEYS {
        m.run(&["access-key", "create", "--app", "api", "label=x"]).await;
    }
    assert!(m.refused(&["access-key", "create", "--app", "api", "label=x"]).await.contains("100"));
    for wrong in ["scope=a:b:c:d", "scope=openid", "access_token_lifetime=2d", "lable=x"] {
        m.refused(&["access-key", "create", "--app", "web", wrong]).await;
    }
    assert!(m.refused(&["access-key", "create", "--app", "nobody", "label=x"]).await.contains("nobody"));
}
