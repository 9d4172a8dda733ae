//! Secrets of applications: drawn, shown once, rotated with and without an overlap, sealed where they are needed as they are.

use super::support::Managed;
use serde_json::Value;
use usher_store::Engine;
use usher_test::Application;
use usher_types::Span;

const SHOP: &[&str] =
    &["app", "create", "shop", "redirect_uris=https://shop.test/cb", "first_party=true", "skip_consent=true"];

/// Whether an application's credentials are right.
async fn is_known(application: &Application) -> bool {
    let answer = application.post("/oidc/token/introspection", &[("token", "x")]).await;
    answer.status == 200
}

async fn a_rotation_with_an_overlap_lets_both_secrets_work_for_a_while(engine: Engine) {
    let m = Managed::on(engine).await;
    let first = m.application("shop", &m.run(SHOP).await);
    let shown = m.run(&["app", "rotate-secret", "shop", "--overlap", "1h"]).await;
    assert!(shown["notes"].to_string().contains("works until"));
    let second = m.application("shop", &shown);
    assert!(first.secret != second.secret && is_known(&first).await && is_known(&second).await);
    m.t.advance(Span::hours(2));
    assert!(!is_known(&first).await && is_known(&second).await);

    let third = m.application("shop", &m.run(&["app", "rotate-secret", "shop"]).await);
    assert!(!is_known(&second).await && is_known(&third).await);
    assert!(m.run(&["app", "show", "shop"]).await["app"].get("previous_secret_until").is_none());
}

async fn a_second_rotation_within_the_overlap_says_what_ends_and_the_newest_signs(engine: Engine) {
    let m = Managed::on(engine).await;
    let create =
        [SHOP, &["id_token_signed_response_alg=HS256", "token_endpoint_auth_method=client_secret_post"]]
            .concat();
    let first = m.application("shop", &m.run(&create).await);
    let second = m.application("shop", &m.run(&["app", "rotate-secret", "shop", "--overlap", "3d"]).await);
    assert!(is_known(&first).await && is_known(&second).await);
    let shown = m.run(&["app", "rotate-secret", "shop", "--overlap", "24h"]).await;
    assert!(
        shown["notes"].to_string().contains("does not work any more, though it was to work until"),
        "{shown}"
    );
    let third = m.application("shop", &shown);
    assert!(!is_known(&first).await && is_known(&second).await && is_known(&third).await);
    let token = second.sign_in(&mut m.t.browser(), "alice", "openid").await.id.unwrap();
    third.verify(&token, "shop").await;
    m.t.advance(Span::hours(25));
    assert!(!is_known(&second).await && is_known(&third).await);
}

async fn assertions_by_both_secrets_are_good_until_the_overlap_ends(engine: Engine) {
    let m = Managed::on(engine).await;
    let create = [SHOP, &["token_endpoint_auth_method=client_secret_jwt"]].concat();
    let first = m.application("shop", &m.run(&create).await);
    let second =
        m.application("shop", &m.run(&["app", "rotate-secret", "shop", "--overlap", "86400s"]).await);
    let third = m.application("shop", &m.run(&["app", "rotate-secret", "shop", "--overlap", "1h"]).await);
    assert!(!is_known(&first).await && is_known(&second).await && is_known(&third).await);
    m.t.advance(Span::hours(1));
    assert!(!is_known(&second).await && is_known(&third).await);
}

async fn hs256_takes_a_new_secret_that_verifies_what_it_signs(engine: Engine) {
    let m = Managed::on(engine).await;
    let before = m.application("shop", &m.run(SHOP).await);
    let shown = m.run(&["app", "set", "shop", "id_token_signed_response_alg=HS256"]).await;
    assert!(shown["notes"].to_string().contains("once"));
    let shop = m.application("shop", &shown);
    assert!(shop.secret.is_some() && !is_known(&before).await);
    let tokens = shop.sign_in(&mut m.t.browser(), "alice", "openid").await;
    shop.verify(&tokens.id.unwrap(), "shop").await;
    // It is sealed from now on: nothing that does not need it changes it.
    let shown = m.run(&["app", "set", "shop", "client_name=Same"]).await;
    assert!(shown["app"].get("client_secret").is_none() && is_known(&shop).await);
    let overlapped =
        m.application("shop", &m.run(&["app", "rotate-secret", "shop", "--overlap", "1h"]).await);
    let tokens = overlapped.sign_in(&mut m.t.browser(), "alice", "openid").await;
    overlapped.verify(&tokens.id.unwrap(), "shop").await;
    assert!(is_known(&shop).await);
}

