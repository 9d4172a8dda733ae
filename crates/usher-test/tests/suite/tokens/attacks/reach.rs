//! Revocation that must reach everything at once: whatever ends, ends for codes, refresh, introspection and userinfo alike.

mod revocation_that_does_not_reach {
    use super::super::super::support::{code, id_token, offline, refresh_token, sign_out};
    use usher_store::Engine;
    use usher_test::{Application, Browser, TestServer, Tokens};

    struct Before {
        t: TestServer,
        web: Application,
        api: Application,
        browser: Browser,
        /// A code that was not yet exchanged.
        code: String,
        /// Tokens that end with the session.
        online: Tokens,
        /// Tokens that outlive the session.
        offline: Tokens,
    }

    async fn before(engine: Engine, format: &str) -> Before {
        let settings = format!("access_token_format = \"{format}\"");
        let t = TestServer::builder().engine(engine).application("web", &settings).start().await;
        let (web, api, mut browser) = (t.application("web"), t.application("api"), t.browser());
        let offline = web.sign_in(&mut browser, "alice", "openid orders offline_access").await;
        let online = web.sign_in(&mut browser, "alice", "openid orders").await;
        let code = code(&web, &mut browser, &[]).await;
        let b = Before { t, web, api, browser, code, online, offline };
        b.assert_alive(&b.online).await;
        b.assert_alive(&b.offline).await;
        b
    }

    impl Before {
        async fn assert_alive(&self, tokens: &Tokens) {
            assert!(self.api.is_active(&tokens.access).await);
            assert_eq!(self.web.userinfo(&tokens.access).await.status, 200);
        }

        async fn assert_dead(&self, tokens: &Tokens) {
            assert!(!self.api.is_active(&tokens.access).await, "introspection by the API");
            assert_eq!(self.web.userinfo(&tokens.access).await.status, 401, "userinfo");
        }
    }

    async fn disabling_the_person_ends_everything(engine: Engine) {
        for format in ["jwt", "opaque"] {
            let mut b = before(engine, format).await;
            b.t.disable_user("alice").await;
            b.web.exchange(&b.code).await.refused("invalid_grant");
            b.web.refresh(refresh_token(&b.offline)).await.refused("invalid_grant");
            for tokens in [&b.online, &b.offline] {
                b.assert_dead(tokens).await;
                assert!(!b.web.is_active(&tokens.access).await);
            }
            assert!(!b.web.is_active(refresh_token(&b.offline)).await);
            let silent = b.browser.get(&b.web.request(&[("prompt", "none")])).await.location();
            assert!(silent.contains("error=login_required"), "{silent}");
            // Enabling the person again brings nothing back that was given before.
            b.t.reseed("username = \"alice\"\nenabled = false\n", "username = \"alice\"\n").await;
            b.web.refresh(refresh_token(&b.offline)).await.refused("invalid_grant");
            b.assert_dead(&b.online).await;
            b.assert_dead(&b.offline).await;
        }
    }

    async fn disabling_the_application_ends_everything(engine: Engine) {
        for format in ["jwt", "opaque"] {
            let mut b = before(engine, format).await;
            b.t.disable_application("web").await;
            b.web.exchange(&b.code).await.refused("invalid_client");
            b.web.refresh(refresh_token(&b.offline)).await.refused("invalid_client");
            b.web
                .post("/oidc/token/introspection", &[("token", &b.online.access)])
                .await
                .refused("invalid_client");
            b.assert_dead(&b.online).await;
            b.assert_dead(&b.offline).await;
            let silent = b.browser.get(&b.web.request(&[("prompt", "none")])).await.location();
            assert!(silent.contains("error=unauthorized_client"), "{silent}");
        }
    }

    async fn signing_out_ends_what_does_not_outlive_the_session(engine: Engine) {
        for format in ["jwt", "opaque"] {
            let mut b = before(engine, format).await;
            let hint = id_token(&b.online).to_owned();
            assert_eq!(sign_out(&mut b.browser, &hint).await.status, 200);
            b.web.exchange(&b.code).await.refused("invalid_grant");
            b.assert_dead(&b.online).await;
            assert!(!b.web.is_active(&b.online.access).await);
            // OpenID Connect Core §11: offline access is for when the person is not present.
            b.assert_alive(&b.offline).await;
            b.web.refresh(refresh_token(&b.offline)).await.tokens();
            let silent = b.browser.get(&b.web.request(&[("prompt", "none")])).await.location();
            assert!(silent.contains("error=login_required"), "{silent}");
        }
    }

    async fn revoking_the_grant_ends_its_tokens_and_no_others(engine: Engine) {
        for format in ["jwt", "opaque"] {
            let b = before(engine, format).await;
            assert_eq!(b.web.revoke(&b.offline.access).await.status, 200);
            b.web.refresh(refresh_token(&b.offline)).await.refused("invalid_grant");
            b.assert_dead(&b.offline).await;
            assert!(!b.web.is_active(refresh_token(&b.offline)).await);
            b.assert_alive(&b.online).await;
            b.web.exchange(&b.code).await.tokens();
        }
    }

    /// The offline scope was taken from the application: its refresh tokens are of no use any more.
    async fn taking_the_offline_scope_away_ends_refreshing(engine: Engine) {
        let mut t = TestServer::on(engine).await;
        let post = t.application("post");
        let tokens = offline(&post, &mut t.browser()).await;
        t.reseed("client_id = \"post\"\n", "client_id = \"post\"\nscope = \"openid email\"\n").await;
        post.refresh(refresh_token(&tokens)).await.refused("invalid_grant");
    }

    /// What one node ends, the other node sees end at the next request.
    #[tokio::test(flavor = "multi_thread")]
    async fn another_node_sees_it_at_once() {
        if usher_testdb::Postgres::or_skip("another_node_sees_it_at_once").is_none() {
            return;
        }
        let mut b = before(Engine::Postgres, "jwt").await;
        let another = b.t.another_node().await;
        let (web, api) = (b.web.clone().at(&another), b.api.clone().at(&another));
        assert!(api.is_active(&b.online.access).await);
        assert_eq!(b.web.revoke(&b.online.access).await.status, 200);
        assert!(!api.is_active(&b.online.access).await);
        assert_eq!(web.userinfo(&b.online.access).await.status, 401);
        b.t.disable_user("alice").await;
        web.refresh(refresh_token(&b.offline)).await.refused("invalid_grant");
        web.exchange(&b.code).await.refused("invalid_grant");
        b.t.disable_application("web").await;
        web.refresh(refresh_token(&b.offline)).await.refused("invalid_client");
    }

    on_both_engines! {
        disabling_the_person_ends_everything
        disabling_the_application_ends_everything
        signing_out_ends_what_does_not_outlive_the_session
        revoking_the_grant_ends_its_tokens_and_no_others
        taking_the_offline_scope_away_ends_refreshing
    }
}
