//! One store for everything short-lived: what was made for one use is never accepted for another.

mod single_use_store_without_namespace {
    use super::super::super::support::{code, fields, id_token, offline, part, refresh_token, sign_out};
    use usher_test::{Application, Arrival, Browser, Page, TestServer};

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Kind {
        Code,
        Interaction,
        Posted,
        Logout,
        Cookie,
        OpaqueToken,
        JwtToken,
        RefreshToken,
        IdToken,
        Sid,
    }

    struct World {
        t: TestServer,
        app: Application,
        opaque: Application,
        browser: Browser,
        handles: Vec<(Kind, String)>,
        refresh: String,
        hint: String,
    }

    fn parameter(address: &str, name: &str) -> String {
        fields(address)
            .into_iter()
            .find(|(n, _)| n == name)
            .unwrap_or_else(|| panic!("no {name} in {address}"))
            .1
    }

    /// One of everything, all of it alive and, where it has one, of the same browser and application.
    async fn world() -> World {
        let t = TestServer::builder().application("post", "access_token_format = \"opaque\"").start().await;
        let (app, opaque, mut browser) = (t.application("web"), t.application("post"), t.browser());
        let tokens = offline(&app, &mut browser).await;
        let of_post = opaque.sign_in(&mut browser, "alice", "openid").await;
        let interaction =
            parameter(&browser.get(&app.request(&[("prompt", "login")])).await.location(), "interaction");
        let fields = fields(&app.request(&[]));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let posted =
            parameter(&browser.post_from_elsewhere("/oidc/auth", &fields).await.location(), "posted");
        let logout = parameter(&browser.get("/oidc/session/end").await.location(), "interaction");
        let sid = part(id_token(&tokens), 1)["sid"].as_str().unwrap().to_owned();
        let handles = vec![
            (Kind::Code, code(&app, &mut browser, &[]).await),
            (Kind::Interaction, interaction),
            (Kind::Posted, posted),
            (Kind::Logout, logout),
            (Kind::Cookie, browser.cookies.values().next().unwrap().clone()),
            (Kind::OpaqueToken, of_post.access.clone()),
            (Kind::JwtToken, tokens.access.clone()),
            (Kind::RefreshToken, refresh_token(&tokens).to_owned()),
            (Kind::IdToken, id_token(&tokens).to_owned()),
            (Kind::Sid, sid),
        ];
        let (refresh, hint) = (refresh_token(&tokens).to_owned(), id_token(&tokens).to_owned());
        World { t, app, opaque, browser, handles, refresh, hint }
    }

    fn others<'a>(w: &'a World, right: &'a [Kind]) -> impl Iterator<Item = (Kind, String)> + use<'a> {
        w.handles.iter().filter(|(kind, _)| !right.contains(kind)).cloned()
    }

    fn handle(w: &World, wanted: Kind) -> String {
        w.handles.iter().find(|(kind, _)| *kind == wanted).unwrap().1.clone()
    }

    /// After everything was tried at the wrong entrance, each opens its own.
    async fn assert_all_alive(mut w: World) {
        let code = handle(&w, Kind::Code);
        w.app.exchange(&code).await.tokens();
        assert!(w.opaque.is_active(&handle(&w, Kind::OpaqueToken)).await);
        assert!(w.app.is_active(&handle(&w, Kind::JwtToken)).await);
        w.app.refresh(&w.refresh.clone()).await.tokens();
        let page = |arrival: Arrival| -> Page { arrival.page() };
        assert!(
            page(w.browser.open(&format!("/sign-in?interaction={}", handle(&w, Kind::Interaction))).await)
                .has("#sign-in")
        );
        let posted =
            w.browser.open(&format!("/oidc/auth?posted={}", handle(&w, Kind::Posted))).await.elsewhere();
        assert!(posted.contains("code="), "{posted}");
        let question =
            page(w.browser.open(&format!("/sign-out?interaction={}", handle(&w, Kind::Logout))).await);
        assert_eq!(question.error(), "", "{}", question.answer.text());
        assert_eq!(sign_out(&mut w.browser, &w.hint).await.status, 200);
    }

    #[tokio::test]
    async fn nothing_else_is_a_code_or_a_refresh_token() {
        let w = world().await;
        for app in [&w.app, &w.opaque, &w.t.application("spa")] {
            for (kind, handle) in others(&w, &[Kind::Code]) {
                assert_eq!(
                    app.exchange(&handle).await.json()["error"],
                    "invalid_grant",
                    "{kind:?} as a code"
                );
            }
            for (kind, handle) in others(&w, &[Kind::RefreshToken]) {
                assert_eq!(
                    app.refresh(&handle).await.json()["error"],
                    "invalid_grant",
                    "{kind:?} as a refresh token"
                );
            }
        }
        assert_all_alive(w).await;
    }

