//! Another e-mail address: it is a login name, so that it counts once its owner, signed in to the account, has followed a link.

use super::support::*;
use crate::mail::link;
use usher_core::Cx;
use usher_core::mail::verify::{self, Confirmed, Confirmer};
use usher_core::request::Peer;
use usher_store::tables::{UserRow, write};
use usher_store::{Applied, Batch, Engine, params};
use usher_test::{Browser, PASSWORD, TestServer, cost, on_both_engines};
use usher_types::page::AccountPlace;
use usher_types::{Endpoint, Locale, limits};

const PROFILE: Endpoint = Endpoint::AccountProfile;
const EDITABLE: &str = "name = \"main\"\nsettings = { profile_editable = [\"name\", \"email\"] }\n";

async fn server(engine: Engine) -> TestServer {
    TestServer::builder().engine(engine).with_mail().edit("name = \"main\"\n", EDITABLE).start().await
}

/// Asks for another address; what the page says then.
async fn ask(browser: &mut Browser, address: &str) -> String {
    let page = visit(browser, AccountPlace::Profile).await;
    let answer = send(browser, &page, PROFILE, &[("email", address)]).await;
    let page = browser.follow("", answer).await.page();
    assert!(page.has("#notice.good"), "{}", page.answer.text());
    page.words()
}

async fn claims(t: &TestServer, name: &str) -> serde_json::Value {
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), name, "openid email").await;
    web.userinfo(&tokens.access).await.json()
}

async fn events(t: &TestServer) -> Vec<String> {
    trail(t).await.into_iter().map(|row| row.event).collect()
}

on_both_engines! {
    an_address_counts_once_its_link_was_followed_by_who_is_signed_in
}

async fn an_address_counts_once_its_link_was_followed_by_who_is_signed_in(engine: Engine) {
    let t = server(engine).await;
    let mut alice = browser_of(&t, "alice").await;
    let said = ask(&mut alice, "arden@example.com").await;
    assert!(said.contains("mail is on its way"), "{said}");
    let mails = t.mails().await;
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "arden@example.com"));
    assert_eq!(claims(&t, "alice").await["email"], "alice@example.com", "nothing has changed yet");
    let link = link(&t, &mails[0]);
    // Whoever owns the mailbox gives it to nobody's account but one that they are signed in to.
    let mut owner = t.browser();
    assert!(owner.open(&link).await.page().has("#sign-in[value=sign-in]"));
    let mut bob = browser_of(&t, "bob").await;
    assert!(bob.open(&link).await.page().has("#sign-in[value=sign-in]"));
    let page = alice.open(&link).await.page();
    let words = page.words();
    assert!(words.contains("arden@example.com") && words.contains("You asked") && words.contains("alice"));
    let (action, fields) = page.form();
    let mut all: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    all.push(("decision", "verify"));
    bob.post(&action, &all).await;
    assert_eq!(claims(&t, "alice").await["email"], "alice@example.com");
    let done = alice.submit(&page, &[("decision", "verify")]).await.page();
    assert!(done.has("#done[data-done=email_verified]"), "{}", done.answer.text());
    let told = claims(&t, "arden@example.com").await;
    assert_eq!((&told["email"], &told["email_verified"]), (&"arden@example.com".into(), &true.into()));
    // The address before is told, and is nobody's.
    let mails = t.mails().await;
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "alice@example.com"), "{mails:?}");
    assert!(
        mails[0].subject.contains("was changed") && !mails[0].text.contains("arden"),
        "{}",
        mails[0].text
    );
    let mut browser = t.browser();
    let page = browser.open("/account").await.page();
    let old = [("identifier", "alice@example.com"), ("password", PASSWORD)];
    assert!(browser.submit(&page, &old).await.page().has("#sign-in"));
    assert!(alice.open(&link).await.page().has("#error"), "it is good once");
    let events = events(&t).await;
    for event in ["email_verification_sent", "email_verified", "profile_changed"] {
        assert_eq!(events.iter().filter(|e| *e == event).count(), 1, "{event}: {events:?}");
    }
}

