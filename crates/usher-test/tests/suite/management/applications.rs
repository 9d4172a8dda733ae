//! Applications: made, used, changed, disabled; what the running server makes of it.

use super::support::{Managed, names};
use usher_store::Engine;

const SHOP: &[&str] = &[
    "app",
    "create",
    "shop",
    "client_name=The Shop",
    "redirect_uris=https://shop.test/cb",
    "first_party=true",
    "skip_consent=true",
];

async fn an_application_is_made_and_signs_people_in(engine: Engine) {
    let m = Managed::on(engine).await;
    let made = m.run(SHOP).await;
    assert_eq!(made["app"]["client_secret"].as_str().unwrap().len(), 43, "256 bits");
    let shop = m.application("shop", &made);
    let mut browser = m.t.browser();
    let page = browser.open(&shop.request(&[])).await.page();
    assert!(page.words().contains("The Shop"));
    let tokens = shop.sign_in(&mut browser, "alice", "openid").await;
    assert_eq!(shop.userinfo(&tokens.access).await.status, 200);

    let listed = m.run(&["app", "list", "--limit", "3"]).await;
    assert_eq!(names(&listed["apps"], "client_id"), ["api", "first-party", "native"]);
    assert_eq!(listed["next"], "native");
    let rest = m.run(&["app", "list", "--after", "native"]).await;
    assert_eq!(names(&rest["apps"], "client_id"), ["post", "shop", "spa", "web"]);
    assert!(m.refused(SHOP).await.contains("already"));
}

async fn what_is_changed_is_seen_at_once(engine: Engine) {
    let m = Managed::on(engine).await;
    let made = m.run(SHOP).await;
    let shop = m.application("shop", &made);
    let changed = m
        .run(&[
            "app",
            "set",
            "shop",
            "client_name=Renamed",
            "redirect_uris+=https://shop.test/other",
            "access_token_lifetime=2m",
            "scope-=phone",
        ])
        .await;
    assert_eq!(changed["app"]["redirect_uris"].as_array().unwrap().len(), 2);
    assert_eq!(changed["app"]["version"], 2);
    assert!(changed["app"].get("client_secret").is_none(), "the secret stays");
    let mut browser = m.t.browser();
    let page = browser.open(&shop.request(&[("redirect_uri", "https://shop.test/other")])).await.page();
    assert!(page.words().contains("Renamed"));
    let tokens = shop.sign_in(&mut browser, "alice", "openid").await;
    assert_eq!(tokens.answer["expires_in"], 120);

    m.run(&["app", "set", "shop", "enabled=false"]).await;
    shop.post("/oidc/token", &[("grant_type", "refresh_token"), ("refresh_token", "x")])
        .await
        .refused("invalid_client");
    assert_eq!(m.run(&["app", "show", "shop"]).await["app"]["enabled"], false);
    m.run(&["app", "set", "shop", "enabled=true"]).await;
    shop.sign_in(&mut m.t.browser(), "alice", "openid").await;
    let mut events = m.events().await;
    events.retain(|e| e.starts_with("application"));
    events.sort();
    assert_eq!(
        events,
        ["application_changed", "application_changed", "application_changed", "application_created"]
    );
}

async fn of_two_writers_at_once_one_is_told(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(SHOP).await;
    let version = m.run(&["app", "show", "shop"]).await["app"]["version"].to_string();
    let names: Vec<String> = (0..8).map(|n| format!("client_name=Shop {n}")).collect();
    let lines: Vec<Vec<&str>> =
        names.iter().map(|name| vec!["app", "set", "shop", name, "--if-version", &version]).collect();
    let mut done = 0;
    let mut attempts = Vec::new();
    for line in &lines {
        attempts.push(m.attempt(line));
    }
    for attempt in futures(attempts).await {
        match attempt {
            Ok(_) => done += 1,
            Err(failure) => {
                assert_eq!(failure.status(), 1, "{failure}");
                assert!(failure.to_string().contains("somebody"), "{failure}");
            }
        }
    }
    assert_eq!(done, 1);
    assert_eq!(m.run(&["app", "show", "shop"]).await["app"]["version"], 2);
}

/// All of them at once.
async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, output) in all.iter_mut().zip(outputs.iter_mut()) {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(cx)
            {
                *output = Some(ready);
            }
        }
        if outputs.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

on_both_engines! {
    an_application_is_made_and_signs_people_in
    what_is_changed_is_seen_at_once
    of_two_writers_at_once_one_is_told
}

#[tokio::test]
async fn what_a_mode_costs_is_told_when_it_is_switched_on_and_not_again() {
    let m = Managed::on(Engine::Sqlite).await;
    m.run(SHOP).await;
    let notes = |shown: &serde_json::Value| shown["notes"].to_string();
    let shown = m.run(&["app", "set", "shop", "grant_types+=password"]).await;
    assert!(notes(&shown).contains("RFC 9700") && notes(&shown).contains("password"));
    let shown = m.run(&["app", "set", "shop", "grant_types+=implicit", "response_types=code,id_token"]).await;
    assert!(notes(&shown).contains("RFC 9700") && !notes(&shown).contains("password shows"));
    assert!(m.run(&["app", "set", "shop", "client_name=Same"]).await.get("notes").is_none());
}

#[tokio::test]
async fn a_logo_is_a_picture_from_a_file_and_can_be_taken_away() {
    let m = Managed::on(Engine::Sqlite).await;
    m.run(SHOP).await;
    let picture = m.file("logo.png", b"\x89PNG\r\n\x1a\nrest");
    let shown = m.run(&["app", "set", "shop", &format!("logo={picture}")]).await;
    assert_eq!(shown["app"]["has_logo"], true);
    let served = m.t.application("shop");
    let page = m.t.browser().open(&served.request(&[])).await.page();
    let src = page.attribute("img", "src").unwrap();
    assert_eq!(&m.t.browser().get(&src).await.body[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(m.run(&["app", "set", "shop", "client_name=Same"]).await["app"]["has_logo"], true);
    let text = m.file("logo.txt", b"<svg/>");
    assert!(m.refused(&["app", "set", "shop", &format!("logo={text}")]).await.contains("PNG"));
    assert_eq!(m.run(&["app", "set", "shop", "logo="]).await["app"]["has_logo"], false);
}

#[tokio::test]
async fn structured_settings_are_json_or_a_file() {
    let m = Managed::on(Engine::Sqlite).await;
    m.run(SHOP).await;
    let scopes = m.file("scopes.json", br#"[{"name":"orders","description":"See your orders"}]"#);
    let shown = m.run(&["app", "set", "shop", &format!("scopes={scopes}")]).await;
    assert_eq!(shown["app"]["scopes"][0]["name"], "orders");
    let shown = m.run(&["app", "set", "shop", r#"scopes+={"name":"bills"}"#, "scopes-=orders"]).await;
    assert_eq!(shown["app"]["scopes"][0]["name"], "bills");
    let words = m.refused(&["app", "set", "shop", "scopes=@/nowhere/at/all"]).await;
    assert!(words.contains("scopes") && words.contains("/nowhere/at/all"), "{words}");
}
