//! `id_token_hint` (OpenID Connect Core §3.1.2.1): whom the application expects, proven by a token of this issuer.

use super::{browser_of, is_told, leads_to, told};
use serde_json::Value;
use usher_test::{Application, TestServer};
use usher_types::Span;
use usher_types::opaque::{base64url, base64url_decode};

/// An ID token of a person, by way of an application.
async fn id_token(t: &TestServer, application: &Application, person: &str) -> String {
    application.sign_in(&mut t.browser(), person, "openid").await.id.unwrap()
}

/// A token with its header or payload changed and its signature kept.
fn edited(token: &str, part: usize, change: impl Fn(&mut Value)) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut json: Value = serde_json::from_slice(&base64url_decode(&parts[part]).unwrap()).unwrap();
    change(&mut json);
    parts[part] = base64url(json.to_string().as_bytes());
    parts.join(".")
}

#[tokio::test]
async fn a_hint_picks_the_person_among_several() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    for person in ["alice", "bob"] {
        let hint = id_token(&t, &own, person).await;
        let callback =
            told(&browser.get(&own.request(&[("prompt", "none"), ("id_token_hint", &hint)])).await);
        let tokens = own.exchange(callback.code()).await.tokens();
        let (then, now) = (
            own.verify(&hint, "first-party").await,
            own.verify(tokens.id.as_deref().unwrap(), "first-party").await,
        );
        assert_eq!(then["sub"], now["sub"]);
    }
}

#[tokio::test]
async fn a_hint_is_good_after_its_expiry() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let hint = id_token(&t, &own, "alice").await;
    let mut browser = browser_of(&t, &["alice"]).await;
    t.advance(Span::hours(2));
    told(&browser.get(&own.request(&[("prompt", "none"), ("id_token_hint", &hint)])).await).code();
}

#[tokio::test]
async fn a_hint_at_somebody_else_never_gives_a_code_for_who_is_here() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let alices = id_token(&t, &own, "alice").await;
    let mut browser = browser_of(&t, &["bob"]).await;
    // "Otherwise, it MUST return an error, such as login_required."
    is_told(
        &browser.get(&own.request(&[("prompt", "none"), ("id_token_hint", &alices)])).await,
        "login_required",
        &t.issuer(),
    );
    let sign_in = browser.open(&own.request(&[("id_token_hint", &alices)])).await.page();
    assert!(sign_in.has("#sign-in"));
    let fields = [("identifier", "bob"), ("password", usher_test::PASSWORD)];
    match browser.submit(&sign_in, &fields).await {
        usher_test::Arrival::Page(page) => assert!(page.has("#sign-in"), "{}", page.answer.text()),
        usher_test::Arrival::Elsewhere(target) => {
            assert_eq!(usher_test::Callback::parse(&target).error(), "login_required");
        }
    }
    // A login hint beside it does not outvote it.
    let both = [("prompt", "none"), ("id_token_hint", alices.as_str()), ("login_hint", "bob")];
    is_told(&browser.get(&own.request(&both)).await, "login_required", &t.issuer());
}

#[tokio::test]
async fn what_is_no_id_token_of_this_issuer_is_refused() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let tokens = own.sign_in(&mut t.browser(), "alice", "openid offline_access").await;
    let (good, refresh) = (tokens.id.unwrap(), tokens.refresh.unwrap());
    let foreign = id_token(&t, &t.application_of("staff", "web"), "alice").await;
    let bob = own.verify(&id_token(&t, &own, "bob").await, "first-party").await["sub"].clone();
    let (unsigned, signature) = good.rsplit_once('.').unwrap();
    let keys = String::from_utf8(own.get("/oidc/.well-known/jwks.json").await.body.to_vec()).unwrap();
    let hs256 = |key: &str| {
        let header = base64url(br#"{"alg":"HS256","typ":"JWT"}"#);
        let input = format!("{header}.{}", good.split('.').nth(1).unwrap());
        format!("{input}.{}", base64url(&usher_crypto::hmac_sha256(key.as_bytes(), &[input.as_bytes()])))
    };
    let modulus = serde_json::from_str::<Value>(&keys).unwrap()["keys"][0]["n"].as_str().unwrap().to_owned();
    for (what, hint) in [
        ("garbage", "x".to_owned()),
        ("dots", "..".to_owned()),
        ("five parts", "a.b.c.d.e".to_owned()),
        ("an access token", tokens.access),
        ("a refresh token", refresh),
        ("a token of another pool", foreign),
        ("no signature", format!("{unsigned}.")),
        ("half a signature", format!("{unsigned}.{}", &signature[..signature.len() / 2])),
        ("another person", edited(&good, 1, |claims| claims["sub"] = bob.clone())),
        ("alg none", edited(&good, 0, |header| header["alg"] = "none".into())),
        (
            "alg none without signature",
            format!("{}.", edited(unsigned, 0, |header| header["alg"] = "none".into())),
        ),
        ("another key id", edited(&good, 0, |header| header["kid"] = "../../key".into())),
        ("a public key as a secret", hs256(&keys)),
        ("a modulus as a secret", hs256(&modulus)),
        ("an empty secret", hs256("")),
        ("its own secret, of an application that signs by RS256", hs256(own.secret.as_deref().unwrap())),
        ("a space before it", format!(" {good}")),
        ("padding", format!("{good}=")),
    ] {
        let answer = browser.get(&own.request(&[("prompt", "none"), ("id_token_hint", &hint)])).await;
        assert_eq!(
            told(&answer).params.get("error").map(String::as_str),
            Some("invalid_request"),
            "{what}: {}",
            answer.location()
        );
        is_told(&answer, "invalid_request", &t.issuer());
    }
    told(&browser.get(&own.request(&[("prompt", "none"), ("id_token_hint", &good)])).await).code();
}

