//! Somebody forgot their password: from the sign-in page to the mail, to a new password, and on with the sign-in that waited.

use super::support::{
    CHOSEN, alices_link, ask, choose, confirm, forgot_page, gets_in, link, on, only, server, trail,
};
use usher_store::Engine;
use usher_test::{Arrival, Callback, PASSWORD, TestServer};
use usher_types::Span;

async fn walk(t: TestServer) {
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = browser.open(&link).await.page();
    assert!(page.has("#new-password") && page.words().contains("Alice Arden"), "{}", page.answer.text());
    let page = choose(&mut browser, &page, CHOSEN).await.page();
    assert!(page.has("#sign-in"), "the sign-in that waited goes on: {}", page.answer.text());
    assert!(page.words().contains("Your new password is set"), "{}", page.words());
    assert!(page.has("#identifier[value='alice']"), "{}", page.answer.text());
    let arrival = browser.submit(&page, &[("identifier", "alice"), ("password", CHOSEN)]).await;
    let page = arrival.page();
    let target = browser.submit(&page, &[("decision", "allow")]).await.elsewhere();
    assert!(!Callback::parse(&target).code().is_empty());
    assert!(!gets_in(&t, "alice", PASSWORD).await);
    let mail = only(t.mails().await);
    assert!(mail.to == "alice@example.com" && mail.subject.contains("was changed"), "{mail:?}");
    assert!(mail.text.contains("127.0.0.0/24") && !mail.text.contains("token="), "{}", mail.text);
    let trail = trail(&t).await;
    for event in ["password_reset_asked", "password_changed", "sign_in"] {
        assert!(trail.iter().any(|e| e == event), "{trail:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_forgot_their_password_chooses_another_and_goes_on_to_the_application() {
    walk(server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_forgot_their_password_chooses_another_and_goes_on_on_postgres() {
    if usher_testdb::Postgres::or_skip("reset").is_some() {
        walk(on(Engine::Postgres).await).await;
    }
}

#[tokio::test]
async fn in_another_browser_the_link_asks_for_a_click_and_says_whose_account_and_who_asked() {
    let t = server().await;
    let link = alices_link(&t, &mut t.browser()).await;
    t.advance(Span::minutes(3));
    let mut other = t.browser();
    let page = other.open(&link).await.page();
    let words = page.words();
    assert!(!page.has("#new-password"));
    assert!(
        words.contains("Alice Arden") && words.contains("127.0.0.0/24") && words.contains('3'),
        "{words}"
    );
    let page = confirm(&mut other, &page).await;
    let page = choose(&mut other, &page, CHOSEN).await.page();
    assert!(page.has("#notice.good") && page.words().contains("new password is set"), "{}", page.words());
    assert_eq!(page.attribute("#identifier", "value").unwrap(), "alice");
    let home = other.submit(&page, &[("identifier", "alice"), ("password", CHOSEN)]).await.page();
    assert!(home.has(".mine"), "{}", home.answer.text());
}

#[tokio::test]
async fn looking_at_a_link_uses_nothing_up() {
    let t = server().await;
    let link = alices_link(&t, &mut t.browser()).await;
    let before = t.app.store.counts().batches;
    for _ in 0..20 {
        // A program that looks at links before people do keeps no cookies.
        assert!(t.browser().open(&link).await.page().has("#continue"));
    }
    assert_eq!(t.app.store.counts().batches, before);
    let mut browser = t.browser();
    let page = browser.open(&link).await.page();
    let page = confirm(&mut browser, &page).await;
    choose(&mut browser, &page, CHOSEN).await.page();
    assert!(gets_in(&t, "alice", CHOSEN).await);
}

#[tokio::test]
async fn a_new_password_ends_every_session_grant_and_request_that_the_old_one_opened() {
    let t = server().await;
    let web = t.application("web");
    let mut elsewhere = t.browser();
    let tokens = web.sign_in(&mut elsewhere, "alice", "openid offline_access").await;
    let code = Callback::parse(&elsewhere.walk(&web.request(&[]), "alice").await);
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = browser.open(&link).await.page();
    choose(&mut browser, &page, CHOSEN).await.page();
    assert_eq!(web.userinfo(&tokens.access).await.status, 401);
    web.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    web.exchange(code.code()).await.refused("invalid_grant");
    assert!(elsewhere.open(&web.request(&[])).await.page().has("#sign-in"), "nobody is signed in there");
}

#[tokio::test]
async fn a_password_that_the_pool_does_not_take_is_refused_and_the_link_stays_good() {
    let t = server().await;
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = browser.open(&link).await.page();
    for (first, second, mistakes) in [
        ("short", "short", &["#new-password"][..]),
        (CHOSEN, "another one altogether", &["#new-password-again"]),
        ("short", "another", &["#new-password", "#new-password-again"]),
        ("", "", &["#new-password"]),
    ] {
        let fields = [("new_password", first), ("new_password_again", second)];
        let again = browser.submit(&page, &fields).await.page();
        for field in ["#new-password", "#new-password-again"] {
            let is_wrong = again.has(&format!("{field}[aria-invalid=true]"));
            assert_eq!(is_wrong, mistakes.contains(&field), "{first:?} {field}");
        }
    }
    choose(&mut browser, &page, CHOSEN).await.page();
    assert!(gets_in(&t, "alice", CHOSEN).await);
}

#[tokio::test]
async fn somebody_who_must_change_their_password_has_done_so_by_a_link() {
    let t = server().await;
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let user = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
    let mut batch = usher_store::Batch::new();
    let row = usher_store::tables::UserRow { must_change_password: true, ..user };
    usher_store::tables::write::user::update(&mut batch, "as read", pool, row, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), usher_store::Applied::Done);
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = browser.open(&link).await.page();
    choose(&mut browser, &page, CHOSEN).await.page();
    assert!(gets_in(&t, "alice", CHOSEN).await);
}

#[tokio::test]
async fn where_no_mail_is_sent_or_the_pool_does_not_want_it_there_is_no_such_page() {
    let without = TestServer::start().await;
    let unwanted = TestServer::builder()
        .with_mail()
        .edit("name = \"main\"\n", "name = \"main\"\nsettings = { password_reset = false }\n")
        .start()
        .await;
    for t in [without, unwanted] {
        let mut browser = t.browser();
        let page = browser.open(&t.application("web").request(&[])).await.page();
        assert!(page.has("#sign-in") && !page.has("#forgot-password"));
        assert_eq!(browser.get("/forgot-password").await.status, 404);
        assert_eq!(browser.post("/forgot-password", &[("identifier", "alice")]).await.status, 404);
    }
}

#[tokio::test]
async fn the_mail_speaks_the_language_of_whoever_asked_and_names_the_pools_sender() {
    let t = TestServer::builder()
        .with_mail()
        .edit("name = \"main\"\n", "name = \"main\"\nsettings = { mail_from = \"Main Desk\" }\n")
        .start()
        .await;
    let mut browser = t.browser();
    browser.language = "zh-CN".to_owned();
    ask(&mut browser, &t.application("web"), "alice").await;
    let mail = only(t.mails().await);
    assert!(mail.subject.contains("设置新密码") && mail.html.contains("lang=\"zh-Hans\""), "{mail:?}");
    assert_eq!(mail.from_name.as_deref(), Some("Main Desk"));
}

#[tokio::test]
async fn a_pool_of_its_own_sends_links_to_its_own_pages() {
    let t = TestServer::builder()
        .with_mail()
        .edit(
            "claims = { name = \"Alice of Staff\" }",
            "claims = { name = \"Alice of Staff\", email = \"a@staff.test\", email_verified = true }",
        )
        .start()
        .await;
    let mut browser = t.browser();
    ask(&mut browser, &t.application_of("staff", "web"), "alice").await;
    let mail = only(t.mails().await);
    assert_eq!(mail.to, "a@staff.test");
    let link = link(&t, &mail);
    assert!(link.starts_with("/staff/new-password?token="), "{link}");
    assert!(browser.open(&link).await.page().has("#new-password"));
    let elsewhere = link.replacen("/staff", "", 1);
    assert!(browser.open(&elsewhere).await.page().words().contains("does not work any more"));
}

#[tokio::test]
async fn a_form_that_is_stale_or_not_ours_sends_nothing() {
    let t = server().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = forgot_page(&mut browser, &web).await;
    let (action, fields) = page.form();
    let with = |token: &str| -> Vec<(String, String)> {
        let mut fields: Vec<_> = fields.iter().filter(|(n, _)| n != "form_token").cloned().collect();
        fields.extend([
            ("form_token".to_owned(), token.to_owned()),
            ("identifier".to_owned(), "alice".to_owned()),
        ]);
        fields
    };
    for token in ["", "AAAA"] {
        let fields = with(token);
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        browser.post(&action, &pairs).await;
    }
    let right = with(&fields.iter().find(|(n, _)| n == "form_token").unwrap().1);
    let pairs: Vec<(&str, &str)> = right.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(browser.post_from_elsewhere(&action, &pairs).await.status, 403);
    let arrival = t.browser().submit(&page, &[("identifier", "alice")]).await;
    assert!(matches!(arrival, Arrival::Page(page) if page.has("#problem")), "another browser's form");
    assert!(t.mails().await.is_empty());
}