/// Attack class 31: whether an address has an account.
#[tokio::test]
async fn asking_for_somebody_elses_address_looks_and_costs_the_same_and_takes_nothing() {
    let t = server(Engine::Sqlite).await;
    let mut alice = browser_of(&t, "alice").await;
    let page = visit(&mut alice, AccountPlace::Profile).await;
    let mut seen = Vec::new();
    for address in ["bob@example.com", "free@example.com"] {
        let (answer, taken) = cost(&t, send(&mut alice, &page, PROFILE, &[("email", address)])).await;
        seen.push((answer.status, answer.location(), taken));
    }
    assert_eq!(seen[0], seen[1]);
    // A newer wish ends the one before: the link in the mail to Bob is over.
    for mail in t.mails().await {
        let is_good = alice.open(&link(&t, &mail)).await.page().has("#verify");
        assert_eq!(is_good, mail.to == "free@example.com", "{}", mail.to);
    }
    ask(&mut alice, "bob@example.com").await;
    let mail = t.mails().await.pop().unwrap();
    assert_eq!(mail.to, "bob@example.com");
    // Alice, who reads Bob's mail by some mischance, has nothing of it.
    let page = alice.open(&link(&t, &mail)).await.page();
    let done = alice.submit(&page, &[("decision", "verify")]).await.page();
    assert!(done.has("#done[data-done=address_taken]"), "{}", done.answer.text());
    assert_eq!(claims(&t, "bob").await["email"], "bob@example.com");
    assert_eq!(claims(&t, "alice").await["email"], "alice@example.com");
}

#[tokio::test]
async fn no_more_mails_go_out_than_a_person_a_network_and_an_address_may_have() {
    let t = server(Engine::Sqlite).await;
    let mut alice = browser_of(&t, "alice").await;
    for n in 0..limits::MAILS_BY_PERSON {
        ask(&mut alice, &format!("arden{n}@example.com")).await;
        assert_eq!(t.mails().await.len(), 1);
    }
    let page = visit(&mut alice, AccountPlace::Profile).await;
    let answer = send(&mut alice, &page, PROFILE, &[("email", "one.more@example.com")]).await;
    let page = alice.follow("", answer).await.page();
    assert!(page.has("#notice") && !page.has("#notice.good") && page.words().contains("Wait an hour"));
    assert!(t.mails().await.is_empty());
    // As many may go to one address, whoever asks, and as many from one network; that an address is full nobody is told.
    t.advance(limits::MAIL_WINDOW);
    let mut bob = browser_of(&t, "bob").await;
    let mut alice = browser_of(&t, "alice").await;
    for _ in 0..2 {
        ask(&mut alice, "stranger@example.com").await;
        ask(&mut bob, "stranger@example.com").await;
    }
    assert_eq!(t.mails().await.len(), usize::try_from(limits::MAILS_BY_PERSON).unwrap());
}

#[tokio::test]
async fn in_another_browser_the_link_leads_to_signing_in_and_back_to_it() {
    let t = server(Engine::Sqlite).await;
    let mut alice = browser_of(&t, "alice").await;
    ask(&mut alice, "arden@example.com").await;
    let mail = t.mails().await.pop().unwrap();
    assert!(mail.text.contains("account") && mail.text.contains("alice"), "{}", mail.text);
    let link = link(&t, &mail);
    let secret = link.rsplit_once('.').unwrap().1;
    let mut telephone = t.browser();
    let first = telephone.open(&link).await.page();
    let words = first.words();
    assert!(
        words.contains("sign in first") && words.contains("account") && words.contains("alice"),
        "{words}"
    );
    let sign_in = telephone.submit(&first, &[("decision", "sign-in")]).await.page();
    assert_eq!(sign_in.attribute("#identifier", "value").unwrap(), "alice");
    assert!(!sign_in.path.contains(secret) && !sign_in.answer.text().contains(secret));
    let kept =
        "SELECT COUNT(*) FROM tickets WHERE payload LIKE '%' || $1 || '%' OR state LIKE '%' || $1 || '%'";
    let kept = t.app.store.list(kept, params![secret]).await.unwrap();
    assert_eq!(kept[0].get::<i64>(0).unwrap(), 0, "the link's secret lies nowhere");
    let fields = [("identifier", "alice"), ("password", PASSWORD)];
    let back = telephone.submit(&sign_in, &fields).await.page();
    assert_eq!(back.path, link);
    let done = telephone.submit(&back, &[("decision", "verify")]).await.page();
    assert!(done.has("#done[data-done=email_verified]"), "{}", done.answer.text());
    assert_eq!(claims(&t, "alice").await["email"], "arden@example.com");
}

