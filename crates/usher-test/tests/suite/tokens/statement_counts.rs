//! What the hot paths ask of the database, in exact numbers: no noisy machine can blur them.

use super::support::{code, get, offline, refresh_token};
use usher_store::Engine;
use usher_test::{PASSWORD, TestServer, cost};

async fn hot_paths(engine: Engine) {
    let t = TestServer::builder()
        .engine(engine)
        .application("post", "access_token_format = \"opaque\"")
        .start()
        .await;
    let (web, mut browser) = (t.application("web"), t.browser());
    offline(&web, &mut browser).await;

    let request = web.request(&[("scope", "openid offline_access")]);
    let (answer, authorize) = cost(&t, browser.get(&request)).await;
    assert_eq!(authorize, (1, 1), "authorize with a session");
    // A minute later the session is touched as well, in the same batch.
    t.advance(usher_types::Span::minutes(2));
    let (_, later) = cost(&t, browser.get(&request)).await;
    assert_eq!(later, (1, 1), "authorize with a session that was not seen for a while");
    let expired = usher_test::Callback::parse(&answer.location());
    let (answer, refused) = cost(&t, web.exchange(expired.code())).await;
    answer.refused("invalid_grant");
    assert_eq!(refused, (1, 1), "a code that is burnt");

    let fresh = code(&web, &mut browser, &[("scope", "openid offline_access")]).await;
    let (answer, exchange) = cost(&t, web.exchange(&fresh)).await;
    assert_eq!(exchange, (1, 1), "code exchange");
    let tokens = answer.tokens();
    let (answer, refresh) = cost(&t, web.refresh(refresh_token(&tokens))).await;
    assert_eq!(refresh, (1, 1), "refresh");
    let second = answer.tokens();
    let (_, again) = cost(&t, web.refresh(refresh_token(&tokens))).await;
    assert_eq!(again, (1, 1), "a refresh whose answer was lost");

    for token in [&second.access, refresh_token(&second), "unknown"] {
        let (_, introspection) = cost(&t, web.introspect(token)).await;
        assert_eq!(introspection, (1, 0), "introspection");
    }
    let (answer, userinfo) = cost(&t, web.userinfo(&second.access)).await;
    assert_eq!((answer.status.as_u16(), userinfo), (200, (1, 0)), "userinfo");

    let post = t.application("post");
    let fresh = code(&post, &mut browser, &[]).await;
    let (answer, exchange) = cost(&t, post.exchange(&fresh)).await;
    assert_eq!(exchange, (1, 1), "code exchange with an opaque access token");
    let opaque = answer.tokens().access;
    assert_eq!(cost(&t, post.introspect(&opaque)).await.1, (1, 0), "introspection of an opaque token");
    assert_eq!(cost(&t, post.userinfo(&opaque)).await.1, (1, 0), "userinfo by an opaque token");
}

async fn documents(engine: Engine) {
    let t = TestServer::on(engine).await;
    for path in [
        "/oidc/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/oidc",
        "/oidc/.well-known/jwks.json",
    ] {
        for base in ["", "/staff"] {
            let path = if path.starts_with("/.well-known") && !base.is_empty() {
                "/.well-known/oauth-authorization-server/staff/oidc".to_owned()
            } else {
                format!("{base}{path}")
            };
            let (answer, cost) = cost(&t, get(&t, &path, &[])).await;
            assert_eq!((answer.status.as_u16(), cost), (200, (0, 0)), "{path}");
        }
    }
}

async fn sign_in_page(engine: Engine) {
    let t = TestServer::on(engine).await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let (answer, begin) = cost(&t, browser.get(&web.request(&[]))).await;
    assert_eq!(begin, (1, 1), "authorize without a session");
    let path = answer.location();
    let (answer, show) = cost(&t, browser.get(&path)).await;
    assert_eq!(show, (0, 0), "the sign-in page");
    let (action, fields) = usher_test::Page { path, answer }.form();
    let send = |password: &'static str| {
        let mut all = fields.clone();
        all.extend([
            ("identifier".to_owned(), "alice".to_owned()),
            ("password".to_owned(), password.to_owned()),
        ]);
        all
    };
    let hashes = t.app.hashing.hashes();
    for (password, status) in [("a wrong password of some length", 200), (PASSWORD, 303)] {
        let all = send(password);
        let pairs: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (answer, submit) = cost(&t, browser.post(&action, &pairs)).await;
        assert_eq!((answer.status.as_u16(), submit), (status, (2, 1)), "sending the sign-in page");
    }
    assert_eq!(t.app.hashing.hashes() - hashes, 2, "one hash each");
}

on_both_engines! { hot_paths documents sign_in_page }
