//! The password grant (RFC 6749 §4.3): who is meant, what is given, to whom, and how long it lives.

use super::support::{audited, builder, demand_new_password, part, refusals, server, signed_in, with};
use serde_json::json;
use usher_store::Engine;
use usher_test::{Answer, Application, PASSWORD};
use usher_types::Span;

/// One request of the grant with these fields beside `grant_type`.
pub(super) async fn ask(app: &Application, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<_> = [("grant_type", "password")].into_iter().chain(fields.iter().copied()).collect();
    app.post("/oidc/token", &fields).await
}

/// Alice's right password with this scope.
async fn alice(app: &Application, scope: &str) -> Answer {
    ask(app, &[("username", "alice"), ("password", PASSWORD), ("scope", scope)]).await
}

async fn each_kind_of_name_signs_the_same_person_in(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    let mut subjects = Vec::new();
    for (kind, name) in [
        ("username", "alice"),
        ("username", "ALICE"),
        ("email", "alice@example.com"),
        ("email", " Alice@Example.COM "),
        ("phone", "+442079460123"),
    ] {
        let tokens = ask(&own, &[(kind, name), ("password", PASSWORD), ("scope", "openid")]).await.tokens();
        subjects.push(own.verify(tokens.id.as_deref().unwrap(), "own").await["sub"].clone());
        assert!(own.is_active(&tokens.access).await, "{kind} {name}");
    }
    assert!(subjects.iter().all(|sub| *sub == subjects[0]), "{subjects:?}");
}

#[tokio::test]
async fn a_name_of_another_kind_is_nobodys() {
    let t = server().await;
    let own = t.application("own");
    for (kind, name) in [
        ("email", "alice"),
        ("phone", "alice"),
        ("username", "alice@example.com"),
        ("phone", "alice@example.com"),
        ("username", "+442079460123"),
        ("email", "+442079460123"),
    ] {
        let compared = t.app.hashing.comparisons();
        ask(&own, &[(kind, name), ("password", PASSWORD)]).await.refused("invalid_grant");
        assert_eq!(t.app.hashing.comparisons(), compared, "{kind} {name} was compared");
    }
}

#[tokio::test]
async fn a_user_name_that_is_the_email_address_too_is_both() {
    let person = "[[pools.users]]\nusername = \"carol@example.com\"\npassword = \"correct horse battery staple\"\nclaims = { email = \"carol@example.com\" }\n";
    let t = with(builder(Engine::Sqlite), person).start().await;
    let own = t.application("own");
    for kind in ["username", "email"] {
        ask(&own, &[(kind, "carol@example.com"), ("password", PASSWORD)]).await.tokens();
    }
    ask(&own, &[("phone", "carol@example.com"), ("password", PASSWORD)]).await.refused("invalid_grant");
}

#[tokio::test]
async fn exactly_one_name_is_needed_and_a_password() {
    let t = server().await;
    let own = t.application("own");
    let password = ("password", PASSWORD);
    let (username, email, phone) =
        (("username", "alice"), ("email", "alice@example.com"), ("phone", "+442079460123"));
    for fields in [
        vec![password],
        vec![username, email, password],
        vec![email, phone, password],
        vec![username, email, phone, password],
        vec![("username", ""), password],
        vec![("identifier", "alice"), password],
        vec![username],
        vec![username, ("password", "")],
        vec![username, username, password],
        vec![username, password, password],
        vec![username, password, ("scope", "openid"), ("scope", "openid")],
    ] {
        ask(&own, &fields).await.refused("invalid_request");
    }
    ask(&own, &[username, password, ("scope", "a\"b")]).await.refused("invalid_scope");
    assert_eq!(t.app.hashing.hashes(), 0, "nothing of this was worth a hash");
    // An empty one counts as absent (RFC 6749 §3.2).
    ask(&own, &[username, ("email", ""), ("phone", ""), password]).await.tokens();
}

#[tokio::test]
async fn the_answer_holds_what_the_scope_yields_and_no_more() {
    let t = server().await;
    let own = t.application("own");
    let answer = alice(&own, "openid profile").await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let tokens = answer.tokens();
    let mut members: Vec<_> = tokens.answer.as_object().unwrap().keys().cloned().collect();
    members.sort();
    assert_eq!(members, ["access_token", "expires_in", "id_token", "scope", "token_type"]);
    let claims = own.verify(tokens.id.as_deref().unwrap(), "own").await;
    assert_eq!(
        (&claims["amr"], &claims["aud"], &claims["auth_time"]),
        (&json!(["pwd"]), &json!("own"), &claims["iat"])
    );
    for absent in ["nonce", "sid", "name"] {
        assert!(claims.get(absent).is_none(), "{absent} in {claims}");
    }
    assert_eq!(own.userinfo(&tokens.access).await.json()["name"], "Alice Arden");
    // Without openid there is no ID token.
    for scope in ["", "profile", "orders", "orders profile"] {
        let tokens = alice(&own, scope).await.tokens();
        assert_eq!((tokens.id, tokens.refresh), (None, None), "{scope:?}");
        assert_eq!(tokens.answer["scope"], scope);
    }
    let tokens = alice(&own, "orders").await.tokens();
    assert_eq!(part(&tokens.access, 1)["aud"], "https://orders.test");
}

