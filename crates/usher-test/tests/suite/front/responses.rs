//! What an authorization response carries and by which way it comes: every response type by every response mode, whatever had to be
//! asked before. OpenID Connect Core §3.2.2, §3.3.2, OAuth 2.0 Multiple Response Types §2 to §5.

use super::support::{
    MODES, TYPES, builder, by_front_channel, delivery, expected, response, server, signed_in, with_people,
};
use usher_store::Engine;
use usher_test::{Application, Browser, Response, TestServer};

/// What a success of a kind must look like; `code` and tokens are usable, which other tests look at.
#[track_caller]
fn is_success(r: &Response, kind: &str, mode: &str, issuer: &str) {
    assert_eq!(r.mode, delivery(kind, mode), "{kind} by {mode:?}: {r:?}");
    r.has_exactly(&expected(kind));
    assert_eq!((r.get("state"), r.get("iss")), ("a state", issuer));
    let target = if r.mode == "web_message" { "https://every.test" } else { "https://every.test/cb" };
    assert_eq!(r.target, target);
    if kind.split(' ').any(|word| word == "token") {
        assert_eq!((r.get("token_type"), r.get("expires_in")), ("Bearer", "600"));
        assert_eq!(r.get("scope"), "openid profile");
    }
}

#[track_caller]
fn is_refusal(r: &Response, error: &str, kind: &str, mode: &str, issuer: &str) {
    assert_eq!(r.mode, delivery(kind, mode), "{kind} by {mode:?}: {r:?}");
    assert_eq!(r.error(), error, "{kind} by {mode:?}: {r:?}");
    r.has_exactly(&["error", "error_description", "state", "iss"]);
    assert_eq!((r.get("state"), r.get("iss")), ("a state", issuer));
}

