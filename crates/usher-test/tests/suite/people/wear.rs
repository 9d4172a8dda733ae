//! What time, abandonment and faults leave behind: tables that come back to where they were (attack class 61), and answers that
//! tell nothing of the inside (attack class 63).

use super::support::{browser_of, number, sign_in_page};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use usher_test::{Application, TestServer, send};
use usher_types::{Endpoint, Span, limits};

/// Attack class 61: unbounded growth.
mod unbounded_growth {
    use super::*;

    const TABLES: [(&str, &str); 7] = [
        ("tickets", "SELECT COUNT(*) FROM tickets"),
        ("sessions", "SELECT COUNT(*) FROM sessions"),
        ("browsers", "SELECT COUNT(*) FROM browsers"),
        ("grants", "SELECT COUNT(*) FROM grants"),
        ("throttles", "SELECT COUNT(*) FROM throttles"),
        ("failures", "SELECT COUNT(*) FROM failures"),
        ("devices", "SELECT COUNT(*) FROM devices"),
    ];

    async fn rows(t: &TestServer) -> Vec<(&'static str, i64)> {
        let mut rows = Vec::new();
        for (table, sql) in TABLES {
            rows.push((table, number(t, sql).await));
        }
        rows
    }

    async fn sweep(t: &TestServer) {
        t.app.sweep(t.app.world.clock.now()).await.unwrap();
    }

    #[tokio::test]
    async fn sign_ins_that_nobody_finishes_are_gone_after_their_end() {
        let t = TestServer::start().await;
        let (web, staff) = (t.application("web"), t.application_of("staff", "web"));
        let before = rows(&t).await;
        for n in 0..700 {
            let app = if n % 7 == 0 { &staff } else { &web };
            assert_eq!(t.browser().get(&app.request(&[])).await.status, 303);
        }
        let request = [
            ("client_id", "web"),
            ("redirect_uri", "https://web.test/cb"),
            ("response_type", "code"),
            ("scope", "openid"),
        ];
        assert_eq!(t.browser().post_from_elsewhere("/oidc/auth", &request).await.status, 303);
        t.browser().post_from_elsewhere("/oidc/session/end", &[("client_id", "web")]).await;
        assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, 702);
        assert_eq!(
            number(&t, "SELECT COUNT(*) FROM browsers").await,
            0,
            "a browser is stored when somebody signs in"
        );
        sweep(&t).await;
        assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, 702, "nothing goes before its end");
        t.advance(Span::hours(1));
        sweep(&t).await;
        assert_eq!(rows(&t).await, before);
    }

    #[tokio::test]
    async fn sign_ins_and_their_traces_are_gone_after_theirs() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let before = rows(&t).await;
        for _ in 0..3 {
            let mut browser = t.browser();
            web.sign_in(&mut browser, "alice", "openid offline_access").await;
            let page = browser.open("/oidc/session/end").await.page();
            browser.submit(&page, &[("decision", "sign-out")]).await.page();
            let mut wrong = t.browser();
            let page = sign_in_page(&mut wrong, &web).await;
            wrong.submit(&page, &[("identifier", "nobody"), ("password", "a wrong password")]).await.page();
        }
        t.advance(Span::days(181));
        sweep(&t).await;
        assert_eq!(rows(&t).await, before);
    }

    #[tokio::test]
    async fn a_counter_is_kept_for_the_longest_window_and_no_longer() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &web).await;
        for n in 0..20 {
            let name = format!("nobody-{n}");
            browser.submit(&page, &[("identifier", &name), ("password", "a wrong password")]).await.page();
        }
        assert_eq!(
            number(&t, "SELECT COUNT(*) FROM throttles").await,
            41,
            "two for each name and one for the network"
        );
        t.advance(limits::FAILURE_WINDOW.and(limits::MAIL_WINDOW));
        sweep(&t).await;
        t.advance(Span::minutes(1));
        sweep(&t).await;
        assert_eq!(number(&t, "SELECT COUNT(*) FROM throttles").await, 0);
    }

    #[tokio::test]
    async fn sweeping_takes_nothing_that_is_alive() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let mut browser = browser_of(&t, &["bob"]).await;
        let tokens = web.sign_in(&mut browser, "bob", "openid offline_access").await;
        for _ in 0..12 {
            t.advance(Span::hours(5));
            sweep(&t).await;
            web.authorize(&mut browser, "bob", &[("prompt", "none")]).await.code();
        }
        let again = web.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
        assert!(web.is_active(&again.access).await);
    }

    #[tokio::test]
    async fn requests_that_are_refused_write_nothing_at_once() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let before = t.app.store.counts().batches;
        for n in 0..50 {
            let wrong = format!("https://evil.test/{n}");
            assert_eq!(t.browser().get(&web.request(&[("redirect_uri", &wrong)])).await.status, 400);
            t.browser().get(&format!("/oidc/auth?client_id=unknown-{n}")).await;
            web.refresh(&format!("garbage-{n}")).await.refused("invalid_grant");
        }
        assert_eq!(t.app.store.counts().batches, before);
        t.app.flush_refusals().await.unwrap();
        let sums = number(&t, "SELECT COUNT(*) FROM refusals").await;
        assert!(sums < 10, "{sums} rows for 150 refusals of three kinds");
    }
}

