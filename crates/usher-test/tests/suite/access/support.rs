//! What the tests of this folder share: declared access keys, and what is done to them without a restart.

use std::sync::Arc;
use usher_core::App;
use usher_store::tables::{AccessKeyRow, write};
use usher_store::{Applied, Batch, Engine};
use usher_test::{Application, Builder, TestServer};
pub(super) use usher_test::{at_once, cost, members, part};
use usher_types::{PoolId, Timestamp};

pub(super) const NIGHTLY: &str = "nightly-secret-0123456789-0123456789-0123456789";
pub(super) const EVERYTHING: &str = "everything-secret-0123456789-0123456789-01234";
pub(super) const PARCELS: &str = "parcels-secret-0123456789-0123456789-0123456789";
pub(super) const ALBUM: &str = "album-secret-0123456789-0123456789-0123456789";

/// What an application is declared with beside the usual.
pub(super) const GRANTS: &str =
    "grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\"]";

/// The access keys of the application `web`, in both pools.
pub(super) const KEYS_OF_WEB: &str = r#"
access_keys = [
  { access_key = "ak-nightly", secret_key = "nightly-secret-0123456789-0123456789-0123456789", label = "Nightly export", scope = "orders:*:read customers invoices:17:*" },
  { access_key = "ak-everything", secret_key = "everything-secret-0123456789-0123456789-01234", scope = "*", access_token_lifetime = 60 },
]"#;

/// A server whose applications `web` (with own scope items), `post` and `spa` (which is public) have access keys.
pub(super) fn server(engine: Engine) -> Builder {
    let key = |name: &str, secret: &str| {
        format!(
            "{GRANTS}\naccess_keys = [{{ access_key = \"{name}\", secret_key = \"{secret}\", scope = \"orders parcels\" }}]"
        )
    };
    TestServer::builder()
        .engine(engine)
        .application(
            "web",
            &format!("{GRANTS}\nclient_credentials_scope = \"invoices:*:read\"\n{KEYS_OF_WEB}"),
        )
        .application("post", &key("ak-parcels", PARCELS))
        .application("spa", &key("ak-album", ALBUM))
}

/// The callers of such a server.
pub(super) fn nightly(t: &TestServer) -> Application {
    t.application("web").access_key("ak-nightly", NIGHTLY)
}

/// The access key that may do everything.
pub(super) fn everything(t: &TestServer) -> Application {
    t.application("web").access_key("ak-everything", EVERYTHING)
}

/// The access key of another application.
pub(super) fn parcels(t: &TestServer) -> Application {
    t.application("post").access_key("ak-parcels", PARCELS)
}

/// An access token of a caller.
pub(super) async fn token(caller: &Application, scope: &str) -> String {
    caller.client_credentials(scope).await.tokens().access
}

/// The first pool.
pub(super) fn pool(t: &TestServer) -> PoolId {
    t.app.snapshot().pool(None).unwrap().id
}

/// An access key as it is stored.
pub(super) async fn stored(t: &TestServer, access_key: &str) -> AccessKeyRow {
    t.app.store.access_key(pool(t), access_key).await.unwrap().expect("an access key")
}

/// What is done to an access key, as the command line would.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Enable,
    Disable,
    Delete,
}

/// Does it.
pub(super) async fn change(app: Arc<App>, access_key: &'static str, change: Change) {
    let (pool, now) = (app.snapshot().pool(None).unwrap().id, app.world.clock.now());
    let mut batch = Batch::new();
    match change {
        Change::Enable => write::access_key::enable(&mut batch, "it is there", pool, access_key, now),
        Change::Disable => write::access_key::disable(&mut batch, "it is there", pool, access_key, now),
        Change::Delete => write::access_key::delete(&mut batch, "it is there", pool, access_key),
    }
    assert_eq!(app.store.apply(batch).await.unwrap(), Applied::Done);
}

/// Gives an access key another secret key; the present one works until then.
pub(super) async fn rotate(t: &TestServer, access_key: &str, secret_key: &str, previous_until: Timestamp) {
    let mut batch = Batch::new();
    let rotation = write::access_key::Rotation {
        secret_hash: usher_crypto::sha256(secret_key.as_bytes()),
        previous_until,
    };
    let key = (pool(t), access_key);
    write::access_key::rotate(&mut batch, "it is there", key, &rotation, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

/// That the answer is exactly `{"active":false}`, whatever the reason.
pub(super) async fn assert_inactive(caller: &Application, token: &str) {
    let answer = caller.post("/oidc/token/introspection", &[("token", token)]).await;
    assert_eq!(answer.text(), r#"{"active":false}"#, "{}", caller.client_id);
}