/// Every combination of one response type: each mode × signed in or not × allowed before or not, and the same without pages.
async fn every_mode_of(kind: &str) {
    let t = with_people(builder(Engine::Sqlite), 2 * MODES.len()).start().await;
    let (every, issuer) = (t.application("every"), t.issuer());
    for (n, mode) in MODES.into_iter().enumerate() {
        let changes = [("response_type", kind), ("response_mode", mode), ("scope", "openid profile")];
        let silent: Vec<_> = changes.into_iter().chain([("prompt", "none")]).collect();
        if mode == "query" && by_front_channel(kind) {
            // Multiple Response Types §3 and §5: tokens are never in a query, and neither is the error that says so.
            let r = every.respond_at_once(&mut t.browser(), &changes).await;
            is_refusal(&r, "invalid_request", kind, mode, &issuer);
            continue;
        }
        let (first, second) = (format!("p{}", 2 * n), format!("p{}", 2 * n + 1));
        // Nobody here, nothing allowed.
        let mut browser = t.browser();
        is_refusal(
            &every.respond_at_once(&mut browser, &silent).await,
            "login_required",
            kind,
            mode,
            &issuer,
        );
        let sign_in = browser.open(&every.request(&changes)).await.page();
        assert!(sign_in.has("#sign-in"));
        is_success(&every.respond(&mut browser, &first, &changes).await, kind, mode, &issuer);
        // Here, and allowed before.
        is_success(&every.respond_at_once(&mut browser, &changes).await, kind, mode, &issuer);
        is_success(&every.respond_at_once(&mut browser, &silent).await, kind, mode, &issuer);
        // Allowed before, but elsewhere: the sign-in is all that is asked.
        let mut elsewhere = t.browser();
        let page = elsewhere.open(&every.request(&changes)).await.page();
        let fields = [("identifier", first.as_str()), ("password", usher_test::PASSWORD)];
        let arrival = elsewhere.submit(&page, &fields).await;
        is_success(&Response::of(&arrival).expect("no more questions"), kind, mode, &issuer);
        // Here, and not allowed.
        let mut other = signed_in(&t, &second).await;
        is_refusal(
            &every.respond_at_once(&mut other, &silent).await,
            "consent_required",
            kind,
            mode,
            &issuer,
        );
        let page = other.open(&every.request(&changes)).await.page();
        assert!(page.has("#allow"), "{}", page.path);
        let denied = Response::of(&other.submit(&page, &[("decision", "deny")]).await).unwrap();
        is_refusal(&denied, "access_denied", kind, mode, &issuer);
        is_success(&every.respond(&mut other, &second, &changes).await, kind, mode, &issuer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_comes_by_every_mode() {
    every_mode_of("code").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_comes_by_every_mode_but_query() {
    every_mode_of("id_token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_tokens_come_by_every_mode_but_query() {
    every_mode_of("id_token token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_with_an_id_token_comes_by_every_mode_but_query() {
    every_mode_of("code id_token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_with_an_access_token_comes_by_every_mode_but_query() {
    every_mode_of("code token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_three_come_by_every_mode_but_query() {
    every_mode_of("code id_token token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_by_every_mode() {
    every_mode_of("none").await;
}

/// Every order in which the words of a response type can stand.
fn orders(kind: &str) -> Vec<String> {
    match kind.split(' ').collect::<Vec<_>>().as_slice() {
        [a] => vec![(*a).to_owned()],
        [a, b] => vec![format!("{a} {b}"), format!("{b} {a}")],
        [a, b, c] => [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
            .into_iter()
            .map(|[x, y, z]| format!("{x} {y} {z}"))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_order_of_words_does_not_matter() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in TYPES {
        for order in orders(kind) {
            let r = own.respond_at_once(&mut browser, &[("response_type", &order)]).await;
            r.has_exactly(&expected(kind));
        }
    }
}

#[tokio::test]
async fn what_is_no_response_type_is_refused_by_the_way_that_its_words_ask_for() {
    let t = server().await;
    let own = t.application("own");
    for (wrong, way) in [
        ("token", "fragment"),
        ("code none", "query"),
        ("none id_token", "fragment"),
        ("code code", "query"),
        ("id_token id_token", "fragment"),
        ("CODE", "query"),
        ("code  id_token", "fragment"),
        (" code", "query"),
        ("code token ", "fragment"),
        ("device_code", "query"),
        ("code,token", "query"),
    ] {
        let r = own.respond_at_once(&mut t.browser(), &[("response_type", wrong)]).await;
        assert_eq!((r.mode, r.error()), (way, "unsupported_response_type"), "{wrong:?}");
        r.has_exactly(&["error", "error_description", "state", "iss"]);
        for kind in TYPES {
            assert!(r.get("error_description").contains(kind), "{kind} is not among what is possible");
        }
    }
    let r = own.respond_at_once(&mut t.browser(), &[("response_type", "")]).await;
    assert_eq!((r.mode, r.error()), ("query", "invalid_request"));
}

#[tokio::test]
async fn an_unknown_or_repeated_mode_is_refused_by_the_usual_way() {
    let t = server().await;
    let own = t.application("own");
    for kind in TYPES {
        let usual = delivery(kind, "");
        for mode in ["jwt", "QUERY", "fragment ", "form-post", "okta_post_message"] {
            let r = own
                .respond_at_once(&mut t.browser(), &[("response_type", kind), ("response_mode", mode)])
                .await;
            assert_eq!((r.mode, r.error()), (usual, "invalid_request"), "{kind} by {mode}");
        }
        for twice in
            ["&response_mode=fragment&response_mode=form_post", "&response_type=code&response_mode=fragment"]
        {
            let request = format!("{}{twice}", own.request(&[("response_type", kind)]));
            let answer = t.browser().get(&request).await;
            assert_eq!(response(&answer).error(), "invalid_request", "{kind} with {twice}");
        }
    }
}

#[tokio::test]
async fn a_parameter_of_the_code_flow_given_twice_is_refused_whatever_is_asked_for() {
    let t = server().await;
    let own = t.application("own");
    for kind in TYPES {
        for name in
            ["code_challenge", "code_challenge_method", "nonce", "scope", "prompt", "state", "max_age"]
        {
            let request =
                format!("{}&{name}=x&{name}=x", own.request(&[("response_type", kind), (name, "")]));
            let answer = t.browser().get(&request).await;
            assert_eq!(response(&answer).error(), "invalid_request", "{kind} with {name} twice");
        }
    }
}

#[tokio::test]
async fn without_state_there_is_none_in_the_response_and_no_hash_of_it() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in TYPES {
        let r = own.respond_at_once(&mut browser, &[("response_type", kind), ("state", "")]).await;
        let names: Vec<&str> = expected(kind).into_iter().filter(|n| *n != "state").collect();
        r.has_exactly(&names);
        if let Some(token) = r.params.get("id_token") {
            assert!(own.verify(token, "own").await.get("s_hash").is_none(), "{kind}");
        }
        let changes = [("response_type", kind), ("state", ""), ("prompt", "none login")];
        own.respond_at_once(&mut browser, &changes).await.has_exactly(&["error", "error_description", "iss"]);
    }
}

#[tokio::test]
async fn an_id_token_by_the_front_channel_needs_a_nonce_and_openid() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in TYPES {
        let needs = kind.contains("id_token");
        for (changes, error) in [
            ([("response_type", kind), ("nonce", "")], "invalid_request"),
            ([("response_type", kind), ("scope", "profile")], "invalid_scope"),
        ] {
            let r = own.respond_at_once(&mut browser, &changes).await;
            if needs {
                assert_eq!(r.error(), error, "{changes:?}");
            } else {
                r.has_exactly(&expected(kind));
            }
        }
    }
    // An application that may not ask for openid gets no ID token by saying openid.
    let t = TestServer::builder()
        .application(
            "first-party",
            "scope = \"profile\"\ngrant_types = [\"implicit\"]\nresponse_types = [\"id_token\", \"id_token token\"]",
        )
        .start()
        .await;
    for kind in ["id_token", "id_token token"] {
        let r =
            t.application("first-party").respond_at_once(&mut t.browser(), &[("response_type", kind)]).await;
        assert_eq!(r.error(), "invalid_scope");
    }
}

/// Asks for a refresh token with everything that could bring one.
async fn asks_for_refresh(app: &Application, browser: &mut Browser, kind: &str) -> Response {
    let changes =
        [("response_type", kind), ("scope", "openid profile offline_access"), ("prompt", "consent")];
    app.respond(browser, "alice", &changes).await
}

#[tokio::test]
async fn no_refresh_token_leaves_by_the_front_channel_whatever_is_asked() {
    let t = server().await;
    for name in ["every", "own", "album"] {
        let (app, mut browser) = (t.application(name), t.browser());
        for kind in TYPES {
            let r = asks_for_refresh(&app, &mut browser, kind).await;
            r.has_exactly(&expected(kind));
            if let Some(scope) = r.params.get("scope") {
                assert_eq!(scope, "openid profile", "{name} {kind}: nothing here can be refreshed");
            }
            if let Some(token) = r.params.get("access_token") {
                assert_eq!(super::support::part(token, 1)["scope"], "openid profile");
                // Neither is the access token a refresh token, nor what it belongs to.
                app.refresh(token).await.refused("invalid_grant");
            }
            if let Some(code) = r.params.get("code") {
                assert!(app.exchange(code).await.tokens().refresh.is_some(), "{name} {kind}");
            }
        }
    }
}

/// Attack class 7: a browser carries a fragment over redirects, so that somebody else's could arrive beside a response, or a response
/// at somebody else's.
#[tokio::test]
async fn a_fragment_holds_exactly_the_response_and_stays_out_of_the_query() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in TYPES {
        for prompt in ["", "none login"] {
            let changes = [("response_type", kind), ("response_mode", "fragment"), ("prompt", prompt)];
            let target = browser.get(&own.request(&changes)).await.location();
            assert!(target.starts_with("https://owned.test/cb#"), "{target}");
            assert_eq!(target.matches('#').count(), 1, "{target}");
        }
        // Where the response is in a query, an empty fragment ends what the browser would carry over (RFC 9110 §10.2.2).
        if !by_front_channel(kind) {
            let target = browser.get(&own.request(&[("response_type", kind)])).await.location();
            assert!(target.ends_with('#'), "{target}");
        }
    }
    let state = "x#access_token=y&code=z";
    let changes = [("response_type", "id_token"), ("state", state)];
    assert_eq!(own.respond_at_once(&mut browser, &changes).await.get("state"), state);
}

#[tokio::test]
async fn a_registered_querys_own_parameters_never_look_like_the_response() {
    let t = TestServer::builder()
        .application(
            "first-party",
            "grant_types = [\"authorization_code\", \"implicit\"]\nresponse_types = [\"code\", \"id_token token\", \"none\"]",
        )
        .edit(
            "[\"https://own.test/cb\"]",
            "[\"https://own.test/cb?access_token=x&id_token=y&error=z&keep=1&iss=evil&token_type=mac\"]",
        )
        .start()
        .await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    own.respond(&mut browser, "alice", &[]).await;
    for (kind, mode) in
        [("code", "query"), ("id_token token", "fragment"), ("code", "form_post"), ("none", "query")]
    {
        let changes = [("response_type", kind), ("response_mode", mode), ("prompt", "none")];
        let mut r = own.respond_at_once(&mut browser, &changes).await;
        if r.mode == "query" {
            assert_eq!(r.params.remove("keep").as_deref(), Some("1"));
        } else {
            assert_eq!(r.target, "https://own.test/cb?keep=1", "{kind} by {mode}");
        }
        r.has_exactly(&expected(kind));
        assert_eq!(r.get("iss"), t.issuer());
    }
}
