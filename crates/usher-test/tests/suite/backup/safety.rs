//! What a restored backup must not bring back to life.

use super::{from_engine_to_engine, restored, take};
use usher_core::backup::Sessions;
use usher_store::Engine;
use usher_test::{PASSWORD, TestServer};
use usher_types::Span;

from_engine_to_engine! {
    codes_that_were_alive_are_not_alive_again
    a_spent_code_still_ends_its_grant
    a_refresh_token_that_was_rotated_after_the_backup_ends_its_grant
}

/// A device that asks for codes.
const TV: &str = r#"[[pools.applications]]
client_id = "tv"
client_name = "Living Room"
application_type = "native"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]

"#;
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn codes_that_were_alive_are_not_alive_again(from: Engine, to: Engine) {
    let spa = "[[pools.applications]]\nclient_id = \"spa\"\n";
    let t = TestServer::builder().engine(from).edit(spa, &format!("{TV}{spa}")).start().await;
    let (web, tv) = (t.application("web"), t.application("tv"));
    let code = web.authorize(&mut t.browser(), "alice", &[]).await.code().to_owned();
    let device = tv.post("/oidc/device/auth", &[("scope", "openid")]).await.json();
    let device_code = device["device_code"].as_str().unwrap().to_owned();
    let mut browser = t.browser();
    let sign_in = browser.open(&web.request(&[])).await.page();
    // Even where nothing is said to have happened since.
    let r = restored(&t, &take(&t).await, to, Sessions::Keep).await;
    web.clone().at(&r).exchange(&code).await.refused("invalid_grant");
    let polled = [("grant_type", DEVICE), ("device_code", device_code.as_str())];
    t.advance(Span::seconds(5));
    tv.clone().at(&r).post("/oidc/token", &polled).await.refused("expired_token");
    let mut stale = r.browser();
    stale.cookies = browser.cookies.clone();
    let fields = [("identifier", "alice"), ("password", PASSWORD)];
    let page = stale.submit(&sign_in, &fields).await.page();
    assert!(!page.error().is_empty() && !page.has("#sign-in"), "{}", page.words());
}

async fn a_spent_code_still_ends_its_grant(from: Engine, to: Engine) {
    let t = TestServer::on(from).await;
    let web = t.application("web");
    let request = [("scope", "openid offline_access"), ("prompt", "consent")];
    let code = web.authorize(&mut t.browser(), "alice", &request).await.code().to_owned();
    let tokens = web.exchange(&code).await.tokens();
    let r = restored(&t, &take(&t).await, to, Sessions::End).await;
    let there = web.at(&r);
    assert!(there.is_active(&tokens.access).await);
    there.exchange(&code).await.refused("invalid_grant");
    assert!(!there.is_active(&tokens.access).await);
    there.refresh(&tokens.refresh.unwrap()).await.refused("invalid_grant");
}

async fn a_refresh_token_that_was_rotated_after_the_backup_ends_its_grant(from: Engine, to: Engine) {
    let t = TestServer::on(from).await;
    let spa = t.application("spa").with_pkce();
    let first = spa.sign_in(&mut t.browser(), "alice", "openid offline_access").await.refresh.unwrap();
    let taken = take(&t).await;
    let later = spa.refresh(&first).await.tokens().refresh.unwrap();
    let r = restored(&t, &taken, to, Sessions::End).await;
    let there = spa.at(&r);
    there.refresh(&later).await.refused("invalid_grant");
    there.refresh(&first).await.refused("invalid_grant");
}