#[tokio::test]
async fn a_hint_that_an_applications_secret_signed_is_good_for_that_application_only() {
    let t = TestServer::builder()
        .application("first-party", "id_token_signed_response_alg = \"HS256\"")
        .application("post", "id_token_signed_response_alg = \"HS256\"")
        .start()
        .await;
    let (own, post) = (t.application("first-party"), t.application("post"));
    let hint = id_token(&t, &own, "alice").await;
    let mut browser = browser_of(&t, &["alice"]).await;
    told(&browser.get(&own.request(&[("prompt", "none"), ("id_token_hint", &hint)])).await).code();
    is_told(
        &browser.get(&post.request(&[("prompt", "none"), ("id_token_hint", &hint)])).await,
        "invalid_request",
        &t.issuer(),
    );
}

#[tokio::test]
async fn a_person_can_be_demanded_by_claims_too() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let sub = |token: String| {
        let own = own.clone();
        async move { own.verify(&token, "first-party").await["sub"].as_str().unwrap().to_owned() }
    };
    let (alices, bobs) = (id_token(&t, &own, "alice").await, id_token(&t, &own, "bob").await);
    let (alice, bob) = (sub(alices.clone()).await, sub(bobs).await);
    let mut browser = browser_of(&t, &["alice"]).await;
    let demand = |member: &str, wish: &str| format!(r#"{{"{member}":{{"sub":{wish}}}}}"#);
    for member in ["id_token", "userinfo"] {
        let claims = demand(member, &format!(r#"{{"value":"{alice}"}}"#));
        told(&browser.get(&own.request(&[("prompt", "none"), ("claims", &claims)])).await).code();
        for nobody_here in [bob.as_str(), "alice", "", "00000000-0000-0000-0000-000000000000"] {
            let claims = demand(member, &format!(r#"{{"value":"{nobody_here}"}}"#));
            let answer = browser.get(&own.request(&[("prompt", "none"), ("claims", &claims)])).await;
            is_told(&answer, "login_required", &t.issuer());
        }
    }
    let other = demand("id_token", &format!(r#"{{"essential":true,"value":"{bob}"}}"#));
    leads_to(&browser.get(&own.request(&[("claims", &other)])).await, "/sign-in");
    let both = [("prompt", "none"), ("claims", other.as_str()), ("id_token_hint", alices.as_str())];
    is_told(&browser.get(&own.request(&both)).await, "invalid_request", &t.issuer());
}

#[tokio::test]
async fn a_demanded_person_who_cannot_be_anybody_is_nobody() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let alice = own.verify(&id_token(&t, &own, "alice").await, "first-party").await["sub"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut browser = browser_of(&t, &["alice"]).await;
    let different =
        format!(r#"{{"userinfo":{{"sub":{{"value":"x"}}}},"id_token":{{"sub":{{"value":"{alice}"}}}}}}"#);
    for claims in [
        r#"{"id_token":{"sub":{"value":5}}}"#,
        r#"{"id_token":{"sub":{"value":null}}}"#,
        r#"{"id_token":{"sub":{"value":["x"]}}}"#,
        r#"{"id_token":{"sub":{"values":[1,2]}}}"#,
        &different,
    ] {
        // Core §5.5.1: whoever is answered for must have the value that was asked for.
        let callback = told(&browser.get(&own.request(&[("prompt", "none"), ("claims", claims)])).await);
        assert!(!callback.params.contains_key("code"), "{claims}");
    }
}
