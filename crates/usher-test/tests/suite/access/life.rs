//! How long an account's token lives and who sees and ends it: introspection, revocation, and what disabling and deleting do at once, on
//! every node.

use super::support::{
    Change, assert_inactive, change, everything, nightly, parcels, pool, server, stored, token,
};
use usher_store::tables::{AccessKeyAccount, NewAccessKey, write};
use usher_store::{Applied, Batch, Engine};
use usher_test::{Application, TestServer};
use usher_types::Span;

const FORMATS: [&str; 2] = ["jwt", "opaque"];

async fn server_of(engine: Engine, format: &str) -> TestServer {
    let settings = format!("access_token_format = \"{format}\"");
    server(engine).application("web", &settings).application("post", &settings).start().await
}

/// Everybody who can call the introspection endpoint, and nobody twice.
fn callers(t: &TestServer) -> Vec<Application> {
    let applications = ["web", "post", "first-party", "api"].map(|id| t.application(id));
    let mut all = vec![nightly(t), everything(t), parcels(t), t.application_of("staff", "web")];
    all.extend(applications);
    all
}

/// That a token is active for these callers and for nobody else.
async fn assert_seen_by(t: &TestServer, token: &str, who: &[&str]) {
    for caller in callers(t) {
        let of_another_pool = caller.path("").contains("staff");
        let expected = who.contains(&caller.client_id.as_str()) && !of_another_pool;
        assert_eq!(caller.is_active(token).await, expected, "{} ({})", caller.client_id, caller.path(""));
    }
}

async fn a_token_is_seen_by_its_key_its_application_and_the_apis_that_it_names(engine: Engine) {
    for format in FORMATS {
        let t = server_of(engine, format).await;
        assert_seen_by(&t, &token(&nightly(&t), "customers").await, &["ak-nightly", "web"]).await;
        assert_seen_by(&t, &token(&nightly(&t), "orders:read").await, &["ak-nightly", "web", "api"]).await;
        assert_seen_by(&t, &token(&t.application("web"), "orders").await, &["web", "api"]).await;
        assert_seen_by(&t, &token(&parcels(&t), "parcels").await, &["ak-parcels", "post"]).await;
        // A public caller sees nothing, be it the key's own application.
        let album = t.application("spa").access_key("ak-album", super::support::ALBUM);
        let of_public = token(&album, "parcels").await;
        t.application("spa")
            .post("/oidc/token/introspection", &[("token", &of_public)])
            .await
            .refused("invalid_client");
        assert_seen_by(&t, &of_public, &[]).await;
        assert!(album.is_active(&of_public).await);
    }
}

async fn a_token_is_revoked_by_its_key_or_its_application_alone(engine: Engine) {
    for format in FORMATS {
        let t = server_of(engine, format).await;
        let (web, api) = (t.application("web"), t.application("api"));
        let (one, other) =
            (token(&nightly(&t), "orders:read").await, token(&nightly(&t), "orders:read").await);
        for stranger in
            [everything(&t), parcels(&t), t.application("post"), api.clone(), t.application("native")]
        {
            stranger.revoke(&one).await.refused("invalid_grant");
        }
        assert!(web.is_active(&one).await);
        for (caller, token) in [(nightly(&t), &one), (web.clone(), &other)] {
            let answer = caller.revoke(token).await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
            for caller in [nightly(&t), web.clone(), api.clone()] {
                assert_inactive(&caller, token).await;
            }
            // Done once, recorded once.
            assert_eq!(caller.revoke(token).await.status, 200);
        }
        let rows = t.app.store.audit_trail(pool(&t)).await.unwrap();
        let revoked: Vec<_> = rows.iter().filter(|r| r.event == "token_revoked").collect();
        assert_eq!(revoked.len(), 2);
        assert!(
            revoked.iter().all(|r| r.client_id.as_deref() == Some("web") && r.detail.contains("ak-nightly"))
        );
        // The next one is another one; an application's own goes the same way.
        assert!(web.is_active(&token(&nightly(&t), "customers").await).await);
        let own = token(&web, "orders").await;
        nightly(&t).revoke(&own).await.refused("invalid_grant");
        assert_eq!(web.revoke(&own).await.status, 200);
        assert_inactive(&web, &own).await;
    }
}

#[tokio::test]
async fn a_public_application_that_only_names_itself_ends_no_keys_token() {
    let t = server(Engine::Sqlite).start().await;
    let album = t.application("spa").access_key("ak-album", super::support::ALBUM);
    let access = token(&album, "parcels").await;
    t.application("spa").revoke(&access).await.refused("invalid_grant");
    assert!(album.is_active(&access).await);
}

async fn a_revoked_token_stays_revoked_while_its_key_comes_and_goes(engine: Engine) {
    for format in FORMATS {
        let t = server_of(engine, format).await;
        let (web, access) = (t.application("web"), token(&nightly(&t), "customers").await);
        change(t.app.clone(), "ak-nightly", Change::Disable).await;
        // The application ends it while the key is disabled.
        assert_eq!(web.revoke(&access).await.status, 200);
        change(t.app.clone(), "ak-nightly", Change::Enable).await;
        assert_inactive(&web, &access).await;
        t.advance(Span::minutes(5));
        t.app.sweep(t.app.world.clock.now()).await.unwrap();
        assert_inactive(&web, &access).await;
        t.advance(Span::hours(1));
        t.app.sweep(t.app.world.clock.now()).await.unwrap();
        assert_inactive(&web, &access).await;
    }
}

