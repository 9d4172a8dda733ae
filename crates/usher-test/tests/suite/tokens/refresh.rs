//! The refresh token grant (RFC 6749 §6, RFC 9700 §4.14.2): rotation, the second chance of a lost answer, reuse, lives and scope.

use super::support::{generation, id_token, offline, part, refresh_token};
use usher_test::{Application, TestServer, Tokens};
use usher_types::{Clock as _, Span};

async fn refreshed(app: &Application, token: &str) -> Tokens {
    app.refresh(token).await.tokens()
}

/// Whether an access token is alive; userinfo tells public applications, too.
async fn lives(app: &Application, tokens: &Tokens) -> bool {
    app.userinfo(&tokens.access).await.status == 200
}

/// That nothing of a grant is alive.
async fn assert_dead(app: &Application, tokens: &[&Tokens]) {
    for tokens in tokens {
        assert!(!lives(app, tokens).await, "an access token lives on");
        app.refresh(refresh_token(tokens)).await.refused("invalid_grant");
    }
}

#[tokio::test]
async fn each_use_gives_the_next_token_even_within_one_millisecond() {
    let t = TestServer::start().await;
    for id in ["web", "spa"] {
        let app = t.application(id);
        let mut tokens = offline(&app, &mut t.browser()).await;
        for number in 1..=5 {
            let next = refreshed(&app, refresh_token(&tokens)).await;
            assert_ne!(next.refresh, tokens.refresh);
            assert_eq!(generation(refresh_token(&next)), number);
            tokens = next;
        }
    }
}

#[tokio::test]
async fn a_lost_answer_gets_the_very_same_successor() {
    let t = TestServer::start().await;
    for id in ["web", "spa"] {
        let app = t.application(id);
        let first = offline(&app, &mut t.browser()).await;
        let second = refreshed(&app, refresh_token(&first)).await;
        t.advance(Span::millis(9_999));
        let again = refreshed(&app, refresh_token(&first)).await;
        assert_eq!(again.refresh, second.refresh);
        assert!(lives(&app, &second).await && lives(&app, &again).await);
        // The second chance does not move its own end on.
        t.advance(Span::millis(1));
        app.refresh(refresh_token(&first)).await.refused("invalid_grant");
        assert_dead(&app, &[&first, &second, &again]).await;
    }
}

#[tokio::test]
async fn a_token_whose_successor_was_used_ends_the_grant() {
    let t = TestServer::start().await;
    let (app, mut browser) = (t.application("web"), t.browser());
    let first = offline(&app, &mut browser).await;
    let second = refreshed(&app, refresh_token(&first)).await;
    let third = refreshed(&app, refresh_token(&second)).await;
    app.refresh(refresh_token(&first)).await.refused("invalid_grant");
    assert_dead(&app, &[&first, &second, &third]).await;
    // Another grant of the same person and application is none of its business.
    let other = offline(&app, &mut browser).await;
    assert!(app.is_active(&other.access).await);
}

