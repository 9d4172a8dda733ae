//! Attack class 50: two pools with applications and people of the same names on one server. Nothing of one is of use in the other.

use super::support::{browser_of, claims, handle_of, number, sign_in_page, silently, with_people};
use std::collections::BTreeSet;
use usher_test::{Application, Browser, PASSWORD, TestServer, Tokens};

struct Pools {
    t: TestServer,
    main: Application,
    staff: Application,
}

async fn pools() -> Pools {
    let t = TestServer::start().await;
    Pools { main: t.application("web"), staff: t.application_of("staff", "web"), t }
}

async fn tokens(app: &Application, browser: &mut Browser) -> Tokens {
    app.sign_in(browser, "alice", "openid offline_access").await
}

#[tokio::test]
async fn each_pool_has_an_issuer_keys_and_people_of_its_own() {
    let Pools { t, main, staff } = pools().await;
    let mut seen = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut subjects = BTreeSet::new();
    for app in [&main, &staff] {
        let discovery = app.get("/oidc/.well-known/openid-configuration").await.json();
        let issuer = discovery["issuer"].as_str().unwrap().to_owned();
        assert_eq!(issuer, format!("{}{}", t.origin(), app.path("/oidc")));
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "end_session_endpoint",
        ] {
            assert!(discovery[name].as_str().unwrap().starts_with(&format!("{issuer}/")), "{name}");
        }
        let jwks = app.get("/oidc/.well-known/jwks.json").await.json();
        for key in jwks["keys"].as_array().unwrap() {
            keys.insert(key["n"].as_str().unwrap().to_owned());
        }
        let callback = app.authorize(&mut t.browser(), "alice", &[]).await;
        assert_eq!(callback.params["iss"], issuer);
        let id = app.exchange(callback.code()).await.tokens().id.unwrap();
        let id = app.verify(&id, "web").await;
        assert_eq!(id["iss"], issuer);
        subjects.insert(id["sub"].as_str().unwrap().to_owned());
        seen.insert(issuer);
    }
    assert_eq!((seen.len(), keys.len(), subjects.len()), (2, 2, 2));
}

#[tokio::test]
async fn a_session_of_one_pool_is_none_in_the_other() {
    let Pools { t, main, staff } = pools().await;
    let mut browser = t.browser();
    main.authorize(&mut browser, "alice", &[]).await.code();
    assert_eq!(silently(&mut browser, &staff, &[]).await, "login_required");
    staff.authorize(&mut browser, "alice", &[]).await.code();
    assert_eq!(browser.cookies.len(), 2);
    let port = t.address.port();
    let (of_main, of_staff) = (format!("usher-main-{port}"), format!("usher-staff-{port}"));
    let mut swapped = t.browser();
    swapped.cookies.insert(of_main.clone(), browser.cookies[&of_staff].clone());
    swapped.cookies.insert(of_staff.clone(), browser.cookies[&of_main].clone());
    assert_eq!(silently(&mut swapped, &main, &[]).await, "login_required");
    assert_eq!(silently(&mut swapped, &staff, &[]).await, "login_required");

    // Signing out of one leaves the other.
    let id = main
        .exchange(main.authorize(&mut browser, "", &[("prompt", "none")]).await.code())
        .await
        .tokens()
        .id
        .unwrap();
    browser.get(&format!("/oidc/session/end?id_token_hint={id}")).await;
    assert_eq!(silently(&mut browser, &main, &[]).await, "login_required");
    assert_eq!(silently(&mut browser, &staff, &[]).await, "code");
}

#[tokio::test]
async fn codes_and_tokens_of_one_pool_are_garbage_in_the_other() {
    let Pools { t, main, staff } = pools().await;
    for (ours, theirs) in [(&main, &staff), (&staff, &main)] {
        let mut browser = t.browser();
        let code = ours.authorize(&mut browser, "alice", &[]).await;
        theirs.exchange(code.code()).await.refused("invalid_grant");
        ours.exchange(code.code()).await.tokens();
        let tokens = tokens(ours, &mut browser).await;
        let refresh = tokens.refresh.as_deref().unwrap();
        theirs.refresh(refresh).await.refused("invalid_grant");
        assert_eq!(theirs.userinfo(&tokens.access).await.status, 401);
        for token in [&tokens.access, refresh, tokens.id.as_deref().unwrap()] {
            assert_eq!(theirs.introspect(token).await, serde_json::json!({ "active": false }));
            assert_eq!(theirs.revoke(token).await.status, 200);
        }
        assert!(ours.is_active(&tokens.access).await, "the other pool's revocation does not reach it");
        ours.refresh(refresh).await.tokens();
    }
}

#[tokio::test]
async fn a_secret_of_one_pool_opens_nothing_in_the_other() {
    let builder = TestServer::builder().edit(
        "client_secret = \"web-secret-0123456789-0123456789-0123456789\"\nclient_name = \"Staff Web\"",
        "client_secret = \"staff-secret-0123456789-0123456789-012345678\"\nclient_name = \"Staff Web\"",
    );
    let t = builder.start().await;
    let (main, mut staff) = (t.application("web"), t.application_of("staff", "web"));
    let code = staff.authorize(&mut t.browser(), "alice", &[]).await;
    // The application still holds the first pool's secret.
    assert_eq!(staff.secret, main.secret);
    staff.exchange(code.code()).await.refused("invalid_client");
    staff.post("/oidc/token/introspection", &[("token", "x")]).await.refused("invalid_client");
    staff.post("/oidc/token/revocation", &[("token", "x")]).await.refused("invalid_client");
    staff.secret = Some("staff-secret-0123456789-0123456789-012345678".to_owned());
    staff.exchange(code.code()).await.tokens();
}