#[tokio::test]
async fn whoever_signs_in_as_somebody_else_comes_back_to_a_link_that_is_not_theirs() {
    let t = server(Engine::Sqlite).await;
    let mut alice = browser_of(&t, "alice").await;
    ask(&mut alice, "arden@example.com").await;
    let link = link(&t, &t.mails().await.pop().unwrap());
    let mut bob = browser_of(&t, "bob").await;
    let first = bob.open(&link).await.page();
    // A form that says yes where only signing in is asked for says nothing.
    assert!(bob.submit(&first, &[("decision", "verify")]).await.page().has("#sign-in[value=sign-in]"));
    let sign_in = bob.submit(&first, &[("decision", "sign-in")]).await.page();
    assert!(sign_in.has("input[name=password]"), "bob, who is here, is not asked about");
    let back = bob.submit(&sign_in, &[("identifier", "bob"), ("password", PASSWORD)]).await.page();
    assert!(back.path == link && back.has("#sign-in[value=sign-in]"), "{}", back.answer.text());
    assert_eq!(claims(&t, "alice").await["email"], "alice@example.com");
}

#[tokio::test]
async fn a_session_that_ends_between_the_look_and_the_click_confirms_nothing() {
    let t = server(Engine::Sqlite).await;
    let mut alice = browser_of(&t, "alice").await;
    let session = session_of(&visit(&mut alice, AccountPlace::Profile).await).parse().unwrap();
    ask(&mut alice, "arden@example.com").await;
    let link = link(&t, &t.mails().await.pop().unwrap());
    let cx = Cx::new(t.app.clone(), t.pool("main"), Peer([127, 0, 0, 1].into()), Locale::English);
    let followed = async || verify::follow(&cx, link.split_once("token=").unwrap().1).await.unwrap().unwrap();
    let late = followed().await;
    let page = visit(&mut alice, AccountPlace::Overview).await;
    send(&mut alice, &page, Endpoint::Account, &[("decision", "sign-out")]).await;
    assert_eq!(late.confirm(&cx, Confirmer::Person(session)).await.unwrap(), Confirmed::Gone);
    assert_eq!(claims(&t, "alice").await["email"], "alice@example.com");
    // The link itself is good: in a session that goes on it confirms.
    let mut alice = browser_of(&t, "alice").await;
    let session = session_of(&visit(&mut alice, AccountPlace::Profile).await).parse().unwrap();
    let by = Confirmer::Person(session);
    assert_eq!(followed().await.confirm(&cx, by).await.unwrap(), Confirmed::Done);
}

#[tokio::test]
async fn an_address_that_waits_is_shown_and_can_be_taken_back() {
    let t = server(Engine::Sqlite).await;
    let mut alice = browser_of(&t, "alice").await;
    assert!(!visit(&mut alice, AccountPlace::Profile).await.has("#waiting"));
    ask(&mut alice, "arden@example.com").await;
    let asked = link(&t, &t.mails().await.pop().unwrap());
    let mut elsewhere = browser_of(&t, "alice").await;
    let page = visit(&mut elsewhere, AccountPlace::Profile).await;
    assert!(page.has("#waiting #withdraw") && page.words().contains("arden@example.com"));
    assert_eq!(page.attribute("#email", "value").unwrap(), "alice@example.com");
    assert!(!visit(&mut browser_of(&t, "bob").await, AccountPlace::Profile).await.has("#waiting"));
    let withdraw = [("decision", "withdraw")];
    let answer = send(&mut elsewhere, &page, PROFILE, &withdraw).await;
    let page = elsewhere.follow("", answer).await.page();
    assert!(page.has("#notice.good") && !page.has("#waiting"), "{}", page.answer.text());
    assert!(alice.open(&asked).await.page().has("#error"), "its link is over");
    assert_eq!(claims(&t, "alice").await["email"], "alice@example.com");
    let answer = send(&mut elsewhere, &page, PROFILE, &withdraw).await;
    assert!(answer.location().contains("done=gone"), "{}", answer.location());
    // One whose link a new password ended, or whose time is over, does not wait.
    ask(&mut alice, "ash@example.com").await;
    t.advance(limits::VERIFY_LINK);
    assert!(!visit(&mut browser_of(&t, "alice").await, AccountPlace::Profile).await.has("#waiting"));
}

