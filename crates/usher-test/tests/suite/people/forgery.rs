//! Attack class 53: forms that another site sends or frames, and requests that a person never meant.

use super::support::{browser_of, guess, handle_of, number, post_with, sign_in, sign_in_page, silently};
use usher_test::{Arrival, Browser, PASSWORD, Page, TestServer};

const FORM: &str = "application/x-www-form-urlencoded";

async fn nobody_signed_in(t: &TestServer) -> bool {
    number(t, "SELECT COUNT(*) FROM sessions").await == 0
}

fn owned(page: &Page, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = page.form().1;
    fields.extend(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    fields
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

#[tokio::test]
async fn a_sign_in_needs_the_token_of_this_very_form() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let token = |page: &Page| page.attribute("input[name=form_token]", "value").unwrap();
    let same_browser = token(&sign_in_page(&mut browser, &own).await);
    let other_browser = token(&sign_in_page(&mut t.browser(), &own).await);
    let right = token(&page);
    let shortened = &right[..right.len() - 1];
    let handle = handle_of(&page);
    for wrong in ["", "x", &same_browser, &other_browser, shortened, &right.to_uppercase()] {
        let fields = [
            ("interaction", handle.as_str()),
            ("form_token", wrong),
            ("identifier", "alice"),
            ("password", PASSWORD),
        ];
        let answer = browser.post("/sign-in", &fields).await;
        assert!(browser.follow("/sign-in", answer).await.page().has("#sign-in"), "{wrong:?}");
        let answer = browser.post("/sign-in", &[&fields[..1], &fields[2..]].concat()).await;
        assert!(browser.follow("/sign-in", answer).await.page().has("#sign-in"));
    }
    assert!(nobody_signed_in(&t).await);
    assert_eq!(t.app.hashing.hashes(), 0);
}

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let consent = browser.open(&web.request(&[])).await.page();
    let own = t.application("first-party");
    let sign_in = browser.open(&own.request(&[("prompt", "login")])).await.page();
    let chooser = browser.open(&own.request(&[("prompt", "select_account")])).await.page();
    let session = chooser.account("alice").unwrap();
    let sign_out = browser.open("/oidc/session/end").await.page();
    assert!(sign_out.has("#sign-out"));
    let forms = [
        (&consent, vec![("decision", "allow")]),
        (&sign_in, vec![("identifier", "bob"), ("password", PASSWORD)]),
        (&chooser, vec![("session", session.as_str())]),
        (&sign_out, vec![("decision", "sign-out")]),
    ];
    let port = t.address.port();
    let origins = [
        "https://evil.test".to_owned(),
        format!("https://localhost:{port}"),
        format!("http://localhost:{}", port ^ 1),
        "http://localhost".to_owned(),
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}.evil.test"),
    ];
    let before = number(&t, "SELECT COUNT(*) FROM audit").await;
    for (page, fields) in &forms {
        let action = page.form().0;
        let fields = owned(page, fields);
        let fields = borrowed(&fields);
        for origin in &origins {
            let answer = post_with(&mut browser, &action, &fields, &[("origin", origin)]).await;
            assert_eq!(answer.status, 403, "{action} from {origin}");
            assert!(answer.text().contains("id=\"error\""));
        }
        for site in ["cross-site", "same-site", "nonsense"] {
            let answer = post_with(&mut browser, &action, &fields, &[("sec-fetch-site", site)]).await;
            assert_eq!(answer.status, 403, "{action} {site}");
            let both = [("origin", "null"), ("sec-fetch-site", site)];
            assert_eq!(post_with(&mut browser, &action, &fields, &both).await.status, 403, "{action} {site}");
        }
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM audit").await, before, "nothing has changed");
    assert_eq!(silently(&mut browser, &own, &[]).await, "code");
}

#[tokio::test]
async fn a_browser_that_says_nothing_or_null_of_the_origin_is_held_to_the_token() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let silent: &[(&str, &str)] = &[];
    for headers in [
        silent,
        &[("origin", "null")],
        &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ] {
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let (action, fields) =
            (page.form().0, owned(&page, &[("identifier", "alice"), ("password", PASSWORD)]));
        let forged: Vec<(&str, &str)> = borrowed(&fields)
            .into_iter()
            .map(|(n, v)| if n == "form_token" { (n, "x") } else { (n, v) })
            .collect();
        let answer = post_with(&mut browser, &action, &forged, headers).await;
        assert!(browser.follow(&action, answer).await.page().has("#sign-in"), "{headers:?}");
        let answer = post_with(&mut browser, &action, &borrowed(&fields), headers).await;
        browser.follow(&action, answer).await.elsewhere();
    }
}

