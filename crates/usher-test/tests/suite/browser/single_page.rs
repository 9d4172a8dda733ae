//! The walk of the single-page application: JavaScript, Web Crypto and CORS as a browser has them.

use super::chromium::chromium;
use super::walker::Walker;
use serde_json::json;

#[tokio::test]
async fn a_script_signs_a_person_in_verifies_the_tokens_and_refreshes_them() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.open(&w.party("/")).await;
    w.click("a[href='/spa']").await;
    w.choose(&[("scope", "offline_access")]).await;
    w.click("#start .button").await;
    w.click("#request .button").await;
    w.sign_in_and_allow().await;
    w.sees_verified_tokens().await;
    assert_eq!(w.address().await.query(), None, "the code has left the address");

    w.tries("userinfo", &["Userinfo 200"]).await;
    w.tries("refresh", &["Refresh 200", "Key set 200"]).await;
    w.sees_verified_tokens().await;
    w.tries("userinfo", &["Userinfo 200"]).await;
    assert_eq!(w.console().await, Vec::<String>::new(), "no error, no violated policy");

    w.tries("revoke", &["Revocation 200", "Userinfo 401", "Refresh 400"]).await;
    w.click("#sign-out").await;
    assert!(w.text("#result").await.contains("You signed out at usher"));
    let strange: Vec<String> = w
        .console()
        .await
        .into_iter()
        .filter(|l| !l.contains("/oidc/me") && !l.contains("/oidc/token"))
        .collect();
    assert_eq!(strange, Vec::<String>::new());
}

#[tokio::test]
async fn a_script_may_read_what_is_for_scripts_and_nothing_else() {
    let Some(w) = Walker::start(chromium()).await else { return };
    // Whether the page's script gets to see the answer's status. Credentials are sent where the browser has any.
    let ask = "return fetch(arguments[0], { method: arguments[1], body: arguments[1] === 'POST' ? new URLSearchParams({ token: 'x' }) : undefined }) \
        .then((answer) => answer.status, () => 'refused')";
    w.open(&w.party("/spa")).await;
    for (path, method, seen) in [
        ("/.well-known/openid-configuration", "GET", json!(200)),
        ("/me", "GET", json!(401)),
        ("/token", "POST", json!(401)),
        ("/token/introspection", "POST", json!("refused")),
        ("/session/end", "GET", json!("refused")),
        ("/auth", "GET", json!("refused")),
    ] {
        assert_eq!(w.run(ask, vec![json!(w.usher(path)), json!(method)]).await, seen, "{method} {path}");
    }
}
