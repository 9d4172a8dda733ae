//! Whatever is written wrongly is told in one sentence, is the writer's affair (exit status 2), and changes nothing.

use super::support::Managed;
use usher_store::Engine;

/// A command line, and words that its error must have.
type Case = (&'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    (&["pool", "create", "Not A Name"], &["a-z"]),
    (&["pool", "create", "oidc"], &["oidc"]),
    (&["pool", "create", "x", "colour=#000000"], &["colour", "a pool"]),
    (&["pool", "create", "x", "session_idle_lifetime=1s"], &["session_idle_lifetime", "60"]),
    (&["pool", "set", "main"], &["NAME=VALUE"]),
    (&["pool", "set", "nowhere", "display_name=x"], &["nowhere", "usher pool list"]),
    (&["pool", "set", "main", "default_locale=fr"], &["default_locale", "zh-Hans"]),
    (&["pool", "show", "nowhere"], &["nowhere"]),
    (&["pool", "delete", "nowhere", "--yes"], &["nowhere"]),
    (&["pool", "list", "--limit", "0"], &["limit", "1000"]),
    (&["pool", "list", "--limit", "many"], &["--limit"]),
    (&["app", "create", "shop"], &["redirect_uris"]),
    (&["app", "create", "a:b", "redirect_uris=https://a.test/"], &["client_id"]),
    (&["app", "create", "shop", "redirect_uris=http://a.test/"], &["redirect_uris", "https"]),
    (&["app", "create", "shop", "client_id=x", "redirect_uris=https://a.test/"], &["client_id"]),
    (&["app", "create", "shop", "redirect_uri=https://a.test/"], &["redirect_uri", "redirect_uris"]),
    (
        &["app", "create", "shop", "client_secret=in-the-open-0123456789-0123456789"],
        &["client_secret", "@FILE"],
    ),
    (&["app", "set", "web"], &["NAME=VALUE"]),
    (&["app", "set", "web", "client_name"], &["NAME=VALUE"]),
    (&["app", "set", "web", "client_id=other"], &["client_id", "cannot be changed"]),
    (&["app", "set", "web", "client_name="], &["client_name"]),
    (&["app", "set", "web", "grant_types=code"], &["grant_types", "authorization_code"]),
    (&["app", "set", "web", "grant_types+=password"], &["password", "first_party"]),
    (&["app", "set", "web", "skip_consent=true"], &["skip_consent", "first_party"]),
    (&["app", "set", "web", "access_token_signed_response_alg=HS256"], &["HS256"]),
    (&["app", "set", "web", "access_token_lifetime=2d"], &["access_token_lifetime", "86400"]),
    (&["app", "set", "web", "redirect_uris-=https://nowhere.test/"], &["redirect_uris", "not among"]),
    (&["app", "set", "web", "colour=red"], &["colour", "#rrggbb"]),
    (&["app", "set", "web", "colour=#000000", "colour=#ffffff"], &["colour", "twice"]),
    (&["app", "set", "web", "access_keys=[]"], &["access_keys"]),
    (&["app", "set", "web", "logo_digest=x"], &["logo_digest"]),
    (&["app", "set", "web", "logo=/nowhere/at/all"], &["logo", "/nowhere/at/all"]),
    (&["app", "set", "nobody", "client_name=x"], &["nobody", "usher app list"]),
    (&["app", "set", "web", "client_name=x", "--if-version", "x"], &["--if-version"]),
    (&["app", "rotate-secret", "web", "--overlap", "soon"], &["overlap", "24h"]),
    (&["app", "rotate-secret", "web", "--overlap", "31d"], &["overlap", "30"]),
    (&["app", "rotate-secret", "web", "--overlap", "24"], &["overlap", "24h", "24s"]),
    (&["access-key", "rotate", "ak_x", "--overlap", "3"], &["overlap", "3d"]),
    (&["app", "rotate-secret", "spa"], &["no secret"]),
    (&["app", "delete", "web"], &["--yes"]),
    (&["app", "explode"], &["explode"]),
    (&["access-key", "create", "label=x"], &["--app"]),
    (&["access-key", "show", "ak_nobody"], &["ak_nobody"]),
    (&["access-key", "delete", "ak_nobody"], &["--yes"]),
    (&["user", "create", "\u{200b}"], &["login name"]),
    (&["user", "create", "carol", "email_verified=yes"], &["email_verified", "true or false"]),
    (&["user", "create", "carol", "custom.email=x"], &["email"]),
    (&["user", "create", "carol", "custom.sub=x"], &["sub"]),
    (&["user", "create", "carol", "--password", "@x", "--generate"], &["--generate"]),
    (&["user", "set", "alice", "mail=x"], &["mail"]),
    (&["user", "set", "nobody", "name=x"], &["nobody"]),
    (&["user", "set-password", "alice"], &["--generate"]),
    (&["user", "list", "--after", "x"], &["after"]),
    (&["user", "delete", "alice"], &["--yes"]),
    (&["key", "rotate", "--alg"], &["--alg"]),
    (&["pool", "set", "main", "signing_key_lifetime=1h"], &["signing_key_lifetime", "172800"]),
    (&["key", "delete", "x", "--yes"], &["x"]),
];

#[tokio::test]
async fn every_mistake_is_told_in_a_sentence_and_changes_nothing() {
    let m = Managed::on(Engine::Sqlite).await;
    let before = (m.t.app.store.counts().batches, m.t.app.store.revision().await.unwrap());
    for (line, words) in CASES {
        let told = m.refused(line).await;
        assert!(words.iter().all(|w| told.contains(w)), "{line:?}: {told}");
        assert!(!told.contains("in-the-open"), "{told}");
    }
    let after = (m.t.app.store.counts().batches, m.t.app.store.revision().await.unwrap());
    assert_eq!(after, before);
}