async fn disabling_and_deleting_reach_every_token_at_once(engine: Engine) {
    for format in FORMATS {
        let mut t = server_of(engine, format).await;
        let (web, api) = (t.application("web"), t.application("api"));
        let (disabled, deleted) =
            (token(&nightly(&t), "orders:read").await, token(&everything(&t), "orders").await);
        let own = token(&web, "orders").await;
        change(t.app.clone(), "ak-nightly", Change::Disable).await;
        for caller in [&web, &api] {
            assert_inactive(caller, &disabled).await;
            assert!(caller.is_active(&deleted).await && caller.is_active(&own).await, "the others live on");
        }
        nightly(&t).post("/oidc/token/introspection", &[("token", "x")]).await.refused("invalid_client");
        change(t.app.clone(), "ak-everything", Change::Delete).await;
        assert_inactive(&web, &deleted).await;
        assert!(api.is_active(&own).await);
        let later = token(&parcels(&t), "orders:read").await;
        assert!(api.is_active(&later).await);
        t.disable_application("post").await;
        assert_inactive(&api, &later).await;
        t.disable_application("web").await;
        assert_inactive(&api, &own).await;
    }
}

async fn a_key_made_anew_under_the_same_name_brings_nothing_back(engine: Engine) {
    for format in FORMATS {
        let t = server_of(engine, format).await;
        let (web, before) = (t.application("web"), token(&nightly(&t), "customers").await);
        change(t.app.clone(), "ak-nightly", Change::Delete).await;
        t.advance(Span::seconds(2));
        let key = NewAccessKey {
            access_key: "ak-nightly".to_owned(),
            client_id: "web".to_owned(),
            secret_hash: usher_crypto::sha256(super::support::NIGHTLY.as_bytes()),
            account: AccessKeyAccount {
                enabled: true,
                label: String::new(),
                scope: "customers".to_owned(),
                access_token_lifetime: None,
            },
        };
        let mut batch = Batch::new();
        write::access_key::insert(&mut batch, "it is new", pool(&t), key.clone(), t.app.world.clock.now());
        assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
        assert_inactive(&web, &before).await;
        assert!(web.is_active(&token(&nightly(&t), "customers").await).await);
        // Neither a second key nor an application of the same name can be.
        for name in ["ak-nightly", "web", "post"] {
            let mut batch = Batch::new();
            let key = NewAccessKey { access_key: name.to_owned(), ..key.clone() };
            write::access_key::insert(&mut batch, "it is new", pool(&t), key, t.app.world.clock.now());
            assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Refused { guard: "it is new" });
        }
        assert_eq!(stored(&t, "ak-nightly").await.client_id, "web");
    }
}

#[tokio::test]
async fn a_token_ends_with_its_life_and_not_before() {
    for format in FORMATS {
        let t = server_of(Engine::Sqlite, format).await;
        let (web, short) = (t.application("web"), token(&everything(&t), "x").await);
        let long = token(&nightly(&t), "customers").await;
        t.advance(Span::seconds(59));
        assert!(web.is_active(&short).await);
        t.advance(Span::seconds(1));
        assert_inactive(&web, &short).await;
        assert!(web.is_active(&long).await);
        // Who finds one in a log cannot do anything with it.
        assert_eq!(parcels(&t).revoke(&short).await.status, 200);
        t.advance(Span::minutes(9));
        assert_inactive(&web, &long).await;
    }
}

#[tokio::test]
async fn another_node_sees_it_at_once() {
    if usher_testdb::Postgres::or_skip("another_node_sees_it_at_once").is_none() {
        return;
    }
    for format in FORMATS {
        let t = server_of(Engine::Postgres, format).await;
        let node = t.another_node().await;
        let (here, there) = (t.application("web"), t.application("web").at(&node));
        let access = token(&nightly(&t).at(&node), "customers").await;
        assert!(here.is_active(&access).await && there.is_active(&access).await);
        assert_eq!(here.revoke(&access).await.status, 200);
        assert_inactive(&there, &access).await;
        let access = token(&nightly(&t), "customers").await;
        change(t.app.clone(), "ak-nightly", Change::Disable).await;
        assert_inactive(&there, &access).await;
        nightly(&t).at(&node).client_credentials("").await.refused("invalid_client");
        change(node.app.clone(), "ak-everything", Change::Delete).await;
        everything(&t).client_credentials("").await.refused("invalid_client");
    }
}

everywhere! {
    a_token_is_seen_by_its_key_its_application_and_the_apis_that_it_names
    a_token_is_revoked_by_its_key_or_its_application_alone
    a_revoked_token_stays_revoked_while_its_key_comes_and_goes
    disabling_and_deleting_reach_every_token_at_once
    a_key_made_anew_under_the_same_name_brings_nothing_back
}