/// Attack class 63: answers that leak the inside.
mod leaks {
    use super::*;

    /// What no answer may hold, in lower case.
    const INSIDE: [&str; 16] = [
        "sqlite",
        "select ",
        "insert ",
        "update ",
        "postgres",
        "usher.db",
        "master.key",
        "/tmp",
        ".rs:",
        "panicked",
        "backtrace",
        "rusqlite",
        "pool_id",
        "database",
        "closed",
        "storage",
    ];

    async fn ask(t: &TestServer, endpoint: Endpoint, method: &str, cookie: &str) -> usher_test::Answer {
        let query = match endpoint {
            Endpoint::AuthorizationServerMetadata => "/oidc".to_owned(),
            Endpoint::Authorize => t.application("web").request(&[]).replacen("/oidc/auth", "", 1),
            Endpoint::ApplicationLogo | Endpoint::ApplicationStyle => "?client_id=web".to_owned(),
            _ => format!("?interaction={cookie}&id_token_hint="),
        };
        let body = match endpoint {
            _ if method == "GET" => String::new(),
            Endpoint::Token => "grant_type=authorization_code&code=x&redirect_uri=y".to_owned(),
            _ => format!(
                "interaction={cookie}&form_token=x&token=x&identifier=alice&password=x&decision=allow"
            ),
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{query}", endpoint.path()))
            .header(header::HOST, t.origin().split_once("://").unwrap().1)
            .header(header::COOKIE, format!("usher-main-{}={cookie}", t.address.port()))
            .header(header::AUTHORIZATION, basic(&t.application("web")))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body)));
        send(t.address, request.unwrap()).await
    }

    fn basic(app: &Application) -> String {
        use base64::Engine as _;
        let pair = format!("{}:{}", app.client_id, app.secret.as_deref().unwrap());
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }

    #[tokio::test]
    async fn without_its_database_the_server_says_only_that_it_cannot_answer_now() {
        let t = TestServer::builder().production().start().await;
        let mut browser = t.browser();
        t.application("web").sign_in(&mut browser, "alice", "openid").await;
        let cookie = browser.cookies.first_key_value().unwrap().1.clone();
        let page = sign_in_page(&mut t.browser(), &t.application("web")).await;
        t.app.store.clone().close().await;
        let mut unavailable = 0;
        for endpoint in Endpoint::ALL {
            for method in endpoint.methods() {
                let answer = ask(&t, endpoint, method, &cookie).await;
                let status = answer.status.as_u16();
                let place = format!("{method} {endpoint:?}");
                assert!(matches!(status, 200 | 400 | 401 | 404 | 500 | 503), "{place}: {status}");
                unavailable += usize::from(status == 503);
                assert_ne!(status, 500, "{place}: a database that is away is no bug: {}", answer.text());
                if status == 503 {
                    let text = answer.text().to_lowercase();
                    for word in INSIDE {
                        assert!(!text.contains(word), "{place} says {word:?}: {text}");
                    }
                    assert_eq!(answer.header("cache-control"), "no-store", "{place}");
                    assert!(answer.headers.get(header::SERVER).is_none(), "{place}");
                }
            }
        }
        assert!(unavailable >= 8, "only {unavailable} answers needed the database");
        let again = browser.get(&page.path).await;
        assert!(again.status == 200 || again.status == 503 || again.status == 400);
        assert_eq!(t.application("web").get("/oidc/.well-known/jwks.json").await.status, 200);
    }

    #[tokio::test]
    async fn in_production_an_error_page_explains_nothing_to_developers() {
        let t = TestServer::builder().production().start().await;
        let web = t.application("web");
        let secret_path = "https://web.test/cb?code=x";
        for path in [
            web.request(&[("redirect_uri", "https://evil.test/")]),
            "/oidc/auth?client_id=nobody".to_owned(),
            "/sign-in?interaction=x".to_owned(),
            "/oidc/session/end?id_token_hint=x".to_owned(),
            "/nothing".to_owned(),
        ] {
            let page = t.browser().open(&path).await.page();
            assert!(page.has("#error"), "{path}");
            assert!(!page.has("#developers"), "{path}");
            assert!(!page.answer.text().contains(secret_path), "{path}");
            assert!(!page.answer.text().contains("evil.test"), "{path}");
        }
        let development = TestServer::start().await;
        let path = development.application("web").request(&[("redirect_uri", "https://evil.test/")]);
        let page = development.browser().open(&path).await.page();
        assert!(page.has("#developers") && page.words().contains(secret_path));
    }

    #[tokio::test]
    async fn an_answer_names_no_software_and_every_error_has_an_id_of_its_own() {
        let t = TestServer::builder().production().start().await;
        let mut ids = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let page = t.browser().open("/nothing").await.page();
            assert_eq!(page.answer.header("server"), "");
            assert_eq!(page.answer.header("x-powered-by"), "");
            assert!(
                !page.answer.text().to_lowercase().contains("axum") && !page.answer.text().contains("hyper")
            );
            let html = page.answer.text();
            let id = html
                .split_once("id=\"request-id\">")
                .and_then(|(_, rest)| rest.split_once("</code>"))
                .unwrap()
                .0;
            ids.insert(id.to_owned());
        }
        assert_eq!(ids.len(), 3);
    }
}
