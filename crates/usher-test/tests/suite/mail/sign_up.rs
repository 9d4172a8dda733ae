//! People who make accounts for themselves, where a pool lets them.

use super::support::{CHOSEN, gets_in, link, only, rows, trail};
use usher_store::Engine;
use usher_test::{Application, Browser, Callback, Page, TestServer, at_once};
use usher_types::{Span, limits};

/// A server whose first pool lets people make accounts.
async fn on(engine: Engine) -> TestServer {
    TestServer::builder()
        .engine(engine)
        .with_mail()
        .edit("name = \"main\"\n", "name = \"main\"\nsettings = { sign_up = true }\n")
        .start()
        .await
}

async fn server() -> TestServer {
    on(Engine::Sqlite).await
}

async fn page(browser: &mut Browser, app: &Application) -> Page {
    let page = browser.open(&app.request(&[])).await.page();
    let way = page.attribute("a#sign-up", "href").expect("a way to an account");
    browser.open(&way).await.page()
}

fn fields(email: &'static str) -> [(&'static str, &'static str); 4] {
    [("name", "Carol Cook"), ("email", email), ("new_password", CHOSEN), ("new_password_again", CHOSEN)]
}

async fn ask(browser: &mut Browser, app: &Application, email: &'static str) -> Page {
    let page = page(browser, app).await;
    browser.submit(&page, &fields(email)).await.page()
}