#[tokio::test]
async fn interactions_and_hints_of_one_pool_are_unknown_in_the_other() {
    let Pools { t, main, staff } = pools().await;
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &main).await;
    sign_in_page(&mut browser, &staff).await;
    let handle = handle_of(&page);
    for path in [
        "/staff/sign-in",
        "/staff/consent",
        "/staff/choose-account",
        "/staff/oidc/auth/resume",
        "/staff/sign-out",
    ] {
        assert_eq!(browser.get(&format!("{path}?interaction={handle}")).await.status, 400, "{path}");
    }
    let (_, hidden) = page.form();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.extend([("identifier", "alice"), ("password", PASSWORD)]);
    assert_eq!(browser.post("/staff/sign-in", &fields).await.status, 400);
    assert_eq!(number(&t, "SELECT COUNT(*) FROM sessions").await, 0);

    let id = main.sign_in(&mut t.browser(), "alice", "openid").await.id.unwrap();
    staff.authorize(&mut browser, "alice", &[]).await.code();
    assert_eq!(silently(&mut browser, &staff, &[("id_token_hint", &id)]).await, "invalid_request");
    assert_eq!(browser.get(&format!("/staff/oidc/session/end?id_token_hint={id}")).await.status, 400);
    assert_eq!(silently(&mut browser, &staff, &[]).await, "code");
    let request = [
        ("client_id", "web"),
        ("redirect_uri", "https://web.test/cb"),
        ("response_type", "code"),
        ("scope", "openid"),
    ];
    let posted = browser.post_from_elsewhere("/oidc/auth", &request).await.location();
    let elsewhere = posted.replacen("/oidc/auth", "/staff/oidc/auth", 1);
    assert_eq!(browser.get(&elsewhere).await.status, 400);
}

#[tokio::test]
async fn people_applications_and_consent_of_one_pool_are_not_in_the_other() {
    let Pools { t, main, staff } = pools().await;
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &staff).await;
    for name in ["bob", "alice@example.com"] {
        let again = browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await.page();
        assert!(again.has("#sign-in"), "{name}");
    }
    main.authorize(&mut t.browser(), "alice", &[]).await.code();
    let consent = browser.submit(&page, &[("identifier", "alice"), ("password", PASSWORD)]).await.page();
    assert!(consent.has("#allow") && consent.words().contains("Staff Web"));
    assert!(!consent.words().contains("Web Shop"));
    for other in ["post", "spa"] {
        let request = t.application(other).request(&[]).replacen("/oidc/auth", "/staff/oidc/auth", 1);
        assert_eq!(browser.get(&request).await.status, 400, "{other}");
    }
    for path in ["/staff/application/style.css?client_id=post", "/staff/application/logo?client_id=spa"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_client_that_is_disabled_in_one_pool_works_in_the_other() {
    let builder = TestServer::builder()
        .edit("client_name = \"Staff Web\"", "client_name = \"Staff Web\"\nenabled = false");
    let t = builder.start().await;
    let (main, staff) = (t.application("web"), t.application_of("staff", "web"));
    main.authorize(&mut t.browser(), "alice", &[]).await.code();
    let callback = usher_test::Callback::parse(&t.browser().open(&staff.request(&[])).await.elsewhere());
    assert_eq!(callback.error(), "unauthorized_client");
}

#[tokio::test]
async fn names_of_pools_that_are_none_lead_nowhere() {
    let Pools { t, .. } = pools().await;
    let mut browser = t.browser();
    for path in [
        "/main/oidc/auth",
        "/Staff/oidc/auth",
        "/staff//oidc/auth",
        "/staff/../oidc/auth",
        "/staff/%2e%2e/oidc/auth",
        "/nobody/oidc/.well-known/openid-configuration",
        "/staff/assets/usher.css",
        "/.well-known/oauth-authorization-server/nobody/oidc",
    ] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_id_that_was_taken_away_and_given_again_brings_nothing_back() {
    let carol = "[[pools.users]]\nusername = \"carol\"\npassword = \"correct horse battery staple\"\n";
    let mut t = with_people(TestServer::builder(), carol).start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["carol"]).await;
    let tokens = own.sign_in(&mut browser, "carol", "openid offline_access").await;
    t.disable_user("carol").await;
    assert_eq!(silently(&mut browser, &own, &[]).await, "login_required");
    assert!(!own.is_active(&tokens.access).await);
    t.reseed("username = \"carol\"\nenabled = false\n", "username = \"carol\"\n").await;
    assert!(!own.is_active(&tokens.access).await);
    assert_eq!(silently(&mut browser, &own, &[]).await, "login_required", "the old cookie is nobody's");
    own.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    let again = own.sign_in(&mut t.browser(), "carol", "openid").await;
    assert_eq!(claims(&again.id.unwrap())["sub"], claims(&tokens.id.unwrap())["sub"]);
}

#[tokio::test]
async fn the_name_of_the_server_alone_leads_to_the_account_and_a_pool_without_a_name_is_its_address() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    let answer = browser.get("/").await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/account".to_owned()));
    let page = browser.open("/").await.page();
    let words = page.words();
    assert!(page.has("#sign-in") && words.contains("localhost") && !words.contains("main"), "{words}");
    assert_eq!(browser.get("/nothing").await.status, 404);
}

#[tokio::test]
async fn the_name_of_a_pool_alone_leads_to_the_account_in_it() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    for path in ["/staff", "/staff/"] {
        let answer = browser.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/staff/account".to_owned()), "{path}");
    }
    for path in ["/main", "/nobody", "/nobody/", "/staff//", "//staff", "/staff/x", "/STAFF"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert_eq!(browser.post("/staff", &[]).await.status, 404);
}