#[tokio::test]
async fn an_address_that_had_many_mails_ends_the_wish_before_it_and_looks_like_any_other() {
    let t = server(Engine::Sqlite).await;
    let mut bob = browser_of(&t, "bob").await;
    for _ in 0..limits::MAILS_BY_PERSON {
        ask(&mut bob, "stranger@example.com").await;
    }
    let mut alice = browser_of(&t, "alice").await;
    let said = ask(&mut alice, "arden@example.com").await;
    let asked = t.mails().await.into_iter().find(|mail| mail.to == "arden@example.com").unwrap();
    let asked = link(&t, &asked);
    let page = visit(&mut alice, AccountPlace::Profile).await;
    let answer = send(&mut alice, &page, PROFILE, &[("email", "stranger@example.com")]).await;
    let page = alice.follow("", answer).await.page();
    assert_eq!(page.words().replace("stranger@", "arden@"), said);
    assert!(said.contains("several mails within the hour gets no more"), "{said}");
    assert!(t.mails().await.is_empty());
    assert!(alice.open(&asked).await.page().has("#error"), "what was typed last counts");
}

#[tokio::test]
async fn a_new_password_ends_the_link_that_somebody_asked_for_before() {
    let t = server(Engine::Sqlite).await;
    let mut thief = browser_of(&t, "alice").await;
    ask(&mut thief, "thief@example.com").await;
    let asked = link(&t, &t.mails().await.pop().unwrap());
    assert!(thief.open(&asked).await.page().has("#verify"));
    let pool = t.pool("main").id;
    let row = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
    let hash = t.app.store.user_by_identifier(pool, "bob").await.unwrap().unwrap().password_hash;
    let mut batch = Batch::new();
    let row = UserRow { password_hash: hash, ..row };
    write::user::update(&mut batch, "unchanged", pool, row, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    assert!(thief.open(&asked).await.page().has("#error"));
}

#[tokio::test]
async fn the_rest_of_a_form_is_stored_at_once_and_an_address_may_be_taken_away() {
    let t = server(Engine::Sqlite).await;
    let mut alice = browser_of(&t, "alice").await;
    let page = visit(&mut alice, AccountPlace::Profile).await;
    let both = [("name", "Alice Ash"), ("email", "ash@example.com")];
    let answer = send(&mut alice, &page, PROFILE, &both).await;
    let page = alice.follow("", answer).await.page();
    assert_eq!(page.attribute("#name", "value").unwrap(), "Alice Ash");
    assert_eq!(page.attribute("#email", "value").unwrap(), "alice@example.com");
    let asked = link(&t, &t.mails().await.pop().unwrap());
    // Her user name is left to sign in with; what was asked for before is over.
    send(&mut alice, &page, PROFILE, &[("email", "")]).await;
    let told = t.mails().await;
    assert_eq!((told.len(), told[0].to.as_str()), (1, "alice@example.com"), "the address before is told");
    assert!(claims(&t, "alice").await.get("email").is_none());
    assert!(alice.open(&asked).await.page().has("#error"));
}

#[tokio::test]
async fn without_a_mail_server_and_for_telephone_numbers_nobody_can_show_that_it_is_theirs() {
    let t = TestServer::builder().edit("name = \"main\"\n", EDITABLE).start().await;
    let mut alice = browser_of(&t, "alice").await;
    let page = visit(&mut alice, AccountPlace::Profile).await;
    assert!(page.has("input[name=name]") && !page.has("input[name=email]"));
    assert_eq!(send(&mut alice, &page, PROFILE, &[("email", "x@example.com")]).await.status, 400);
    let wrong = EDITABLE.replace("email", "phone_number");
    let text = t.seed().replace(EDITABLE, &wrong);
    let loaded = usher::config::parse(&text, &t.folder().join("usher.toml"));
    let checked = loaded.map_err(|e| e.to_string()).and_then(|loaded| {
        usher_core::seed::check(&loaded.config.pools, loaded.base()).map_err(|e| format!("{e:?}"))
    });
    assert!(checked.unwrap_err().contains("phone_number"));
}