#[tokio::test]
async fn only_a_posted_form_changes_anything() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    let query = |page: &Page, more: &[(&str, &str)]| {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(owned(page, more)).finish()
    };
    let address = format!("/sign-in?{}", query(&page, &[("identifier", "alice"), ("password", PASSWORD)]));
    assert!(browser.open(&address).await.page().has("#sign-in"));
    assert!(nobody_signed_in(&t).await);
    let consent = sign_in(&mut browser, &page, "alice", PASSWORD).await.page();
    let address = format!("/consent?{}", query(&consent, &[("decision", "allow")]));
    assert!(browser.open(&address).await.page().has("#allow"));
    assert_eq!(number(&t, "SELECT COUNT(*) FROM consents").await, 0);
    let out = browser.open("/oidc/session/end").await.page();
    let address = format!("/sign-out?{}", query(&out, &[("decision", "sign-out")]));
    assert!(browser.open(&address).await.page().has("#sign-out"));
    browser.submit(&consent, &[("decision", "allow")]).await.elsewhere();

    let types = ["application/json", "text/plain", "multipart/form-data; boundary=x", ""];
    for media_type in types {
        let fields = owned(&out, &[("decision", "sign-out")]);
        let answer =
            post_with(&mut browser, "/sign-out", &borrowed(&fields), &[("content-type", media_type)]).await;
        assert_eq!(answer.status, 400, "{media_type}");
    }
    assert_eq!(silently(&mut browser, &web, &[]).await, "code");
    let fields = owned(&out, &[("decision", "sign-out")]);
    let charset = format!("{FORM}; charset=UTF-8");
    let answer =
        post_with(&mut browser, "/sign-out", &borrowed(&fields), &[("content-type", &charset)]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(silently(&mut browser, &web, &[]).await, "login_required");
}

#[tokio::test]
async fn a_sign_out_that_another_site_asks_for_is_asked_about() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let answer = browser.post_from_elsewhere("/oidc/session/end", &[("client_id", "web")]).await;
    let page = browser.follow("/oidc/session/end", answer).await.page();
    assert!(page.has("#sign-out") && page.has("#stay"));
    assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    // Without the form's token not even the answer counts.
    let handle = handle_of(&page);
    for fields in
        [vec![("interaction", handle.as_str()), ("decision", "everyone")], vec![("decision", "everyone")]]
    {
        browser.post("/sign-out", &fields).await;
        assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    }
}

#[tokio::test]
async fn nobody_is_signed_in_to_an_attackers_account_by_a_link_or_a_form() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut attacker = t.browser();
    let page = sign_in_page(&mut attacker, &own).await;
    let mut victim = t.browser();
    let fields = owned(&page, &[("identifier", "bob"), ("password", PASSWORD)]);
    victim.post_from_elsewhere("/sign-in", &borrowed(&fields)).await;
    assert_eq!(silently(&mut victim, &own, &[]).await, "login_required");
    let answer = guess(&mut attacker, &page, "bob", PASSWORD).await;
    let resume = answer.location();
    let arrival: Arrival = victim.open(&resume).await;
    assert_eq!(arrival.page().answer.status, 400);
    assert_eq!(silently(&mut victim, &own, &[]).await, "login_required");
}

#[tokio::test]
async fn no_page_can_be_framed_kept_or_told_to_others() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let chooser = browser.open(&web.request(&[])).await.page();
    let choice = chooser.account("alice").unwrap();
    let consent = browser.submit(&chooser, &[("session", &choice)]).await.page();
    let again = browser.submit(&chooser, &[("session", "another")]).await.page();
    let sign_out = browser.open("/oidc/session/end").await.page();
    let stranger: &mut Browser = &mut t.browser();
    let signed_out = stranger.open("/oidc/session/end").await.page();
    let error = stranger.open("/consent?interaction=x").await.page();
    let missing = stranger.open("/nothing").await.page();
    assert!(chooser.has("button[name=session]") && consent.has("#allow") && again.has("#sign-in"));
    assert!(sign_out.has("#sign-out") && signed_out.has("#signed-out") && error.has("#error"));
    for page in [chooser, consent, again, sign_out, signed_out, error, missing] {
        let path = &page.path;
        let policy = page.answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-"), "{path}: {policy}");
        assert_eq!(page.answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(page.answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(page.answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.answer.header("access-control-allow-origin"), "", "{path}");
    }
}