    #[tokio::test]
    async fn nothing_else_is_an_access_token() {
        let w = world().await;
        for (kind, handle) in others(&w, &[Kind::OpaqueToken, Kind::JwtToken]) {
            assert_eq!(w.app.userinfo(&handle).await.status, 401, "{kind:?} at userinfo");
            if kind == Kind::RefreshToken {
                continue;
            }
            for app in [&w.app, &w.opaque, &w.t.application("api")] {
                assert!(!app.is_active(&handle).await, "{kind:?} at introspection");
                assert_eq!(app.revoke(&handle).await.status, 200, "{kind:?} at revocation");
            }
        }
        assert_all_alive(w).await;
    }

    #[tokio::test]
    async fn nothing_else_is_a_posted_request() {
        let mut w = world().await;
        for (kind, handle) in others(&w, &[Kind::Posted]).collect::<Vec<_>>() {
            for path in ["/oidc/auth", "/oidc/session/end"] {
                let answer = w.browser.get(&format!("{path}?posted={handle}")).await;
                // What does not even look like a handle is an unknown parameter: a sign-out without parameters then asks.
                let is_handle =
                    handle.split_once('.').is_some_and(|(id, secret)| (id.len(), secret.len()) == (22, 43));
                if path == "/oidc/session/end" && !is_handle {
                    assert!(answer.location().contains("/sign-out?interaction="), "{kind:?} at {path}");
                } else {
                    assert_eq!(answer.status, 400, "{kind:?} at {path}: {:?}", answer.headers);
                }
            }
        }
        assert_all_alive(w).await;
    }

    #[tokio::test]
    async fn what_was_posted_to_one_endpoint_is_nothing_to_another() {
        let mut w = world().await;
        let posted = handle(&w, Kind::Posted);
        assert_eq!(w.browser.get(&format!("/oidc/session/end?posted={posted}")).await.status, 400);
        let fields = fields(&w.app.request(&[]));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let elsewhere = parameter(
            &w.browser.post_from_elsewhere("/oidc/session/end", &fields).await.location(),
            "posted",
        );
        assert_eq!(w.browser.get(&format!("/oidc/auth?posted={elsewhere}")).await.status, 400);
        assert_all_alive(w).await;
    }

    #[tokio::test]
    async fn nothing_else_is_an_interaction() {
        let mut w = world().await;
        let pages = ["/sign-in", "/consent", "/choose-account", "/oidc/auth/resume"];
        for (kind, handle) in others(&w, &[Kind::Interaction]).collect::<Vec<_>>() {
            for page in pages {
                let answer = w.browser.get(&format!("{page}?interaction={handle}")).await;
                assert_eq!(answer.status, 400, "{kind:?} at {page}");
                if page != "/oidc/auth/resume" {
                    let fields = [
                        ("interaction", handle.as_str()),
                        ("form_token", "x"),
                        ("identifier", "alice"),
                        ("password", usher_test::PASSWORD),
                    ];
                    assert_eq!(w.browser.post(page, &fields).await.status, 400, "{kind:?} posted to {page}");
                }
            }
        }
        for (kind, handle) in others(&w, &[Kind::Logout]).collect::<Vec<_>>() {
            let answer = w.browser.get(&format!("/sign-out?interaction={handle}")).await;
            assert_eq!(answer.status, 400, "{kind:?} at /sign-out");
            let fields = [("interaction", handle.as_str()), ("form_token", "x"), ("decision", "everyone")];
            assert_eq!(
                w.browser.post("/sign-out", &fields).await.status,
                400,
                "{kind:?} posted to /sign-out"
            );
        }
        assert_all_alive(w).await;
    }

    #[tokio::test]
    async fn nothing_else_is_a_cookie() {
        let w = world().await;
        let name = w.browser.cookies.keys().next().unwrap().clone();
        for (kind, handle) in others(&w, &[Kind::Cookie]) {
            let mut thief = w.t.browser();
            thief.cookies.insert(name.clone(), handle);
            let target = thief.get(&w.app.request(&[("prompt", "none")])).await.location();
            assert!(target.contains("error=login_required"), "{kind:?} as a cookie: {target}");
            thief.get("/oidc/session/end").await;
            let target = thief.get(&w.app.request(&[("prompt", "none")])).await.location();
            assert!(target.contains("error=login_required"), "{kind:?} as a cookie: {target}");
        }
        let mut same = w.t.browser();
        same.cookies.insert(name, handle(&w, Kind::Cookie));
        assert!(same.get(&w.app.request(&[("prompt", "none")])).await.location().contains("code="));
        assert_all_alive(w).await;
    }

    #[tokio::test]
    async fn nothing_else_is_an_id_token_hint() {
        let mut w = world().await;
        for (kind, handle) in others(&w, &[Kind::IdToken]).collect::<Vec<_>>() {
            let target = w
                .browser
                .get(&w.app.request(&[("prompt", "none"), ("id_token_hint", &handle)]))
                .await
                .location();
            assert!(target.contains("error=invalid_request"), "{kind:?} as a hint: {target}");
            assert_eq!(
                sign_out(&mut w.browser, &handle).await.status,
                400,
                "{kind:?} as a hint of a sign-out"
            );
        }
        assert_all_alive(w).await;
    }
}
