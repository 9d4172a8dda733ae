//! A link that an administrator's command makes: how the first person gets in, where nobody has a password and no mail is sent.

use super::support::{CHOSEN, choose, confirm, gets_in};
use clap::Parser as _;
use serde_json::Value;
use std::sync::Arc;
use usher::cli::{self, Arguments, Work};
use usher::config;
use usher::management::Socket;
use usher_test::{PASSWORD, TestServer};
use usher_types::{Span, limits};

/// What a command line comes to, by the server's socket.
pub(super) async fn run(t: &TestServer, line: &[&str]) -> Result<Value, String> {
    let socket = Socket::bind(&t.folder().join("data")).unwrap();
    let listening = tokio::spawn(socket.serve(Arc::clone(&t.app)));
    let done = Box::pin(command(t, line)).await;
    listening.abort();
    let _ = listening.await;
    done
}

async fn command(t: &TestServer, line: &[&str]) -> Result<Value, String> {
    let arguments = Arguments::try_parse_from(["usher"].iter().chain(line)).map_err(|e| e.to_string())?;
    let Some(Work::Order(_, order)) = cli::read(arguments.command).map_err(|e| e.to_string())? else {
        panic!("no order: {line:?}")
    };
    let loaded = config::parse(t.seed(), &t.folder().join("usher.toml")).unwrap();
    let done = cli::carry_out(&loaded, order).await;
    done.map(|outcome| serde_json::to_value(outcome).unwrap()).map_err(|e| e.to_string())
}

fn path(t: &TestServer, shown: &Value) -> String {
    let link = shown["user"]["link"].as_str().unwrap();
    link.strip_prefix(&t.origin()).unwrap_or_else(|| panic!("{link}")).to_owned()
}

#[tokio::test]
async fn a_person_who_was_made_with_a_link_chooses_their_first_password_without_any_mail() {
    let t = TestServer::start().await;
    let shown = run(&t, &["user", "create", "carol", "name=Carol Cook", "--link"]).await.unwrap();
    assert_eq!(shown["user"]["has_password"], false);
    assert!(!gets_in(&t, "carol", CHOSEN).await);
    let mut browser = t.browser();
    let page = browser.open(&path(&t, &shown)).await.page();
    assert!(page.words().contains("Carol Cook") && page.words().contains("made for you"), "{}", page.words());
    let page = confirm(&mut browser, &page).await;
    assert!(page.words().contains("Choose a password") && !page.words().contains("a new password"));
    let page = choose(&mut browser, &page, CHOSEN).await.page();
    assert!(page.has("#notice.good") && page.words().contains("Your password is set."), "{}", page.words());
    assert_eq!(page.attribute("#identifier", "value").unwrap(), "carol");
    let home = browser.submit(&page, &[("identifier", "carol"), ("password", CHOSEN)]).await.page();
    assert!(home.has(".mine") && home.words().contains("Carol Cook"), "{}", home.words());
    assert!(gets_in(&t, "carol", CHOSEN).await);
    assert!(browser.open(&path(&t, &shown)).await.page().has("#error"), "it is good once");
}

#[tokio::test]
async fn an_applications_sign_in_in_another_tab_goes_on_once_its_page_is_loaded_again() {
    let t = TestServer::start().await;
    let shown = run(&t, &["user", "create", "carol", "--link"]).await.unwrap();
    let mut browser = t.browser();
    let waiting = browser.open(&t.application("first-party").request(&[])).await.page();
    let page = browser.open(&path(&t, &shown)).await.page();
    let page = confirm(&mut browser, &page).await;
    let page = choose(&mut browser, &page, CHOSEN).await.page();
    let home = browser.submit(&page, &[("identifier", "carol"), ("password", CHOSEN)]).await.page();
    assert!(home.has(".mine"), "{}", home.answer.text());
    let target = browser.open(&waiting.path).await.elsewhere();
    assert!(target.contains("code="), "{target}");
}

#[tokio::test]
async fn a_link_for_somebody_with_a_password_changes_it_only_when_it_is_used() {
    let t = TestServer::start().await;
    let first = run(&t, &["user", "link", "alice"]).await.unwrap();
    let second = run(&t, &["user", "link", "alice@example.com"]).await.unwrap();
    assert!(gets_in(&t, "alice", PASSWORD).await);
    let mut browser = t.browser();
    assert!(browser.open(&path(&t, &first)).await.page().has("#error"), "a newer one ends it");
    let page = browser.open(&path(&t, &second)).await.page();
    let page = confirm(&mut browser, &page).await;
    choose(&mut browser, &page, CHOSEN).await.page();
    assert!(gets_in(&t, "alice", CHOSEN).await && !gets_in(&t, "alice", PASSWORD).await);
}

#[tokio::test]
async fn the_link_of_a_command_is_good_for_a_day() {
    let t = TestServer::start().await;
    let shown = run(&t, &["user", "link", "alice"]).await.unwrap();
    t.advance(Span::millis(u32::try_from(limits::FIRST_PASSWORD_LINK.as_millis()).unwrap() - 1));
    assert!(t.browser().open(&path(&t, &shown)).await.page().has("#continue"));
    t.advance(Span::millis(1));
    assert!(t.browser().open(&path(&t, &shown)).await.page().has("#error"));
}

#[tokio::test]
async fn another_pools_person_has_a_link_to_that_pool() {
    let t = TestServer::start().await;
    let shown = run(&t, &["user", "link", "alice", "--pool", "staff"]).await.unwrap();
    let path = path(&t, &shown);
    assert!(path.starts_with("/staff/new-password?token="), "{path}");
    assert!(t.browser().open(&path).await.page().words().contains("Alice of Staff"));
    assert!(t.browser().open(&path.replacen("/staff", "", 1)).await.page().has("#error"));
}

#[tokio::test]
async fn no_link_is_made_for_nobody_or_for_somebody_who_may_not_sign_in() {
    let mut t = TestServer::start().await;
    assert!(run(&t, &["user", "link", "zoe"]).await.unwrap_err().contains("nobody"));
    t.disable_user("alice").await;
    assert!(run(&t, &["user", "link", "alice"]).await.unwrap_err().contains("enabled=true"));
    for wrong in [["--link", "--generate"], ["--link", "--password=@x"]] {
        let line = ["user", "create", "dora", wrong[0], wrong[1]];
        assert!(run(&t, &line).await.is_err(), "{wrong:?}");
    }
}

#[tokio::test]
async fn the_link_is_shown_once_and_nowhere_else() {
    let t = TestServer::start().await;
    let shown = run(&t, &["user", "link", "alice"]).await.unwrap();
    let later = run(&t, &["user", "show", "alice"]).await.unwrap();
    assert!(later["user"].get("link").is_none());
    let link = shown["user"]["link"].as_str().unwrap();
    let secret = link.rsplit_once('.').unwrap().1;
    let pool = t.app.snapshot().pool(None).unwrap().id;
    for row in t.app.store.audit_trail(pool).await.unwrap() {
        assert!(!row.detail.contains(secret));
    }
}
