//! Codes and refresh tokens: not bound, downgraded, used twice, raced; and scope that grows.

/// A code bound to application, redirect and verifier in every combination.
mod code_not_bound {
    use super::super::super::support::{code, post};
    use usher_test::{Application, TestServer};

    const WRONG_VERIFIER: &str = "another-verifier-of-at-least-forty-three-characters-01";

    async fn attempts_on(owner: &str) {
        let t = TestServer::start().await;
        let owner = t.application(owner).with_pkce();
        let mut browser = t.browser();
        let everybody: Vec<Application> = ["web", "post", "first-party", "spa", "native"]
            .iter()
            .map(|id| t.application(id).with_pkce())
            .collect();
        let redirects = [
            owner.redirect_uri.as_str(),
            "https://web.test/cb?code=x&state=y&keep=1",
            "https://post.test/cb",
            "https://evil.test/",
            "",
        ];
        let verifiers = ["a-verifier-of-at-least-forty-three-characters-0123456789", WRONG_VERIFIER, ""];
        for by in &everybody {
            for redirect in redirects {
                for verifier in verifiers {
                    let right = by.client_id == owner.client_id
                        && redirect == redirects[0]
                        && verifier == verifiers[0];
                    let code = code(&owner, &mut browser, &[]).await;
                    let answer = by
                        .exchange_with(&code, &[("redirect_uri", redirect), ("code_verifier", verifier)])
                        .await;
                    if right {
                        answer.tokens();
                        continue;
                    }
                    answer.refused("invalid_grant");
                    // The code is burnt: its owner cannot use it any more, either.
                    owner.exchange(&code).await.refused("invalid_grant");
                }
            }
        }
    }

    #[tokio::test]
    async fn every_other_combination_burns_a_code_of_a_confidential_application() {
        attempts_on("web").await;
    }

    #[tokio::test]
    async fn every_other_combination_burns_a_code_of_a_public_application() {
        attempts_on("spa").await;
    }

    #[tokio::test]
    async fn a_code_of_one_pool_means_nothing_in_another() {
        let t = TestServer::start().await;
        let (web, staff) = (t.application("web"), t.application_of("staff", "web"));
        let code = code(&web, &mut t.browser(), &[]).await;
        staff.exchange(&code).await.refused("invalid_grant");
        web.exchange(&code).await.tokens();
    }

    #[tokio::test]
    async fn a_code_is_not_retargeted_by_parameters_of_the_token_request() {
        let t = TestServer::start().await;
        let spa = t.application("spa");
        let code = code(&spa, &mut t.browser(), &[("scope", "openid")]).await;
        let verifier = "a-verifier-of-at-least-forty-three-characters-0123456789";
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", verifier)];
        fields.extend([("client_id", "spa"), ("redirect_uri", spa.redirect_uri.as_str())]);
        fields.extend([
            ("code_challenge", "x"),
            ("code_challenge_method", "plain"),
            ("nonce", "n"),
            ("sub", "x"),
            ("aud", "x"),
            ("username", "bob"),
        ]);
        let tokens = post(&t, "/oidc/token", &[], &fields).await.tokens();
        let claims = spa.verify(tokens.id.as_deref().unwrap(), "spa").await;
        assert_eq!(claims["nonce"], "a nonce");
    }
}

/// Taking PKCE away, or adding it, on the way (RFC 9700 §4.8).
mod pkce_downgrade {
    use super::super::super::support::code;
    use usher_test::{Callback, TestServer};

    const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";

