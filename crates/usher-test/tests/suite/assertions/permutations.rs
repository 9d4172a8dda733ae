//! Times, audiences, issuers and subjects of assertions, each at its bounds.

use super::support::{
    ENDPOINTS, audiences, both, is_authenticated, is_believed, now, present, server, times,
};
use serde_json::{Value, json};
use usher_store::Engine;

#[tokio::test]
async fn an_assertion_is_good_within_its_times_only_and_has_an_id() {
    let (t, key) = server(Engine::Sqlite).await;
    for app in both(&t, &key) {
        for (changes, fine) in times(now(&app)) {
            assert_eq!(is_believed(&app, &changes).await, fine, "{} with {changes}", app.client_id);
        }
    }
}

#[tokio::test]
async fn an_assertion_is_for_this_server_alone() {
    let (t, key) = server(Engine::Sqlite).await;
    for app in both(&t, &key) {
        for (aud, fine) in audiences(&t) {
            let changes = json!({ "aud": aud });
            assert_eq!(is_believed(&app, &changes).await, fine, "{} with {changes}", app.client_id);
        }
    }
}

#[tokio::test]
async fn the_address_of_the_endpoint_that_is_called_is_an_audience_there_and_nowhere_else() {
    let (t, key) = server(Engine::Sqlite).await;
    for app in both(&t, &key) {
        for named in ENDPOINTS {
            for called in ENDPOINTS {
                let assertion = app.assertion(&json!({ "aud": format!("{}{named}", t.origin()) }));
                let fine = is_authenticated(&present(&app, called, &assertion).await);
                assert_eq!(fine, named == called || named == "/oidc/token", "{named} at {called}");
            }
        }
    }
}

#[tokio::test]
async fn issuer_and_subject_are_the_application() {
    let (t, key) = server(Engine::Sqlite).await;
    for app in both(&t, &key) {
        let own = app.client_id.as_str();
        for value in [json!("web"), json!(""), Value::Null, json!(1), json!([own]), json!(own.to_uppercase())]
        {
            for changes in
                [json!({ "iss": value }), json!({ "sub": value }), json!({ "iss": value, "sub": value })]
            {
                assert!(!is_believed(&app, &changes).await, "{changes}");
            }
        }
    }
}
