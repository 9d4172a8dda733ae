//! Attack class "action and e-mail token replay or rebinding": each link twice, for another person, pool, purpose, after a change, and
//! a moment too late.

use super::support::{CHOSEN, alices_link, choose, confirm, gets_in, server, token};
use usher_store::Engine;
use usher_test::{Browser, PASSWORD, Page, TestServer, at_once};
use usher_types::{Span, limits};

async fn page_of(browser: &mut Browser, link: &str) -> Page {
    browser.open(link).await.page()
}

fn is_gone(page: &Page) -> bool {
    page.has("#error") && page.words().contains("does not work any more")
}

#[tokio::test]
async fn a_link_is_good_once() {
    let t = server().await;
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = page_of(&mut browser, &link).await;
    choose(&mut browser, &page, CHOSEN).await.page();
    assert!(is_gone(&page_of(&mut browser, &link).await));
    let again = choose(&mut browser, &page, "a second password of mine").await.page();
    assert!(is_gone(&again), "{}", again.answer.text());
    assert!(gets_in(&t, "alice", CHOSEN).await);
}

async fn race(t: TestServer) {
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = page_of(&mut browser, &link).await;
    let tries = at_once(16, |n| {
        let (mut browser, page) = (browser.clone(), page.clone());
        async move {
            let password = format!("a password that number {n} chose");
            let page = choose(&mut browser, &page, &password).await.page();
            page.has("#sign-in").then_some(password)
        }
    })
    .await;
    let won: Vec<String> = tries.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "{won:?}");
    assert!(gets_in(&t, "alice", &won[0]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_a_link_at_once_one_does() {
    race(server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_a_link_at_once_one_does_on_postgres() {
    if usher_testdb::Postgres::or_skip("links at once").is_some() {
        race(super::support::on(Engine::Postgres).await).await;
    }
}

#[tokio::test]
async fn a_link_ends_to_the_millisecond() {
    let t = server().await;
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = page_of(&mut browser, &link).await;
    t.advance(Span::millis(u32::try_from(limits::RESET_LINK.as_millis()).unwrap() - 1));
    assert!(page_of(&mut browser, &link).await.has("#new-password"));
    t.advance(Span::millis(1));
    assert!(is_gone(&page_of(&mut browser, &link).await));
    t.advance(Span::seconds(1));
    assert!(is_gone(&choose(&mut browser, &page, CHOSEN).await.page()));
    assert!(gets_in(&t, "alice", PASSWORD).await);
}

#[tokio::test]
async fn whatever_changes_the_account_ends_its_links() {
    for (from, to) in [
        ("email = \"alice@example.com\"", "email = \"other@example.com\""),
        ("name = \"Alice Arden\"", "name = \"Alice Other\""),
        ("username = \"alice\"\n", "username = \"alice\"\nenabled = false\n"),
    ] {
        let mut t = server().await;
        let mut browser = t.browser();
        let link = alices_link(&t, &mut browser).await;
        let page = page_of(&mut browser, &link).await;
        t.reseed(from, to).await;
        assert!(is_gone(&page_of(&mut browser, &link).await), "{to}");
        assert!(is_gone(&choose(&mut browser, &page, CHOSEN).await.page()), "{to}");
    }
}

#[tokio::test]
async fn the_first_of_two_links_that_is_used_ends_the_other() {
    let t = server().await;
    let (mut one, mut two) = (t.browser(), t.browser());
    let (first, second) = (alices_link(&t, &mut one).await, alices_link(&t, &mut two).await);
    let (page, other) = (page_of(&mut one, &first).await, page_of(&mut two, &second).await);
    choose(&mut two, &other, CHOSEN).await.page();
    assert!(is_gone(&choose(&mut one, &page, "a password that comes too late").await.page()));
    assert!(gets_in(&t, "alice", CHOSEN).await);
}

#[tokio::test]
async fn a_link_of_a_disabled_person_is_good_for_nothing_even_when_they_are_enabled_again() {
    let mut t = server().await;
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    t.disable_user("alice").await;
    t.reseed("username = \"alice\"\nenabled = false\n", "username = \"alice\"\n").await;
    assert!(is_gone(&page_of(&mut browser, &link).await));
}

#[tokio::test]
async fn no_other_secret_is_taken_for_a_link_and_a_link_for_no_other() {
    let t = server().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let good = token(&link);
    let handle =
        browser.get(&web.request(&[])).await.location().split_once("interaction=").unwrap().1.to_owned();
    let cookie = browser.cookies.values().next().unwrap().clone();
    let mut other = t.browser();
    let code = web.authorize(&mut other, "alice", &[]).await.code().to_owned();
    let (id, secret) = good.split_once('.').unwrap();
    let swapped = format!("{id}.{}", handle.split_once('.').unwrap().1);
    let cut = &good[..good.len() - 1];
    for wrong in [&handle, &cookie, &code, &swapped, cut, &format!("{secret}.{id}"), "", ".", "x"] {
        let page = page_of(&mut browser, &format!("/new-password?token={wrong}")).await;
        assert!(is_gone(&page), "{wrong}: {}", page.answer.text());
    }
    web.exchange(&good).await.refused("invalid_grant");
    for page in ["/sign-in", "/consent", "/change-password", "/sign-out", "/oidc/auth/resume"] {
        let answer = browser.get(&format!("{page}?interaction={good}")).await;
        assert_eq!(answer.status, 400, "{page}");
    }
    assert!(page_of(&mut browser, &link).await.has("#new-password"), "it is good all the same");
}

#[tokio::test]
async fn a_link_says_whose_password_it_is_and_nothing_that_is_sent_along_changes_that() {
    let t = server().await;
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = page_of(&mut browser, &link).await;
    let fields = [
        ("new_password", CHOSEN),
        ("new_password_again", CHOSEN),
        ("username", "bob"),
        ("identifier", "bob"),
        ("user", "bob"),
        ("account", "bob"),
    ];
    browser.submit(&page, &fields).await.page();
    assert!(gets_in(&t, "alice", CHOSEN).await && gets_in(&t, "bob", PASSWORD).await);
}

#[tokio::test]
async fn after_a_click_in_one_browser_the_link_is_no_other_ones() {
    let t = server().await;
    let mut first = t.browser();
    let link = alices_link(&t, &mut first).await;
    let own = page_of(&mut first, &link).await;
    let mut second = t.browser();
    let page = page_of(&mut second, &link).await;
    confirm(&mut second, &page).await;
    let back = choose(&mut first, &own, CHOSEN).await.page();
    assert!(back.has("#continue") && gets_in(&t, "alice", PASSWORD).await, "{}", back.answer.text());
}

#[tokio::test]
async fn the_database_holds_no_links_secret() {
    let t = server().await;
    let mut browser = t.browser();
    super::support::ask(&mut browser, &t.application("web"), "alice").await;
    let waiting = std::fs::read(t.folder().join("data/usher.db")).unwrap();
    let log = std::fs::read(t.folder().join("data/usher.db-wal")).unwrap_or_default();
    let link = super::support::link(&t, &super::support::only(t.mails().await));
    let token = token(&link);
    let (_, secret) = token.split_once('.').unwrap();
    let bytes = usher_types::opaque::base64url_decode(secret).unwrap();
    for needle in [secret.as_bytes(), &bytes] {
        for file in [&waiting, &log] {
            assert!(!file.windows(needle.len()).any(|w| w == needle));
        }
    }
}