    #[tokio::test]
    async fn a_request_without_a_full_s256_challenge_gets_no_code() {
        let t = TestServer::builder().application("web", "require_pkce = true").start().await;
        let long = "A".repeat(44);
        for id in ["spa", "native", "web"] {
            let app = t.application(id).with_pkce();
            for changes in [
                vec![("code_challenge", ""), ("code_challenge_method", "")],
                vec![("code_challenge", "")],
                vec![("code_challenge_method", "")],
                vec![("code_challenge_method", "plain")],
                vec![("code_challenge_method", "s256")],
                vec![("code_challenge_method", "S256 ")],
                vec![("code_challenge", VERIFIER), ("code_challenge_method", "plain")],
                vec![("code_challenge", "A")],
                vec![("code_challenge", long.as_str())],
            ] {
                let target = t.browser().get(&app.request(&changes)).await.location();
                assert_eq!(Callback::parse(&target).error(), "invalid_request", "{id}: {changes:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_challenge_that_a_confidential_application_sent_must_be_met() {
        let t = TestServer::start().await;
        let (plain, pkce, mut browser) =
            (t.application("web"), t.application("web").with_pkce(), t.browser());
        let with_challenge = code(&pkce, &mut browser, &[]).await;
        plain.exchange(&with_challenge).await.refused("invalid_grant");
        pkce.exchange(&with_challenge).await.refused("invalid_grant");
        let right = code(&pkce, &mut browser, &[]).await;
        pkce.exchange(&right).await.tokens();
    }

    #[tokio::test]
    async fn a_verifier_for_a_code_without_a_challenge_is_an_injected_code() {
        let t = TestServer::start().await;
        let (web, mut browser) = (t.application("web"), t.browser());
        let without_challenge = code(&web, &mut browser, &[]).await;
        web.exchange_with(&without_challenge, &[("code_verifier", VERIFIER)]).await.refused("invalid_grant");
        web.exchange(&without_challenge).await.refused("invalid_grant");
    }
}

/// Sixty-four redemptions of one code at once: one wins, and since the others are replays, what it won is dead.
mod code_double_use {
    use super::super::super::support::{at_once, code, part, refresh_token};
    use usher_store::Engine;
    use usher_test::{Application, TestServer};

    async fn redeem(owner: &Application, nodes: &[&TestServer], mut browser: usher_test::Browser) {
        for round in 0..3 {
            let code = code(owner, &mut browser, &[("scope", "openid offline_access")]).await;
            let answers = at_once(64, |number| {
                let (app, code) = (owner.clone().at(nodes[number % nodes.len()]), code.clone());
                async move { app.exchange(&code).await }
            })
            .await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1, "round {round}");
            for answer in lost {
                answer.refused("invalid_grant");
            }
            let tokens = won[0].tokens();
            assert!(!owner.is_active(&tokens.access).await, "{}", part(&tokens.access, 1));
            assert_eq!(owner.userinfo(&tokens.access).await.status, 401);
            assert!(!owner.is_active(refresh_token(&tokens)).await);
            owner.refresh(refresh_token(&tokens)).await.refused("invalid_grant");
        }
    }

    async fn one_of_sixty_four_wins(engine: Engine) {
        let t = TestServer::on(engine).await;
        redeem(&t.application("first-party"), &[&t], t.browser()).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_of_sixty_four_wins_across_two_nodes() {
        if usher_testdb::Postgres::or_skip("one_of_sixty_four_wins_across_two_nodes").is_none() {
            return;
        }
        let t = TestServer::on(Engine::Postgres).await;
        let another = t.another_node().await;
        redeem(&t.application("first-party"), &[&t, &another], t.browser()).await;
    }

    on_both_engines! { one_of_sixty_four_wins }
}

/// Refresh tokens that are used again: at the same moment, after a restart, within one second.
mod refresh_reuse_race_and_restart {
    use super::super::super::support::{at_once, generation, offline, refresh_token};
    use std::collections::BTreeSet;
    use usher_store::Engine;
    use usher_test::{Answer, Application, TestServer};

    async fn sixty_four(app: &Application, nodes: &[&TestServer], token: &str) -> Vec<Answer> {
        at_once(64, |number| {
            let (app, token) = (app.clone().at(nodes[number % nodes.len()]), token.to_owned());
            async move { app.refresh(&token).await }
        })
        .await
    }

    async fn one_rotation_and_one_successor(t: &TestServer, nodes: &[&TestServer]) {
        let app = t.application("first-party");
        let tokens = offline(&app, &mut t.browser()).await;
        let answers = sixty_four(&app, nodes, refresh_token(&tokens)).await;
        let successors: BTreeSet<String> =
            answers.iter().map(|a| refresh_token(&a.tokens()).to_owned()).collect();
        assert_eq!(successors.len(), 1, "{successors:?}");
        let successor = successors.first().unwrap();
        assert_eq!(generation(successor), 1, "one rotation");
        let next = app.refresh(successor).await.tokens();
        assert_eq!(generation(refresh_token(&next)), 2);
    }

    async fn sixty_four_at_once_get_one_successor(engine: Engine) {
        let t = TestServer::on(engine).await;
        one_rotation_and_one_successor(&t, &[&t]).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn sixty_four_at_once_get_one_successor_across_two_nodes() {
        if usher_testdb::Postgres::or_skip("sixty_four_at_once_get_one_successor_across_two_nodes").is_none()
        {
            return;
        }
        let t = TestServer::on(Engine::Postgres).await;
        let another = t.another_node().await;
        one_rotation_and_one_successor(&t, &[&t, &another]).await;
    }

    async fn without_grace_one_of_sixty_four_wins(engine: Engine) {
        let t = TestServer::builder()
            .engine(engine)
            .application("first-party", "refresh_token_grace = 0")
            .start()
            .await;
        let app = t.application("first-party");
        let tokens = offline(&app, &mut t.browser()).await;
        let answers = sixty_four(&app, &[&t], refresh_token(&tokens)).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1);
        for answer in lost {
            answer.refused("invalid_grant");
        }
        let won = won[0].tokens();
        assert!(!app.is_active(&won.access).await, "the others were reuse");
        app.refresh(refresh_token(&won)).await.refused("invalid_grant");
    }

    async fn a_token_that_is_kept_can_be_used_sixty_four_times_at_once(engine: Engine) {
        let settings = "refresh_token_rotation = false";
        let t = TestServer::builder().engine(engine).application("first-party", settings).start().await;
        let app = t.application("first-party");
        let tokens = offline(&app, &mut t.browser()).await;
        for answer in sixty_four(&app, &[&t], refresh_token(&tokens)).await {
            assert_eq!(answer.tokens().refresh, tokens.refresh);
        }
        assert!(app.is_active(refresh_token(&tokens)).await);
    }

    async fn a_restart_forgets_no_rotation(engine: Engine) {
        let mut t = TestServer::on(engine).await;
        let app = t.application("first-party");
        let first = offline(&app, &mut t.browser()).await;
        let second = app.refresh(refresh_token(&first)).await.tokens();
        let third = app.refresh(refresh_token(&second)).await.tokens();
        t.restart().await;
        let app = app.at(&t);
        assert!(app.is_active(&third.access).await, "the tokens themselves survive");
        app.refresh(refresh_token(&first)).await.refused("invalid_grant");
        for tokens in [&second, &third] {
            assert!(!app.is_active(&tokens.access).await);
            app.refresh(refresh_token(tokens)).await.refused("invalid_grant");
        }
    }

    async fn a_restart_forgets_no_lost_answer_and_no_revocation(engine: Engine) {
        let mut t = TestServer::on(engine).await;
        let (app, mut browser) = (t.application("first-party"), t.browser());
        let first = offline(&app, &mut browser).await;
        let second = app.refresh(refresh_token(&first)).await.tokens();
        let revoked = offline(&app, &mut browser).await;
        assert_eq!(app.revoke(&revoked.access).await.status, 200);
        t.restart().await;
        let app = app.at(&t);
        assert_eq!(app.refresh(refresh_token(&first)).await.tokens().refresh, second.refresh);
        assert!(!app.is_active(&revoked.access).await);
        app.refresh(refresh_token(&revoked)).await.refused("invalid_grant");
    }

    on_both_engines! {
        sixty_four_at_once_get_one_successor
        without_grace_one_of_sixty_four_wins
        a_token_that_is_kept_can_be_used_sixty_four_times_at_once
        a_restart_forgets_no_rotation
        a_restart_forgets_no_lost_answer_and_no_revocation
    }
}

/// Asking at the token endpoint for more than was granted.
mod scope_growth {
    use super::super::super::support::{code, generation, part, refresh_token};
    use usher_test::TestServer;

    #[tokio::test]
    async fn a_code_exchange_takes_no_scope() {
        let t = TestServer::start().await;
        let (web, mut browser) = (t.application("web"), t.browser());
        let code = code(&web, &mut browser, &[("scope", "openid")]).await;
        let more = [
            ("scope", "openid email orders offline_access"),
            ("audience", "https://orders.test"),
            ("resource", "https://orders.test"),
        ];
        let tokens = web.exchange_with(&code, &more).await.tokens();
        assert_eq!(tokens.answer["scope"], "openid");
        assert!(tokens.refresh.is_none());
        let said = part(&tokens.access, 1);
        assert_eq!((&said["scope"], &said["aud"]), (&"openid".into(), &t.issuer().into()));
    }

    #[tokio::test]
    async fn a_refresh_never_gives_more_than_was_granted_and_a_refusal_spends_nothing() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let tokens = web.sign_in(&mut t.browser(), "alice", "openid email offline_access").await;
        for scope in ["openid profile", "orders", "openid email offline_access orders", "unknown", "OPENID"] {
            let fields = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token(&tokens)),
                ("scope", scope),
            ];
            web.post("/oidc/token", &fields).await.refused("invalid_scope");
        }
        let next = web.refresh(refresh_token(&tokens)).await.tokens();
        assert_eq!(generation(refresh_token(&next)), 1);
        assert_eq!(next.answer["scope"], "openid email offline_access");
    }

    #[tokio::test]
    async fn an_application_gets_only_what_it_may_ask_for() {
        let t = TestServer::builder().application("post", r#"scope = "openid email""#).start().await;
        let post = t.application("post");
        let asked = [("scope", "openid email profile orders offline_access admin"), ("prompt", "consent")];
        let callback = post.authorize(&mut t.browser(), "alice", &asked).await;
        let tokens = post.exchange(callback.code()).await.tokens();
        assert_eq!(tokens.answer["scope"], "openid email");
        assert!(tokens.refresh.is_none());
    }
}