#[tokio::test]
async fn a_scope_beyond_the_applications_is_dropped() {
    let t = builder(Engine::Sqlite).application("own", "scope = \"openid email\"").start().await;
    let own = t.application("own");
    let tokens = alice(&own, "openid email profile admin orders staff:all").await.tokens();
    assert_eq!(tokens.answer["scope"], "openid email orders");
    assert_eq!(part(&tokens.access, 1)["scope"], "openid email orders");
    let userinfo = own.userinfo(&tokens.access).await.json();
    assert!(userinfo.get("name").is_none() && userinfo["email"] == "alice@example.com", "{userinfo}");
}

async fn a_refresh_token_comes_when_asked_for_and_rotates(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    assert_eq!(alice(&own, "openid").await.tokens().refresh, None);
    let tokens = alice(&own, "openid offline_access").await.tokens();
    assert_eq!(tokens.answer["scope"], "openid offline_access");
    let first = tokens.refresh.unwrap();
    let second = own.refresh(&first).await.tokens();
    assert!(second.id.is_some() && own.is_active(&second.access).await);
    t.advance(Span::minutes(1));
    own.refresh(&second.refresh.clone().unwrap()).await.tokens();
    // The first one's successor was used: a theft, which ends the grant.
    own.refresh(&first).await.refused("invalid_grant");
    assert!(!own.is_active(&second.access).await);
}

#[tokio::test]
async fn only_an_application_with_the_grant_may_use_it() {
    let t = server().await;
    for name in ["every", "web", "post", "first-party", "spa", "native", "album"] {
        let hashes = t.app.hashing.hashes();
        alice(&t.application(name), "openid").await.refused("unauthorized_client");
        assert_eq!(t.app.hashing.hashes(), hashes, "{name}: the password is not even looked at");
    }
    let mut impostor = t.application("own");
    impostor.secret = Some("not-the-secret-0123456789-0123456789-0123456789".to_owned());
    let hashes = t.app.hashing.hashes();
    alice(&impostor, "openid").await.refused("invalid_client");
    impostor.client_id = "nobody".to_owned();
    alice(&impostor, "openid").await.refused("invalid_client");
    assert_eq!(t.app.hashing.hashes(), hashes);
}

#[tokio::test]
async fn a_password_of_more_than_1024_bytes_is_refused_before_it_is_hashed() {
    let t = server().await;
    let own = t.application("own");
    for bytes in [1025, 4096, 60 * 1024] {
        let answer = ask(&own, &[("username", "alice"), ("password", &"p".repeat(bytes))]).await;
        answer.refused("invalid_grant");
    }
    assert_eq!(t.app.hashing.hashes(), 0);
    ask(&own, &[("username", "alice"), ("password", &"p".repeat(1024))]).await.refused("invalid_grant");
    assert_eq!(t.app.hashing.hashes(), 1);
    let answer = ask(&own, &[("username", "alice"), ("password", &"p".repeat(70 * 1024))]).await;
    assert!(answer.status.is_client_error() && t.app.hashing.hashes() == 1, "{}", answer.status);
}

#[tokio::test]
async fn who_has_to_choose_a_new_password_is_sent_to_a_mode_that_can_show_it() {
    let t = server().await;
    let own = t.application("own");
    demand_new_password(&t, "alice").await;
    let answer = alice(&own, "openid offline_access").await;
    answer.refused("interaction_required");
    let json = answer.json();
    let sentence = json["error_description"].as_str().unwrap();
    assert!(sentence.contains("password") && sentence.contains("authorization code"), "{sentence}");
    assert_eq!(audited(&t, "grant").await, Vec::new());
    assert!(refusals(&t).await.iter().any(|(cause, by)| cause == "interaction_required" && by == "own"));
    // Only who knows the password learns that.
    ask(&own, &[("username", "alice"), ("password", "a wrong password")]).await.refused("invalid_grant");
    ask(&own, &[("username", "bob"), ("password", PASSWORD)]).await.tokens();
}

