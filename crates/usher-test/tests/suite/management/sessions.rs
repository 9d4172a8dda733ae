//! People's sessions: listed, and ended one by one or all of a person's.

use super::support::{Managed, names};
use usher_store::Engine;
use usher_test::Browser;

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.open("/account").await.page().has(".mine")
}

async fn sessions_are_listed_and_ended(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let (mut first, mut second, mut bob) = (m.t.browser(), m.t.browser(), m.t.browser());
    let tokens = web.sign_in(&mut first, "alice", "openid").await;
    m.t.advance(usher_types::Span::seconds(1));
    let lasting = web.sign_in(&mut second, "alice", "openid offline_access").await;
    web.sign_in(&mut bob, "bob", "openid").await;
    let all = m.run(&["session", "list"]).await;
    assert_eq!(names(&all["sessions"], "login_name").len(), 3);
    let hers = m.run(&["session", "list", "--user", "alice@example.com"]).await;
    assert_eq!(names(&hers["sessions"], "login_name"), ["alice", "alice"]);
    assert_eq!(hers["sessions"][0]["methods"][0], "pwd");
    let part = m.run(&["session", "list", "--user", "alice", "--limit", "1"]).await;
    let next = part["next"].as_str().unwrap();
    let rest = m.run(&["session", "list", "--user", "alice", "--limit", "1", "--after", next]).await;
    assert_eq!(rest["sessions"][0]["id"], hers["sessions"][1]["id"]);

    let id = hers["sessions"][0]["id"].as_str().unwrap();
    let ended = m.run(&["session", "end", id]).await;
    assert_eq!(ended["ended"]["name"], id);
    assert!(!is_signed_in(&mut first).await && is_signed_in(&mut second).await);
    assert!(!web.is_active(&tokens.access).await);
    assert!(m.refused(&["session", "end", id]).await.contains("usher session list"));

    m.run(&["session", "end", "--user", "alice"]).await;
    assert!(!is_signed_in(&mut second).await && is_signed_in(&mut bob).await);
    // What was meant to outlive sessions does.
    assert!(web.is_active(&lasting.access).await);
    let events = m.events().await;
    assert!(events.iter().any(|e| e == "session_ended") && events.iter().any(|e| e == "sessions_ended"));
    assert_eq!(m.run(&["session", "list", "--user", "alice"]).await["sessions"], serde_json::json!([]));
    for (line, word) in [
        (&["session", "end"][..], "--user"),
        (&["session", "end", "x"], "no session"),
        (&["session", "end", "--user", "nobody"], "nobody"),
        (&["session", "list", "--after", "x"], "after"),
        (&["session", "list", "--user", "nobody"], "nobody"),
    ] {
        assert!(m.refused(line).await.contains(word), "{line:?}");
    }
    assert!(m.refused(&["session", "--pool", "staff", "end", id]).await.contains("no session"));
}

on_both_engines! { sessions_are_listed_and_ended }