async fn walk(t: TestServer) {
    let web = t.application("web");
    let mut browser = t.browser();
    let users = rows(&t, "SELECT count(*) FROM users").await;
    assert!(ask(&mut browser, &web, "carol@example.com").await.has("#done[data-done=sign_up_sent]"));
    assert_eq!(rows(&t, "SELECT count(*) FROM users").await, users, "nothing but a ticket");
    let link = link(&t, &only(t.mails().await));
    let page = browser.open(&link).await.page();
    assert!(page.words().contains("Carol Cook") && page.words().contains("carol@example.com"));
    assert!(!page.has("input[type=password]"), "the browser that began");
    assert!(!gets_in(&t, "carol@example.com", CHOSEN).await, "looking makes nothing");
    let page = browser.submit(&page, &[("decision", "make")]).await.page();
    assert!(page.has("#sign-in"), "the sign-in that waited goes on: {}", page.answer.text());
    assert!(page.words().contains("Your account is ready"), "{}", page.words());
    assert!(page.has("#identifier[value='carol@example.com']"), "{}", page.answer.text());
    let fields = [("identifier", "carol@example.com"), ("password", CHOSEN)];
    let page = browser.submit(&page, &fields).await.page();
    let callback = Callback::parse(&browser.submit(&page, &[("decision", "allow")]).await.elsewhere());
    let tokens = web.exchange(callback.code()).await.tokens();
    assert!(!tokens.access.is_empty());
    assert!(trail(&t).await.contains(&"signed_up".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_makes_an_account_and_goes_on_to_the_application() {
    walk(server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_makes_an_account_and_goes_on_on_postgres() {
    if usher_testdb::Postgres::or_skip("sign-up").is_some() {
        walk(on(Engine::Postgres).await).await;
    }
}

#[tokio::test]
async fn the_address_counts_as_verified() {
    let t = server().await;
    let mut browser = t.browser();
    ask(&mut browser, &t.application("web"), "carol@example.com").await;
    let link = link(&t, &only(t.mails().await));
    let page = browser.open(&link).await.page();
    browser.submit(&page, &[("decision", "make")]).await.page();
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let carol = t.app.store.user_by_identifier(pool, "carol@example.com").await.unwrap().unwrap();
    assert!(carol.profile.contains("\"email_verified\":true") && carol.profile.contains("Carol Cook"));
}

#[tokio::test]
async fn in_another_browser_the_password_has_to_be_typed_again() {
    let t = server().await;
    ask(&mut t.browser(), &t.application("web"), "carol@example.com").await;
    let link = link(&t, &only(t.mails().await));
    // The owner of an address that somebody else signed up with does not know the password.
    let mut other = t.browser();
    let page = other.open(&link).await.page();
    assert!(page.has("input[type=password]"));
    for wrong in ["", "a wrong password of mine"] {
        let again = other.submit(&page, &[("decision", "make"), ("password", wrong)]).await.page();
        assert!(again.has("#problem"), "{wrong:?}");
    }
    let again = other.submit(&page, &[("decision", "make")]).await.page();
    assert!(again.has("#problem") && !gets_in(&t, "carol@example.com", CHOSEN).await);
    let done = other.submit(&page, &[("decision", "make"), ("password", CHOSEN)]).await.page();
    assert!(done.has("#notice.good") && done.words().contains("account is ready"), "{}", done.words());
    assert_eq!(done.attribute("#identifier", "value").unwrap(), "carol@example.com");
    assert!(gets_in(&t, "carol@example.com", CHOSEN).await);
}

#[tokio::test]
async fn an_address_that_is_known_gets_the_same_answer_by_the_same_statements_and_a_mail_that_says_so() {
    let mut seen = Vec::new();
    for email in ["carol@example.com", "alice@example.com", "ALICE@Example.com", "bob@example.com"] {
        let t = server().await;
        let mut browser = t.browser();
        let page = page(&mut browser, &t.application("web")).await;
        let (before, hashes) = (t.app.store.counts(), t.app.hashing.hashes());
        let answer = browser.submit(&page, &fields(email)).await.page();
        let after = t.app.store.counts();
        seen.push((
            answer.words(),
            after.reads - before.reads,
            after.statements - before.statements,
            t.app.hashing.hashes() - hashes,
        ));
        let mail = only(t.mails().await);
        assert_eq!(mail.text.contains("token="), email.starts_with("carol"), "{email}: {}", mail.text);
        assert_eq!(mail.to, email);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!((seen[0].1, seen[0].3), (3, 1), "three reads, one hash");
}

#[tokio::test]
async fn a_link_is_good_once_and_for_an_hour_and_no_address_gets_two_accounts() {
    let t = server().await;
    let web = t.application("web");
    let (mut one, mut two) = (t.browser(), t.browser());
    ask(&mut one, &web, "carol@example.com").await;
    let first = link(&t, &only(t.mails().await));
    ask(&mut two, &web, "Carol@Example.com").await;
    let second = link(&t, &only(t.mails().await));
    let (page, other) = (one.open(&first).await.page(), two.open(&second).await.page());
    one.submit(&page, &[("decision", "make")]).await.page();
    assert!(one.submit(&page, &[("decision", "make")]).await.page().has("#error"));
    assert!(two.submit(&other, &[("decision", "make")]).await.page().has("#error"));
    ask(&mut one, &web, "dora@example.com").await;
    let late = link(&t, &only(t.mails().await));
    t.advance(Span::millis(u32::try_from(limits::SIGN_UP_LINK.as_millis()).unwrap()));
    assert!(one.open(&late).await.page().has("#error"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_clicks_at_once_one_makes_the_account() {
    let t = server().await;
    let mut browser = t.browser();
    ask(&mut browser, &t.application("web"), "carol@example.com").await;
    let link = link(&t, &only(t.mails().await));
    let page = browser.open(&link).await.page();
    at_once(16, |_| {
        let (mut browser, page) = (browser.clone(), page.clone());
        async move { browser.submit(&page, &[("decision", "make")]).await }
    })
    .await;
    assert_eq!(
        rows(&t, "SELECT count(*) FROM identifiers WHERE identifier_key = 'carol@example.com'").await,
        1
    );
    assert_eq!(trail(&t).await.iter().filter(|e| *e == "signed_up").count(), 1);
}

#[tokio::test]
async fn what_cannot_be_is_told_beside_its_field_and_what_was_typed_stays() {
    let t = server().await;
    let mut browser = t.browser();
    let page = page(&mut browser, &t.application("web")).await;
    for (change, field) in [
        (("name", ""), "#name"),
        (("name", "two\nlines"), "#name"),
        (("email", ""), "#email"),
        (("email", "carol"), "#email"),
        (("email", "carol@example.com, x@example.com"), "#email"),
        (("new_password_again", "another one altogether"), "#new-password-again"),
    ] {
        let mut all = fields("carol@example.com").to_vec();
        all.retain(|(name, _)| *name != change.0);
        all.push(change);
        let again = browser.submit(&page, &all).await.page();
        assert!(again.has(&format!("#problem a[href=\"{field}\"]")), "{change:?}: {}", again.answer.text());
        assert!(again.has(&format!("{field}[aria-invalid=true]")), "{change:?}");
        assert!(!again.answer.text().contains(CHOSEN), "no password comes back");
    }
    let short = [
        ("name", "Carol"),
        ("email", "c@example.com"),
        ("new_password", "short"),
        ("new_password_again", "short"),
    ];
    assert!(browser.submit(&page, &short).await.page().has("#new-password[aria-invalid=true]"));
    assert!(t.mails().await.is_empty());
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let t = server().await;
    let mut browser = t.browser();
    let page = page(&mut browser, &t.application("web")).await;
    let empty = [("name", ""), ("email", ""), ("new_password", ""), ("new_password_again", "")];
    let again = browser.submit(&page, &empty).await.page();
    for field in ["#name", "#email", "#new-password"] {
        assert!(again.has(&format!("{field}[aria-invalid=true]")), "{field}: {}", again.answer.text());
    }
    let wrong =
        [("name", "Carol"), ("email", "carol"), ("new_password", "short"), ("new_password_again", "x")];
    let again = browser.submit(&page, &wrong).await.page();
    for field in ["#email", "#new-password", "#new-password-again"] {
        assert!(again.has(&format!("{field}[aria-invalid=true]")), "{field}: {}", again.answer.text());
    }
    assert!(!again.has("#name[aria-invalid]"));
}

#[tokio::test]
async fn where_the_pool_does_not_want_it_there_is_no_such_page() {
    let off = super::support::server().await;
    let without_mail = TestServer::builder()
        .edit("name = \"main\"\n", "name = \"main\"\nsettings = { sign_up = true }\n")
        .start()
        .await;
    for t in [off, without_mail] {
        let web = t.application("web");
        let mut browser = t.browser();
        assert!(!browser.open(&web.request(&[])).await.page().has("a#sign-up"));
        assert_eq!(browser.get("/sign-up").await.status, 404);
        let discovery = browser.get("/oidc/.well-known/openid-configuration").await.json();
        let values = discovery["prompt_values_supported"].as_array().unwrap();
        assert!(!values.iter().any(|v| v == "create"), "{values:?}");
        let callback =
            Callback::parse(&browser.open(&web.request(&[("prompt", "create")])).await.elsewhere());
        assert_eq!(callback.error(), "invalid_request");
    }
}

/// Initiating User Registration via OpenID Connect 1.0 §4: "the OP should provide the user with an account creation experience".
#[tokio::test]
async fn an_application_that_prompts_for_an_account_is_led_to_the_page_and_back() {
    let t = server().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let discovery = browser.get("/oidc/.well-known/openid-configuration").await.json();
    assert!(discovery["prompt_values_supported"].as_array().unwrap().iter().any(|v| v == "create"));
    let page = browser.open(&web.request(&[("prompt", "create")])).await.page();
    assert!(page.path.starts_with("/sign-up?"), "{}", page.path);
    browser.submit(&page, &fields("carol@example.com")).await.page();
    let link = link(&t, &only(t.mails().await));
    let page = browser.open(&link).await.page();
    let page = browser.submit(&page, &[("decision", "make")]).await.page();
    let page =
        browser.submit(&page, &[("identifier", "carol@example.com"), ("password", CHOSEN)]).await.page();
    let callback = Callback::parse(&browser.submit(&page, &[("decision", "allow")]).await.elsewhere());
    assert!(!callback.code().is_empty());
    for with in ["create none", "none create"] {
        let callback = Callback::parse(&browser.open(&web.request(&[("prompt", with)])).await.elsewhere());
        assert_eq!(callback.error(), "invalid_request", "{with}");
    }
}

#[tokio::test]
async fn somebody_who_is_signed_in_already_can_still_be_asked_for_an_account() {
    let t = server().await;
    let web = t.application("web");
    let mut browser = t.browser();
    browser.walk(&web.request(&[]), "alice").await;
    let page = browser.open(&web.request(&[("prompt", "create")])).await.page();
    assert!(page.path.starts_with("/sign-up?"), "{}", page.path);
}