#[tokio::test]
async fn a_token_much_older_than_the_grace_ends_the_grant() {
    let t = TestServer::start().await;
    let app = t.application("spa");
    let mut line = vec![offline(&app, &mut t.browser()).await];
    for _ in 0..4 {
        let next = refreshed(&app, refresh_token(line.last().unwrap())).await;
        line.push(next);
    }
    app.refresh(refresh_token(&line[1])).await.refused("invalid_grant");
    assert_dead(&app, &line.iter().collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn without_grace_every_second_use_is_a_theft() {
    let t = TestServer::builder().application("web", "refresh_token_grace = 0").start().await;
    let app = t.application("web");
    let first = offline(&app, &mut t.browser()).await;
    let second = refreshed(&app, refresh_token(&first)).await;
    app.refresh(refresh_token(&first)).await.refused("invalid_grant");
    assert_dead(&app, &[&first, &second]).await;
}

#[tokio::test]
async fn the_grace_is_a_setting_of_the_application() {
    let t = TestServer::builder().application("web", "refresh_token_grace = 30").start().await;
    let app = t.application("web");
    let first = offline(&app, &mut t.browser()).await;
    let second = refreshed(&app, refresh_token(&first)).await;
    t.advance(Span::millis(29_999));
    assert_eq!(refreshed(&app, refresh_token(&first)).await.refresh, second.refresh);
}

#[tokio::test]
async fn a_token_that_is_not_used_for_thirty_days_ends_and_each_use_renews_it() {
    let t = TestServer::start().await;
    let app = t.application("web");
    let first = offline(&app, &mut t.browser()).await;
    t.advance(Span::days(30));
    app.refresh(refresh_token(&first)).await.refused("invalid_grant");
    let second = offline(&app, &mut t.browser()).await;
    t.advance(Span::seconds(30 * 86_400 - 1));
    let third = refreshed(&app, refresh_token(&second)).await;
    t.advance(Span::seconds(30 * 86_400 - 1));
    let fourth = refreshed(&app, refresh_token(&third)).await;
    t.advance(Span::days(30));
    app.refresh(refresh_token(&fourth)).await.refused("invalid_grant");
}

#[tokio::test]
async fn a_token_ends_180_days_after_the_grant_however_much_it_is_used() {
    let t = TestServer::start().await;
    let app = t.application("spa");
    let mut tokens = offline(&app, &mut t.browser()).await;
    for _ in 0..8 {
        t.advance(Span::days(20));
        tokens = refreshed(&app, refresh_token(&tokens)).await;
    }
    t.advance(Span::seconds(20 * 86_400 - 1));
    tokens = refreshed(&app, refresh_token(&tokens)).await;
    t.advance(Span::seconds(1));
    app.refresh(refresh_token(&tokens)).await.refused("invalid_grant");
}

#[tokio::test]
async fn both_lives_are_settings_of_the_application() {
    let settings = "refresh_token_idle_lifetime = 60\nrefresh_token_absolute_lifetime = 100";
    let t = TestServer::builder().application("web", settings).start().await;
    let app = t.application("web");
    let unused = offline(&app, &mut t.browser()).await;
    let used = offline(&app, &mut t.browser()).await;
    t.advance(Span::seconds(59));
    let used = refreshed(&app, refresh_token(&used)).await;
    t.advance(Span::seconds(1));
    app.refresh(refresh_token(&unused)).await.refused("invalid_grant");
    t.advance(Span::seconds(39));
    let used = refreshed(&app, refresh_token(&used)).await;
    t.advance(Span::seconds(1));
    app.refresh(refresh_token(&used)).await.refused("invalid_grant");
}

#[tokio::test]
async fn a_part_of_the_scope_can_be_asked_for_and_the_whole_again_later() {
    let t = TestServer::start().await;
    let app = t.application("web");
    let first = app.sign_in(&mut t.browser(), "alice", "openid email orders offline_access").await;
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", refresh_token(&first)), ("scope", "email")];
    let narrow = app.post("/oidc/token", &fields).await.tokens();
    assert_eq!(narrow.answer["scope"], "email");
    assert!(narrow.id.is_none(), "openid was not asked for this time");
    let said = part(&narrow.access, 1);
    assert_eq!((said["scope"].as_str(), said["aud"].as_str()), (Some("email"), Some(t.issuer().as_str())));
    assert!(!t.application("api").is_active(&narrow.access).await);
    let whole = refreshed(&app, refresh_token(&narrow)).await;
    assert_eq!(whole.answer["scope"], "openid email orders offline_access");
    assert!(whole.id.is_some());
}

#[tokio::test]
async fn what_the_application_may_no_longer_ask_for_it_no_longer_gets() {
    let mut t = TestServer::start().await;
    let app = t.application("post");
    let first = app.sign_in(&mut t.browser(), "alice", "openid email phone offline_access").await;
    t.reseed("client_id = \"post\"\n", "client_id = \"post\"\nscope = \"openid email offline_access\"\n")
        .await;
    let second = refreshed(&app, refresh_token(&first)).await;
    assert_eq!(second.answer["scope"], "openid email offline_access");
    assert!(app.userinfo(&second.access).await.json().get("phone_number").is_none());
}

#[tokio::test]
async fn a_refresh_token_ends_with_the_grant_type_that_is_switched_off() {
    let mut t = TestServer::start().await;
    let app = t.application("post");
    let tokens = offline(&app, &mut t.browser()).await;
    t.reseed("client_id = \"post\"\n", "client_id = \"post\"\ngrant_types = [\"authorization_code\"]\n")
        .await;
    app.refresh(refresh_token(&tokens)).await.refused("unauthorized_client");
}

#[tokio::test]
async fn a_confidential_application_can_keep_its_token() {
    let t = TestServer::builder().application("web", "refresh_token_rotation = false").start().await;
    let app = t.application("web");
    let first = offline(&app, &mut t.browser()).await;
    for _ in 0..3 {
        t.advance(Span::days(29));
        let again = refreshed(&app, refresh_token(&first)).await;
        assert_eq!(again.refresh, first.refresh);
        assert!(app.is_active(&again.access).await);
    }
    t.advance(Span::days(30));
    app.refresh(refresh_token(&first)).await.refused("invalid_grant");
}

#[tokio::test]
async fn a_token_that_was_rotated_before_rotation_was_switched_off_stays_spent() {
    let mut t = TestServer::start().await;
    let app = t.application("post");
    let first = offline(&app, &mut t.browser()).await;
    let second = refreshed(&app, refresh_token(&first)).await;
    t.advance(Span::minutes(1));
    t.reseed("client_id = \"post\"\n", "client_id = \"post\"\nrefresh_token_rotation = false\n").await;
    let kept = refreshed(&app, refresh_token(&second)).await;
    assert_eq!(kept.refresh, second.refresh);
    // Its successor was used a moment ago: this is no lost answer.
    app.refresh(refresh_token(&first)).await.refused("invalid_grant");
    assert_dead(&app, &[&kept]).await;
}

#[tokio::test]
async fn another_applications_token_is_refused_and_stays_alive() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let tokens = offline(&web, &mut browser).await;
    for other in ["post", "spa", "first-party"] {
        t.application(other).refresh(refresh_token(&tokens)).await.refused("invalid_grant");
    }
    t.application_of("staff", "web").refresh(refresh_token(&tokens)).await.refused("invalid_grant");
    let next = refreshed(&web, refresh_token(&tokens)).await;
    // Nor does another application's use of a spent token end the grant.
    let last = refreshed(&web, refresh_token(&next)).await;
    t.application("post").refresh(refresh_token(&tokens)).await.refused("invalid_grant");
    assert!(web.is_active(&last.access).await);
}

#[tokio::test]
async fn an_offline_grant_outlives_the_sign_out_and_the_session() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let tokens = offline(&web, &mut browser).await;
    super::support::sign_out(&mut browser, id_token(&tokens)).await;
    t.advance(Span::days(20));
    t.app.sweep(t.clock.now()).await.unwrap();
    let next = refreshed(&web, refresh_token(&tokens)).await;
    assert!(web.is_active(&next.access).await);
    assert_eq!(web.userinfo(&next.access).await.status, 200);
}

#[tokio::test]
async fn the_profile_of_a_refresh_is_todays() {
    let mut t = TestServer::start().await;
    let web = t.application("web");
    let claims = r#"{"id_token":{"given_name":null}}"#;
    let changes = [("claims", claims), ("scope", "openid offline_access"), ("prompt", "consent")];
    let callback = web.authorize(&mut t.browser(), "alice", &changes).await;
    let first = web.exchange(callback.code()).await.tokens();
    t.reseed("given_name = \"Alice\"", "given_name = \"Alicia\"").await;
    let second = refreshed(&web, refresh_token(&first)).await;
    assert_eq!(part(id_token(&second), 1)["given_name"], "Alicia");
}