async fn it_outlives_a_sign_out_and_ends_with_the_person(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let settings = format!("access_token_format = \"{format}\"");
        let mut t = builder(engine).application("own", &settings).start().await;
        let own = t.application("own");
        let mut browser = signed_in(&t, "alice").await;
        let tokens = alice(&own, "openid orders offline_access").await.tokens();
        let plain = alice(&own, "openid orders").await.tokens();
        let hint = own.sign_in(&mut browser, "alice", "openid").await.id.unwrap();
        assert_eq!(browser.get(&format!("/oidc/session/end?id_token_hint={hint}")).await.status, 200);
        for access in [&tokens.access, &plain.access] {
            assert!(own.is_active(access).await && t.application("api").is_active(access).await);
            assert_eq!(own.userinfo(access).await.status, 200);
        }
        let tokens = own.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
        t.disable_user("alice").await;
        for access in [&tokens.access, &plain.access] {
            assert!(!own.is_active(access).await && !t.application("api").is_active(access).await);
            assert_eq!(own.userinfo(access).await.status, 401);
        }
        own.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
        alice(&own, "openid").await.refused("invalid_grant");
        t.reseed("username = \"alice\"\nenabled = false\n", "username = \"alice\"\n").await;
        own.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
        alice(&own, "openid").await.tokens();
    }
}

async fn it_ends_by_revocation_and_with_the_application(engine: Engine) {
    let mut t = builder(engine).start().await;
    let own = t.application("own");
    let (first, second) =
        (alice(&own, "openid offline_access").await.tokens(), alice(&own, "openid orders").await.tokens());
    assert_eq!(own.revoke(first.refresh.as_deref().unwrap()).await.status, 200);
    assert!(!own.is_active(&first.access).await && own.is_active(&second.access).await);
    t.disable_application("own").await;
    assert!(!t.application("api").is_active(&second.access).await);
    alice(&own, "openid").await.refused("invalid_client");
}

#[tokio::test]
async fn the_id_token_of_the_grant_is_no_proof_for_a_browser_but_names_the_person() {
    let t = server().await;
    let own = t.application("own");
    let hint = alice(&own, "openid").await.tokens().id.unwrap();
    // It signs nobody in: a browser without a session stays without one.
    let changes = [("prompt", "none"), ("id_token_hint", hint.as_str())];
    assert_eq!(own.respond_at_once(&mut t.browser(), &changes).await.error(), "login_required");
    let mut bobs = signed_in(&t, "bob").await;
    assert_eq!(own.respond_at_once(&mut bobs, &changes).await.error(), "login_required");
    let mut alices = signed_in(&t, "alice").await;
    assert!(own.respond_at_once(&mut alices, &changes).await.params.contains_key("code"));
    // And it ends nobody's session unasked: it has no sid.
    let answer = alices.get(&format!("/oidc/session/end?id_token_hint={hint}")).await;
    let silent = own.respond_at_once(&mut alices, &[("prompt", "none")]).await;
    if answer.status == 303 {
        assert!(answer.location().contains("/sign-out"), "{}", answer.location());
        assert!(silent.params.contains_key("code"));
    }
}

#[tokio::test]
async fn grants_and_refusals_say_the_real_cause_and_no_secret() {
    let people = "[[pools.users]]\nusername = \"gone\"\npassword = \"correct horse battery staple\"\nenabled = false\n";
    let t = with(builder(Engine::Sqlite), people).start().await;
    let own = t.application("own");
    alice(&own, "openid offline_access").await.tokens();
    let (client, detail) = audited(&t, "grant").await.pop().unwrap();
    assert_eq!(
        (client.as_str(), &detail["by"], &detail["offline"]),
        ("own", &json!("password"), &json!(true))
    );
    for name in ["alice", "gone", "nobody"] {
        let wrong = if name == "gone" { PASSWORD } else { "a wrong password" };
        ask(&own, &[("username", name), ("password", wrong)]).await.refused("invalid_grant");
    }
    for _ in 0..10 {
        ask(&own, &[("username", "bob"), ("password", "a wrong password")]).await;
    }
    let told = refusals(&t).await;
    for cause in ["password: name and password do not go together", "password: too many tries"] {
        let found = told.iter().any(|(c, by)| c == cause && by == "own");
        assert_eq!(found, cause.contains("go together"), "{told:?}");
    }
    assert_eq!(ask(&own, &[("username", "bob"), ("password", PASSWORD)]).await.status, 429);
    let told = refusals(&t).await;
    assert!(told.iter().any(|(c, by)| c == "password: too many tries" && by == "own"), "{told:?}");
    assert!(!format!("{told:?}").contains("wrong password") && !format!("{told:?}").contains(PASSWORD));
}

#[tokio::test]
async fn another_pool_has_other_people_and_other_applications() {
    let t = server().await;
    let other = t.application_of("staff", "web");
    ask(&other, &[("username", "alice"), ("password", PASSWORD)]).await.refused("unauthorized_client");
    let tokens = alice(&t.application("own"), "openid offline_access").await.tokens();
    assert!(!other.is_active(&tokens.access).await);
    assert_eq!(other.userinfo(&tokens.access).await.status, 401);
    other.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
}

everywhere! {
    each_kind_of_name_signs_the_same_person_in
    a_refresh_token_comes_when_asked_for_and_rotates
    it_outlives_a_sign_out_and_ends_with_the_person
    it_ends_by_revocation_and_with_the_application
}
