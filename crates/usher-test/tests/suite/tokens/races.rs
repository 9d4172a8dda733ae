//! Things that happen at the same moment, on both engines: whoever is first, nothing lives on that should not.

use super::support::{at_once, code, id_token, offline, part, refresh_token, sign_out};
use std::sync::Arc;
use usher_core::App;
use usher_store::Engine;
use usher_test::{Answer, Application, TestServer};

const ROUNDS: usize = 50;

/// An exchange or a refresh that may have been refused, and what it gave if it was not.
async fn assert_nothing_lives(app: &Application, answer: &Answer) {
    if answer.status != 200 {
        answer.refused("invalid_grant");
        return;
    }
    let tokens = answer.tokens();
    assert!(!app.is_active(&tokens.access).await, "an access token lives: {}", part(&tokens.access, 1));
    assert_eq!(app.userinfo(&tokens.access).await.status, 401);
    if let Some(refresh) = &tokens.refresh {
        assert!(!app.is_active(refresh).await, "a refresh token lives");
        app.refresh(refresh).await.refused("invalid_grant");
    }
}

/// Refreshing ∥ revoking.
async fn refresh_and_revoke(engine: Engine) {
    let t = TestServer::on(engine).await;
    let (app, mut browser) = (t.application("first-party"), t.browser());
    let mut refreshed = 0;
    for round in 0..ROUNDS {
        let tokens = offline(&app, &mut browser).await;
        let token = if round % 2 == 0 { tokens.access.clone() } else { refresh_token(&tokens).to_owned() };
        let refresh = tokio::spawn({
            let (app, token) = (app.clone(), refresh_token(&tokens).to_owned());
            async move { app.refresh(&token).await }
        });
        let revoke = tokio::spawn({
            let app = app.clone();
            async move { app.revoke(&token).await }
        });
        let answer = refresh.await.unwrap();
        assert_eq!(revoke.await.unwrap().status, 200);
        refreshed += u32::from(answer.status == 200);
        assert_nothing_lives(&app, &answer).await;
        app.refresh(refresh_token(&tokens)).await.refused("invalid_grant");
    }
    println!("{engine:?}: the refresh was first in {refreshed} of {ROUNDS} rounds");
}

/// Applies the seed with a person disabled or enabled, as another node's restart would.
async fn apply_seed(app: Arc<App>, seed: String, folder: std::path::PathBuf) {
    let loaded = usher::config::parse(&seed, &folder.join("usher.toml")).unwrap();
    usher_core::seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base())
        .await
        .unwrap();
}

/// What is exchanged and refreshed one after the other in a round, so that the other side comes somewhere in between.
const IN_A_ROW: usize = 4;

/// Exchanging codes and refreshing ∥ disabling the person. Afterwards the person is enabled again, so that what is dead is dead by
/// its grant and not by its person.
async fn mint_and_disable_the_person(engine: Engine) {
    let t = TestServer::on(engine).await;
    let (app, mut browser) = (t.application("first-party"), t.browser());
    let enabled = t.seed().to_owned();
    let disabled = enabled.replace("username = \"alice\"\n", "username = \"alice\"\nenabled = false\n");
    let folder = t.folder().to_owned();
    let (mut minted, mut refused) = (0, 0);
    for _ in 0..ROUNDS {
        let earlier = offline(&app, &mut browser).await;
        let mut codes = Vec::new();
        for _ in 0..IN_A_ROW {
            codes.push(code(&app, &mut browser, &[("scope", "openid offline_access")]).await);
        }
        let exchanges = tokio::spawn({
            let app = app.clone();
            async move {
                let mut answers = Vec::new();
                for code in codes {
                    answers.push(app.exchange(&code).await);
                }
                answers
            }
        });
        let refreshes = tokio::spawn({
            let (app, mut token) = (app.clone(), refresh_token(&earlier).to_owned());
            async move {
                let mut answers = Vec::new();
                for _ in 0..IN_A_ROW {
                    let answer = app.refresh(&token).await;
                    if let Some(next) = answer.json()["refresh_token"].as_str() {
                        next.clone_into(&mut token);
                    }
                    answers.push(answer);
                }
                answers
            }
        });
        let disable = tokio::spawn(apply_seed(t.app.clone(), disabled.clone(), folder.clone()));
        let mut answers = exchanges.await.unwrap();
        answers.extend(refreshes.await.unwrap());
        disable.await.unwrap();
        apply_seed(t.app.clone(), enabled.clone(), folder.clone()).await;
        for answer in &answers {
            if answer.status == 200 {
                minted += 1;
            } else {
                refused += 1;
            }
            assert_nothing_lives(&app, answer).await;
        }
        app.refresh(refresh_token(&earlier)).await.refused("invalid_grant");
    }
    println!("{engine:?}: {minted} were minted and {refused} refused while the person was disabled");
}

/// Exchanging a code ∥ signing out of the session that it came from.
async fn mint_and_sign_out(engine: Engine) {
    let t = TestServer::on(engine).await;
    let app = t.application("first-party");
    let mut minted = 0;
    for _ in 0..ROUNDS {
        let mut browser = t.browser();
        let earlier = app.sign_in(&mut browser, "alice", "openid").await;
        let code = code(&app, &mut browser, &[]).await;
        let exchange = tokio::spawn({
            let app = app.clone();
            async move { app.exchange(&code).await }
        });
        let hint = id_token(&earlier).to_owned();
        let leave = tokio::spawn(async move { sign_out(&mut browser, &hint).await });
        let answer = exchange.await.unwrap();
        assert_eq!(leave.await.unwrap().status, 200);
        minted += u32::from(answer.status == 200);
        assert_nothing_lives(&app, &answer).await;
        assert!(!app.is_active(&earlier.access).await);
    }
    println!("{engine:?}: {minted} of {ROUNDS} were minted before the sign-out");
}

/// Many codes of one session at once are many grants, and none is in the other's way.
async fn many_exchanges_of_one_session(engine: Engine) {
    let t = TestServer::on(engine).await;
    let (app, mut browser) = (t.application("first-party"), t.browser());
    let mut codes = Vec::new();
    for _ in 0..32 {
        codes.push(code(&app, &mut browser, &[]).await);
    }
    let answers = at_once(codes.len(), |number| {
        let (app, code) = (app.clone(), codes[number].clone());
        async move { app.exchange(&code).await }
    })
    .await;
    for answer in answers {
        assert!(app.is_active(&answer.tokens().access).await);
    }
}

everywhere! {
    refresh_and_revoke
    mint_and_disable_the_person
    mint_and_sign_out
    many_exchanges_of_one_session
}
