//! Attack class "CSRF and clickjacking": no page of another site makes a browser sign in, choose, allow or sign out, and none frames ours.

use super::{browser_of, is_told, page};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use usher_test::{Answer, Browser, PASSWORD, Page, TestServer};

/// Sends a page's form with some fields changed (`""` takes one away) and with headers as they are.
async fn send(
    browser: &mut Browser,
    form: &Page,
    changes: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Answer {
    let (action, mut fields) = form.form();
    for (name, value) in changes {
        fields.retain(|(n, _)| n != name);
        if !value.is_empty() {
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = Request::post(action).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.exchange(request.body(Full::new(Bytes::from(body))).unwrap()).await
}

/// What browsers say of a request that another site's page made.
const ELSEWHERE: [&[(&str, &str)]; 9] = [
    &[("origin", "https://evil.test")],
    &[("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")],
    &[("origin", "null"), ("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "")],
    &[("origin", "")],
    &[("origin", "http://127.0.0.1")],
    &[("origin", "https://localhost"), ("sec-fetch-site", "same-origin")],
];

#[tokio::test]
async fn consent_is_given_by_our_own_page_only() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let consent = browser.open(&web.request(&[])).await.page();
    let mut attacker = browser_of(&t, &["bob"]).await;
    let theirs = attacker.open(&web.request(&[])).await.page();
    let another = browser.open(&web.request(&[("state", "another")])).await.page();
    let token = |page: &Page| page.form().1.into_iter().find(|(n, _)| n == "form_token").unwrap().1;
    let (theirs, another) = (token(&theirs), token(&another));
    let allow = ("decision", "allow");
    for headers in ELSEWHERE {
        let answer = send(&mut browser, &consent, &[allow], headers).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(!answer.headers.contains_key("location"));
    }
    for wrong in ["", "x", &theirs, &another, &token(&consent)[1..], &token(&consent).to_lowercase()] {
        let answer = send(&mut browser, &consent, &[allow, ("form_token", wrong)], &[]).await;
        assert!(!answer.header("location").contains("code="), "{wrong:?}");
    }
    let (action, fields) = consent.form();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("decision", "allow")
        .finish();
    browser.get(&format!("{action}?{query}")).await;
    for media_type in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
        let request = Request::post(&action)
            .header("content-type", media_type)
            .body(Full::new(Bytes::from(query.clone())))
            .unwrap();
        assert_eq!(browser.exchange(request).await.status, 400, "{media_type}");
    }
    is_told(&browser.get(&web.request(&[("prompt", "none")])).await, "consent_required", &t.issuer());
    // The page's own form still works, with what browsers send with it.
    let answer =
        send(&mut browser, &consent, &[allow], &[("origin", "null"), ("sec-fetch-site", "same-origin")])
            .await;
    let target = browser.follow("", answer).await.elsewhere();
    usher_test::Callback::parse(&target).code();
}

#[tokio::test]
async fn nobody_is_signed_in_to_an_attackers_account() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let (mut victim, mut attacker) = (t.browser(), t.browser());
    let mine = victim.open(&own.request(&[])).await.page();
    let theirs = attacker.open(&own.request(&[])).await.page();
    let credentials = [("identifier", "bob"), ("password", PASSWORD)];
    for headers in ELSEWHERE {
        assert_eq!(send(&mut victim, &mine, &credentials, headers).await.status, 403, "{headers:?}");
    }
    // The attacker's own page in the victim's browser, with and without a cookie there.
    super::is_error_page(&send(&mut victim, &theirs, &credentials, &[]).await, "another browser's form");
    super::is_error_page(
        &send(&mut t.browser(), &theirs, &credentials, &[]).await,
        "a browser without a cookie",
    );
    for (name, value) in
        [("form_token", ""), ("form_token", "x"), ("form_token", theirs.form().1[1].1.as_str())]
    {
        let answer = send(&mut victim, &mine, &[credentials[0], credentials[1], (name, value)], &[]).await;
        assert!(!answer.headers.contains_key("set-cookie"), "{value}");
    }
    // Nor by following the attacker's addresses.
    let resumed = theirs.path.replace("/sign-in", "/oidc/auth/resume");
    super::is_error_page(&victim.get(&theirs.path).await, "another browser's page");
    super::is_error_page(&victim.get(&resumed).await, "another browser's request");
    is_told(&victim.get(&own.request(&[("prompt", "none")])).await, "login_required", &t.issuer());
}

#[tokio::test]
async fn the_code_of_an_attackers_sign_in_stays_in_the_attackers_browser() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut attacker = t.browser();
    let page = attacker.open(&own.request(&[])).await.page();
    let answer = send(&mut attacker, &page, &[("identifier", "bob"), ("password", PASSWORD)], &[]).await;
    // Instead of following it, the attacker sends the address to a victim who is signed in.
    let mut victim = browser_of(&t, &["alice"]).await;
    super::is_error_page(&victim.get(&answer.location()).await, "another browser's request");
    attacker.follow("", answer).await.elsewhere();
}

#[tokio::test]
async fn accounts_are_chosen_and_people_signed_out_by_our_own_pages_only() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let chooser = browser.open(&own.request(&[])).await.page();
    let alice = chooser.account("alice").unwrap();
    let question = browser.open("/oidc/session/end?client_id=web").await.page();
    assert!(question.has("#sign-out"));
    for headers in ELSEWHERE {
        assert_eq!(
            send(&mut browser, &chooser, &[("session", &alice)], headers).await.status,
            403,
            "{headers:?}"
        );
        assert_eq!(
            send(&mut browser, &question, &[("decision", "everyone")], headers).await.status,
            403,
            "{headers:?}"
        );
    }
    for token in ["", "x"] {
        let answer = send(&mut browser, &chooser, &[("session", &alice), ("form_token", token)], &[]).await;
        assert!(browser.follow("", answer).await.page().has("button[name=session]"));
        send(&mut browser, &question, &[("decision", "everyone"), ("form_token", token)], &[]).await;
    }
    for person in ["alice", "bob"] {
        let answer = browser.get(&own.request(&[("prompt", "none"), ("login_hint", person)])).await;
        assert!(answer.location().contains("code="), "{person} was signed out: {}", answer.location());
    }
    // A request from another site without a hint asks; with everybody's cookies left out it signs nobody out.
    let kept = browser.post_from_elsewhere("/oidc/session/end", &[("client_id", "web")]).await;
    assert!(!kept.headers.contains_key("set-cookie"));
    assert!(browser.open(&kept.location()).await.page().has("#sign-out"));
}

#[tokio::test]
async fn no_page_with_something_to_click_is_framed_and_no_script_reads_a_cookie() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let first = t.browser().get(&web.request(&[])).await;
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(first.header("set-cookie").contains(attribute), "{}", first.header("set-cookie"));
    }
    for path in [
        web.request(&[]),
        web.request(&[("prompt", "login")]),
        web.request(&[("prompt", "select_account")]),
        web.request(&[("client_id", "nobody")]),
        "/oidc/session/end?client_id=web".to_owned(),
        "/signed-out".to_owned(),
        "/nothing".to_owned(),
    ] {
        let shown = browser.open(&path).await.page();
        assert_eq!(shown.answer.header("x-frame-options"), "DENY", "{path}");
        assert!(shown.answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!page(&shown.answer).has("script, [onclick], [onload], [style]"), "{path}");
    }
}