async fn a_public_application_has_no_secret_and_gets_one_when_it_is_not_public(engine: Engine) {
    let m = Managed::on(engine).await;
    let page = "application_type=single_page";
    let shown = m.run(&["app", "create", "page", page, "redirect_uris=https://page.test/cb"]).await;
    assert!(shown["app"].get("client_secret").is_none() && shown["app"]["has_secret"] == false);
    assert!(m.refused(&["app", "rotate-secret", "page"]).await.contains("no secret"));
    let given = m.file("secret", b"a-secret-of-at-least-thirty-two-characters\n");
    let words = m.refused(&["app", "set", "page", &format!("client_secret={given}")]).await;
    assert!(words.contains("client_secret"), "{words}");

    let shown = m.run(&["app", "set", "page", "token_endpoint_auth_method=client_secret_post"]).await;
    assert!(is_known(&m.application("page", &shown)).await);
    let shown = m.run(&["app", "set", "page", "token_endpoint_auth_method="]).await;
    assert_eq!(shown["app"]["has_secret"], false);
}

async fn a_secret_from_a_file_is_taken_without_its_line_break(engine: Engine) {
    let m = Managed::on(engine).await;
    let secret = "a-secret-of-at-least-thirty-two-characters";
    let given = m.file("secret", format!("{secret}\n").as_bytes());
    let shown = m.run(&[SHOP, &[&format!("client_secret={given}")]].concat()).await;
    assert!(shown["app"].get("client_secret").is_none(), "whoever gave it has it");
    let mut shop = m.t.application("shop");
    shop.secret = Some(secret.to_owned());
    assert!(is_known(&shop).await);
    let short = m.file("short", b"short");
    let words = m.refused(&["app", "set", "shop", &format!("client_secret={short}")]).await;
    assert!(words.contains("32"), "{words}");
}

on_both_engines! {
    a_rotation_with_an_overlap_lets_both_secrets_work_for_a_while
    a_second_rotation_within_the_overlap_says_what_ends_and_the_newest_signs
    assertions_by_both_secrets_are_good_until_the_overlap_ends
    hs256_takes_a_new_secret_that_verifies_what_it_signs
    a_public_application_has_no_secret_and_gets_one_when_it_is_not_public
    a_secret_from_a_file_is_taken_without_its_line_break
}

/// No member of what a command shows is of the class of secrets: neither the secret nor what stands for it in the database.
fn no_member_is_a_secret(shown: &Value) {
    match shown {
        Value::Array(entries) => entries.iter().for_each(no_member_is_a_secret),
        Value::Object(members) => {
            for (name, value) in members {
                let is_classed = ["secret", "password", "sealed", "hash", "private", "salt", "pkcs8"]
                    .iter()
                    .any(|class| name.contains(class) && name != "previous_secret_until");
                assert!(!is_classed || value.is_boolean() || value.is_number() || value.is_null(), "{name}");
                no_member_is_a_secret(value);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_secret_is_shown_again_or_written_into_the_audit_trail_or_the_database() {
    let m = Managed::on(Engine::Sqlite).await;
    let mut secrets: Vec<String> = Vec::new();
    let mut keep =
        |shown: &Value, of: &str, name: &str| secrets.push(shown[of][name].as_str().unwrap().to_owned());
    keep(&m.run(SHOP).await, "app", "client_secret");
    keep(&m.run(&["app", "rotate-secret", "shop", "--overlap", "1d"]).await, "app", "client_secret");
    keep(&m.run(&["app", "set", "shop", "id_token_signed_response_alg=HS256"]).await, "app", "client_secret");
    let key = m.run(&["access-key", "create", "--app", "shop", "label=Night batch"]).await;
    keep(&key, "access_key", "secret_key");
    let name = key["access_key"]["access_key"].as_str().unwrap().to_owned();
    keep(&m.run(&["access-key", "rotate", &name]).await, "access_key", "secret_key");
    keep(&m.run(&["user", "create", "carol", "--generate"]).await, "user", "password");
    keep(&m.run(&["user", "set-password", "carol", "--generate"]).await, "user", "password");

    let kid = m.run(&["key", "list"]).await["keys"][0]["kid"].as_str().unwrap().to_owned();
    let mut told = String::new();
    for line in [
        &["app", "show", "shop"][..],
        &["app", "list"],
        &["access-key", "show", &name],
        &["access-key", "list"],
        &["user", "show", "carol"],
        &["user", "list"],
        &["key", "list"],
        &["key", "show", &kid],
        &["pool", "list"],
        &["pool", "show"],
    ] {
        let shown = m.run(line).await;
        assert!(shown.as_object().is_some_and(|o| !o.is_empty()), "{line:?} shows something");
        no_member_is_a_secret(&shown);
        told.push_str(&shown.to_string());
    }
    let pool = m.t.app.snapshot().pool(None).unwrap().id;
    let trail = m.t.app.store.audit_trail(pool).await.unwrap();
    told.extend(trail.iter().map(|row| format!("{row:?}")));
    m.t.app.store.clone().close().await;
    for file in ["usher.db", "usher.db-wal"] {
        let bytes = std::fs::read(m.data().join(file)).unwrap_or_default();
        told.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(told.contains("Night batch"), "what is looked through is what was told");
    for secret in secrets {
        assert!(!told.contains(&secret), "{}… is told", &secret[..4]);
    }
}
