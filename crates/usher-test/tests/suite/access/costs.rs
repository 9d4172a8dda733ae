//! What the grant asks of the database, in exact numbers, and when the use of a key is written down.

use super::support::{cost, nightly, server, stored, token};
use usher_store::Engine;
use usher_types::{Span, limits};

async fn statements(engine: Engine) {
    let t = server(engine).application("post", "access_token_format = \"opaque\"").start().await;
    let (web, parcels) = (t.application("web"), super::support::parcels(&t));
    for caller in [nightly(&t), web.clone()] {
        let (answer, mint) = cost(&t, caller.client_credentials("orders:read")).await;
        assert_eq!(mint, (1, 0), "one row and no write");
        let access = answer.tokens().access;
        let introspect = cost(&t, caller.post("/oidc/token/introspection", &[("token", &access)])).await;
        assert_eq!((introspect.0.json()["active"].as_bool(), introspect.1), (Some(true), (1, 0)));
        assert_eq!(cost(&t, caller.userinfo(&access)).await.1, (1, 0));
        assert_eq!(cost(&t, caller.revoke(&access)).await.1, (1, 1), "revocation");
    }
    let (answer, mint) = cost(&t, parcels.client_credentials("parcels")).await;
    assert_eq!(mint, (1, 1), "an opaque token is stored");
    let access = answer.tokens().access;
    let introspect = cost(&t, parcels.post("/oidc/token/introspection", &[("token", &access)])).await;
    assert_eq!((introspect.0.json()["active"].as_bool(), introspect.1), (Some(true), (1, 0)));
    assert_eq!(cost(&t, parcels.revoke(&access)).await.1, (1, 1));
}

/// Batches that the housekeeping writes at this moment.
async fn flush(t: &usher_test::TestServer) -> u64 {
    let before = t.app.store.counts().batches;
    t.app.last_used.flush(&t.app.store, t.app.world.clock.now()).await.unwrap();
    t.app.store.counts().batches - before
}

async fn the_last_use_is_written_at_most_once_a_minute(engine: Engine) {
    let t = server(engine).start().await;
    let (key, start) = (nightly(&t), t.app.world.clock.now());
    assert_eq!(flush(&t).await, 0, "nobody was there");
    for _ in 0..5 {
        token(&key, "").await;
    }
    token(&super::support::parcels(&t), "").await;
    assert_eq!(stored(&t, "ak-nightly").await.last_used_at, None, "a request writes nothing");
    assert_eq!(flush(&t).await, 1, "all keys in one batch");
    for name in ["ak-nightly", "ak-parcels"] {
        assert_eq!(stored(&t, name).await.last_used_at, Some(start));
    }
    assert_eq!(stored(&t, "ak-everything").await.last_used_at, None, "who was not there was not used");
    t.advance(Span::seconds(59));
    token(&key, "").await;
    assert_eq!(flush(&t).await, 0);
    t.advance(Span::seconds(1));
    assert_eq!(flush(&t).await, 1);
    assert_eq!(stored(&t, "ak-nightly").await.last_used_at, Some(start.plus(Span::seconds(59))));
    assert_eq!(stored(&t, "ak-nightly").await.version, 1, "a use is no change");
    // Refused callers have not used it.
    t.advance(limits::LAST_USED);
    t.application("web")
        .access_key("ak-nightly", "wrong")
        .client_credentials("")
        .await
        .refused("invalid_client");
    assert_eq!(flush(&t).await, 0);
    // At the end of the server everything is written, due or not.
    token(&key, "").await;
    t.app.last_used.write(&t.app.store).await.unwrap();
    assert_eq!(stored(&t, "ak-nightly").await.last_used_at, Some(t.app.world.clock.now()));
}

on_both_engines! { statements the_last_use_is_written_at_most_once_a_minute }
