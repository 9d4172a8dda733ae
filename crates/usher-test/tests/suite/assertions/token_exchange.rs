//! Token exchange (RFC 8693): what may be brought, by whom, for what; and that the new token dies with the old one.

use super::support::{
    ACCESS_TOKEN, EXCHANGE, ID_TOKEN, JWT, ORDERS, at_once, cost, declared_exchanging, exchange, exchanging,
    with_applications,
};
use serde_json::{Value, json};
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Engine;
use usher_test::{Answer, Application, Browser, TestServer, Tokens, changed, forgeries, part};
use usher_types::Span;

/// Alice's tokens at `web`, for orders and userinfo.
async fn at_web(t: &TestServer, browser: &mut Browser) -> Tokens {
    t.application("web").sign_in(browser, "alice", "openid profile orders").await
}

/// The access token of an exchange.
#[track_caller]
fn given(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn a_token_is_exchanged_for_one_for_an_api(engine: Engine) {
    let t = exchanging(engine).await;
    let (gateway, api) = (t.application("gateway"), t.application("api"));
    let subject = at_web(&t, &mut t.browser()).await;
    t.advance(Span::seconds(300));
    let (answer, took) = cost(&t, exchange(&gateway, &subject.access, &[])).await;
    assert_eq!(took, (1, 1));
    let token = given(&answer);
    let body = answer.json();
    assert_eq!(body["issued_token_type"], ACCESS_TOKEN);
    assert_eq!((&body["token_type"], &body["scope"]), (&json!("Bearer"), &json!("orders")));
    assert!(body["expires_in"].as_i64().unwrap() <= 300, "never more life than the subject token: {body}");
    assert_eq!((body.get("refresh_token"), body.get("id_token")), (None, None));
    let (old, new) = (part(&subject.access, 1), part(&token, 1));
    assert_eq!(
        (&new["aud"], &new["client_id"], &new["scope"]),
        (&json!(ORDERS), &json!("gateway"), &json!("orders"))
    );
    assert_eq!((&new["sub"], &new["exp"], new.get("act")), (&old["sub"], &old["exp"], None));
    assert_eq!((&new["auth_time"], &new["acr"]), (&old["auth_time"], &old["acr"]));
    assert_ne!((&new["jti"], &new["gid"]), (&old["jti"], &old["gid"]));
    assert!(api.is_active(&token).await && gateway.is_active(&token).await);
    assert!(!t.application("web").is_active(&token).await, "it is not web's");
    assert_eq!(gateway.userinfo(&token).await.status, 401, "it is for the API alone");
    assert!(api.is_active(&subject.access).await, "an exchange spends nothing");
    t.advance(Span::seconds(300));
    assert!(!api.is_active(&token).await);
}

async fn what_ends_the_subject_token_ends_the_new_one_at_once(engine: Engine) {
    for ending in ["revoked", "signed out", "person", "web", "gateway", "itself"] {
        let mut t = exchanging(engine).await;
        let (web, gateway, api) = (t.application("web"), t.application("gateway"), t.application("api"));
        let mut browser = t.browser();
        let subject = at_web(&t, &mut browser).await;
        let once = given(&exchange(&gateway, &subject.access, &[]).await);
        let twice = given(&exchange(&t.application("agent"), &once, &[]).await);
        let thrice = given(&exchange(&t.application("clerk"), &twice, &[]).await);
        let tokens = [&once, &twice, &thrice];
        for token in tokens {
            assert!(api.is_active(token).await);
        }
        match ending {
            "revoked" => assert_eq!(web.revoke(&subject.access).await.status, 200),
            "signed out" => {
                let hint = subject.id.as_ref().unwrap();
                browser.get(&format!("/oidc/session/end?id_token_hint={hint}")).await;
            }
            "person" => t.disable_user("alice").await,
            "itself" => assert_eq!(gateway.revoke(&once).await.status, 200),
            application => t.disable_application(application).await,
        }
        for token in tokens {
            assert!(!api.is_active(token).await, "{ending}");
        }
        let still = matches!(ending, "gateway" | "itself");
        assert_eq!(api.is_active(&subject.access).await, still, "{ending}");
        for (id, token) in [("agent", &once), ("clerk", &thrice)] {
            exchange(&t.application(id), token, &[]).await.refused("invalid_request");
        }
    }
}

async fn exchanges_and_a_revocation_at_once_leave_nothing_alive(engine: Engine) {
    let t = exchanging(engine).await;
    let (web, gateway, api) = (t.application("web"), t.application("gateway"), t.application("api"));
    let mut browser = t.browser();
    for _ in 0..8 {
        let subject = at_web(&t, &mut browser).await.access;
        let answers = at_once(9, |number| {
            let (web, gateway, subject) = (web.clone(), gateway.clone(), subject.clone());
            async move {
                if number == 4 { web.revoke(&subject).await } else { exchange(&gateway, &subject, &[]).await }
            }
        })
        .await;
        for (number, answer) in answers.iter().enumerate().filter(|(number, _)| *number != 4) {
            if answer.status == 200 {
                assert!(!api.is_active(&given(answer)).await, "{number}");
            } else {
                answer.refused("invalid_request");
            }
        }
    }
}

async fn only_living_tokens_of_those_it_may_speak_for_are_taken(engine: Engine) {
    let mut t = exchanging(engine).await;
    let (web, gateway) = (t.application("web"), t.application("gateway"));
    let mut browser = t.browser();
    let subject = web.sign_in(&mut browser, "alice", "openid profile orders offline_access").await;
    let refused = async |name: &str, token: &str, changes: &[(&str, &str)]| {
        let answer = exchange(&gateway, token, changes).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (400, &json!("invalid_request")),
            "{name}"
        );
    };
    let staff = t.application_of("staff", "web").sign_in(&mut t.browser(), "alice", "openid").await;
    let post = t.application("post").sign_in(&mut browser, "alice", "openid").await;
    for (name, token) in [
        ("another pool's", &staff.access),
        ("issued to an application that is not named", &post.access),
        ("an ID token", subject.id.as_ref().unwrap()),
        ("a refresh token", subject.refresh.as_ref().unwrap()),
        ("a secret", &"web-secret-0123456789-0123456789-0123456789".to_owned()),
        ("cut off", &subject.access[..subject.access.len() - 1].to_owned()),
    ] {
        refused(name, token, &[]).await;
        refused(name, token, &[("subject_token_type", JWT)]).await;
    }
    for kind in [ID_TOKEN] {
        refused("an access token as another kind", &subject.access, &[("subject_token_type", kind)]).await;
    }
    let keys = web.get("/oidc/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().clone();
    for (name, forged) in forgeries(&subject.access, &keys) {
        refused(&name, &forged, &[]).await;
        refused(&name, &forged, &[("subject_token_type", ID_TOKEN)]).await;
    }
    for (name, forged) in forgeries(subject.id.as_ref().unwrap(), &keys) {
        refused(&name, &forged, &[("subject_token_type", ID_TOKEN)]).await;
    }
    // Its own need not be named, and neither need what names it as an API.
    let own = gateway.sign_in(&mut browser, "alice", "openid orders").await;
    given(&exchange(&gateway, &own.access, &[]).await);
    given(&exchange(&gateway, &subject.access, &[("subject_token_type", JWT)]).await);
    let revoked = at_web(&t, &mut browser).await;
    assert_eq!(web.revoke(&revoked.access).await.status, 200);
    refused("revoked", &revoked.access, &[]).await;
    t.advance(Span::seconds(601));
    refused("expired", &subject.access, &[]).await;
    let fresh = web.refresh(subject.refresh.as_ref().unwrap()).await.tokens();
    given(&exchange(&gateway, &fresh.access, &[]).await);
    t.disable_application("web").await;
    refused("its application is disabled", &fresh.access, &[]).await;
    t.disable_user("alice").await;
    refused("its person is disabled", &own.access, &[]).await;
}

async fn an_api_exchanges_what_was_sent_to_it_and_opaque_tokens_too(engine: Engine) {
    let api = "client_id = \"api\"\n";
    let t = with_applications(
        TestServer::builder().engine(engine).application("web", "access_token_format = \"opaque\""),
        &declared_exchanging(),
    )
    .edit("grant_types = []", &format!("grant_types = [\"{EXCHANGE}\"]"))
    .edit(
        api,
        &format!("{api}access_token_format = \"opaque\"\nscopes = [{{ name = \"orders\", audience = \"https://bills.test\" }}]\ntoken_exchange = {{ audiences = [\"https://bills.test\"], impersonation = true }}\n"),
    )
    .start()
    .await;
    let (api, gateway) = (t.application("api"), t.application("gateway"));
    let subject = at_web(&t, &mut t.browser()).await.access;
    assert_eq!(subject.split('.').count(), 2, "an opaque one");
    let token = given(&exchange(&api, &subject, &[("audience", "https://bills.test")]).await);
    assert_eq!(api.introspect(&token).await["aud"], "https://bills.test");
    let jwt = exchange(&gateway, &subject, &[("subject_token_type", JWT)]).await;
    jwt.refused("invalid_request");
    given(&exchange(&gateway, &subject, &[]).await);
    assert_eq!(t.application("web").revoke(&subject).await.status, 200);
    assert!(!api.is_active(&token).await);
}

async fn an_id_token_gives_what_the_person_has_consented_to(engine: Engine) {
    let mut t = exchanging(engine).await;
    let (gateway, api) = (t.application("gateway"), t.application("api"));
    let mut browser = t.browser();
    let subject = at_web(&t, &mut browser).await.id.unwrap();
    let kind = ("subject_token_type", ID_TOKEN);
    exchange(&gateway, &subject, &[kind]).await.refused("invalid_request");
    gateway.sign_in(&mut browser, "alice", "openid any").await;
    exchange(&gateway, &subject, &[kind, ("scope", "orders")]).await.refused("invalid_scope");
    gateway.sign_in(&mut browser, "alice", "openid orders").await;
    let (answer, took) = cost(&t, exchange(&gateway, &subject, &[kind, ("scope", "orders")])).await;
    let token = given(&answer);
    assert_eq!(took, (1, 1));
    assert_eq!(part(&token, 1)["auth_time"], part(&subject, 1)["auth_time"]);
    assert!(api.is_active(&token).await);
    let post = t.application("post").sign_in(&mut browser, "alice", "openid").await.id.unwrap();
    exchange(&gateway, &post, &[kind]).await.refused("invalid_request");
    browser.get(&format!("/oidc/session/end?id_token_hint={subject}")).await;
    assert!(!api.is_active(&token).await, "the session has ended");
    exchange(&gateway, &subject, &[kind]).await.refused("invalid_request");
    let mut browser = t.browser();
    let subject = at_web(&t, &mut browser).await.id.unwrap();
    let token = given(&exchange(&gateway, &subject, &[kind, ("scope", "orders")]).await);
    t.disable_user("alice").await;
    assert!(!api.is_active(&token).await);
    exchange(&gateway, &subject, &[kind]).await.refused("invalid_request");
}

#[tokio::test]
async fn parameters_that_are_missing_or_wrong_are_told() {
    let t = exchanging(Engine::Sqlite).await;
    let gateway = t.application("gateway");
    let subject = at_web(&t, &mut t.browser()).await.access;
    for changes in [
        vec![("subject_token", "")],
        vec![("subject_token_type", "")],
        vec![("subject_token_type", "access_token")],
        vec![("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token")],
        vec![("subject_token_type", "urn:ietf:params:oauth:token-type:saml2")],
        vec![("requested_token_type", ID_TOKEN)],
        vec![("requested_token_type", JWT)],
        vec![("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")],
        vec![("actor_token", &subject)],
        vec![("actor_token_type", ACCESS_TOKEN)],
        vec![("actor_token", &subject), ("actor_token_type", ID_TOKEN)],
        vec![("subject_token", &subject), ("subject_token", &subject)],
    ] {
        exchange(&gateway, &subject, &changes).await.refused("invalid_request");
    }
    given(&exchange(&gateway, &subject, &[("requested_token_type", ACCESS_TOKEN)]).await);
    for id in ["web", "post", "first-party"] {
        exchange(&t.application(id), &subject, &[]).await.refused("unauthorized_client");
    }
}

#[tokio::test]
async fn targets_and_scope_never_grow() {
    let t = exchanging(Engine::Sqlite).await;
    let gateway = t.application("gateway");
    let subject = at_web(&t, &mut t.browser()).await.access;
    let issuer = t.issuer();
    for target in [
        "https://stock.test",
        "https://other.test",
        &issuer,
        "https://orders.test/",
        "HTTPS://ORDERS.TEST",
        "gateway",
        "*",
    ] {
        for name in ["audience", "resource"] {
            let alone = [("audience", ""), (name, target)];
            exchange(&gateway, &subject, &alone[usize::from(name == "audience")..])
                .await
                .refused("invalid_target");
            let beside = [("audience", ORDERS), (name, target)];
            exchange(&gateway, &subject, &beside).await.refused("invalid_target");
        }
    }
    // Without a target, the scope decides for whom it is: openid would be for this server.
    exchange(&gateway, &subject, &[("audience", "")]).await.refused("invalid_target");
    // What is wrong with the target is told before what is wrong with the scope.
    let both = [("audience", "https://elsewhere.test"), ("scope", "never")];
    exchange(&gateway, &subject, &both).await.refused("invalid_target");
    let by_scope = given(&exchange(&gateway, &subject, &[("audience", ""), ("scope", "orders")]).await);
    assert_eq!(part(&by_scope, 1)["aud"], ORDERS);
    let two = given(
        &exchange(
            &gateway,
            &subject,
            &[("audience", ORDERS), ("resource", "https://bills.test"), ("audience", ORDERS)],
        )
        .await,
    );
    assert_eq!(part(&two, 1)["aud"], json!(["https://bills.test", ORDERS]));
    for scope in [
        "stock",
        "orders stock",
        "any",
        "email",
        "openid",
        "offline_access",
        "orders offline_access",
        "admin",
    ] {
        exchange(&gateway, &subject, &[("scope", scope)]).await.refused("invalid_scope");
    }
    // A part of the subject token's scope, and then no more than that part.
    let less = t.application("web").sign_in(&mut t.browser(), "alice", "openid").await.access;
    exchange(&gateway, &less, &[("scope", "orders")]).await.refused("invalid_scope");
    assert_eq!(part(&given(&exchange(&gateway, &less, &[]).await), 1)["scope"], "");
}

#[tokio::test]
async fn who_acts_is_named_and_stays_named() {
    let t = exchanging(Engine::Sqlite).await;
    let [gateway, agent, clerk, api] = ["gateway", "agent", "clerk", "api"].map(|id| t.application(id));
    let subject = at_web(&t, &mut t.browser()).await.access;
    let act = |token: &str| part(token, 1)["act"].clone();
    let by_agent = given(&exchange(&agent, &subject, &[]).await);
    assert_eq!(act(&by_agent), json!({ "sub": "agent" }));
    assert_eq!(api.introspect(&by_agent).await["act"], json!({ "sub": "agent" }));
    let by_clerk = given(&exchange(&clerk, &by_agent, &[]).await);
    assert_eq!(act(&by_clerk), json!({ "sub": "clerk", "act": { "sub": "agent" } }));
    // Who impersonates washes nobody clean.
    let laundered = given(&exchange(&gateway, &by_clerk, &[]).await);
    assert_eq!(act(&laundered), act(&by_clerk));
    exchange(&agent, &laundered, &[]).await.refused("invalid_request");

    let bob = agent.sign_in(&mut t.browser(), "bob", "openid").await;
    let actor = |token: &str| {
        [
            ("actor_token".to_owned(), token.to_owned()),
            ("actor_token_type".to_owned(), ACCESS_TOKEN.to_owned()),
        ]
    };
    let with = async |app: &Application, token: &str| {
        let fields = actor(token);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        exchange(app, &subject, &fields).await
    };
    let by_bob = given(&with(&agent, &bob.access).await);
    assert_eq!(act(&by_bob), json!({ "sub": part(&bob.access, 1)["sub"] }));
    // A program that acts for itself, by a token without a person.
    let own = async |app: &Application| {
        given(&app.post("/oidc/token", &[("grant_type", "client_credentials"), ("scope", "any")]).await)
    };
    let (of_agent, of_clerk) = (own(&agent).await, own(&clerk).await);
    assert_eq!(act(&given(&with(&agent, &of_agent).await)), json!({ "sub": "agent" }));
    exchange(&agent, &of_agent, &[]).await.refused("invalid_request");
    let alice = agent.sign_in(&mut t.browser(), "alice", "openid").await;
    for (name, app, token) in [
        ("delegation is off", &gateway, &bob.access),
        ("issued to another application", &clerk, &bob.access),
        ("another application's own", &agent, &of_clerk),
        ("the person themself", &agent, &alice.access),
        ("an ID token", &agent, bob.id.as_ref().unwrap()),
        ("the subject token", &agent, &subject),
        ("nothing", &agent, &"x".to_owned()),
    ] {
        let answer = with(app, token).await;
        assert_eq!(answer.json()["error"], "invalid_request", "{name}: {}", answer.text());
    }
    assert_eq!(agent.revoke(&bob.access).await.status, 200);
    with(&agent, &bob.access).await.refused("invalid_request");
}

#[tokio::test]
async fn may_act_names_who_may() {
    let t = exchanging(Engine::Sqlite).await;
    let (gateway, agent) = (t.application("gateway"), t.application("agent"));
    let subject = at_web(&t, &mut t.browser()).await.access;
    let snapshot = t.app.snapshot();
    let key =
        snapshot.pool(None).unwrap().keys.signing(SigningAlgorithm::Rs256, t.app.world.clock.now()).unwrap();
    let issuer = t.issuer();
    for (may_act, fine) in [
        (json!({ "sub": "agent" }), true),
        (json!({ "sub": "agent", "iss": issuer }), true),
        (json!({ "client_id": "agent" }), true),
        (json!({ "sub": "gateway" }), false),
        (json!({ "sub": "agent", "iss": "https://other.test" }), false),
        (json!({ "sub": "agent", "email": "agent@example.com" }), false),
        (json!({ "sub": ["agent"] }), false),
        (json!({}), false),
        (json!([]), false),
        (json!("agent"), false),
        (Value::Bool(true), false),
    ] {
        let token = key.sign("at+jwt", &changed(&part(&subject, 1), &json!({ "may_act": may_act }))).unwrap();
        let answer = exchange(&agent, &token, &[]).await;
        assert_eq!(answer.status == 200, fine, "{may_act}: {}", answer.text());
        if fine {
            exchange(&gateway, &token, &[]).await.refused("invalid_request");
        }
    }
}

on_both_engines! {
    what_ends_the_subject_token_ends_the_new_one_at_once
    only_living_tokens_of_those_it_may_speak_for_are_taken
    an_api_exchanges_what_was_sent_to_it_and_opaque_tokens_too
    an_id_token_gives_what_the_person_has_consented_to
}

everywhere! {
    a_token_is_exchanged_for_one_for_an_api
    exchanges_and_a_revocation_at_once_leave_nothing_alive
}
