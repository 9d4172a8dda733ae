//! The code of a hybrid response (OpenID Connect Core §3.3): exchanged, it yields what the code flow yields, and everything that protects
//! a code protects it.

use super::support::{builder, half_hash, part, refusals, server, signed_in};
use usher_store::Engine;
use usher_test::{Application, Browser, Response, TestServer, VERIFIER};

const HYBRID: [&str; 3] = ["code id_token", "code token", "code id_token token"];

async fn ask(app: &Application, browser: &mut Browser, kind: &str) -> Response {
    app.respond(browser, "alice", &[("response_type", kind)]).await
}

async fn its_code_yields_what_a_code_yields(engine: Engine) {
    let t = builder(engine).start().await;
    for name in ["every", "own", "album"] {
        let (app, mut browser) = (t.application(name), t.browser());
        let plain = app.sign_in(&mut browser, "alice", "openid").await;
        let mut usual: Vec<&String> = plain.answer.as_object().unwrap().keys().collect();
        usual.sort();
        for kind in HYBRID {
            let r = ask(&app, &mut browser, kind).await;
            let tokens = app.exchange(r.get("code")).await.tokens();
            let mut members: Vec<&String> = tokens.answer.as_object().unwrap().keys().collect();
            members.sort();
            assert_eq!(members, usual, "{name} {kind}");
            let claims = app.verify(tokens.id.as_deref().unwrap(), name).await;
            assert_eq!(claims["nonce"], "a nonce");
            assert_eq!(claims["at_hash"], half_hash(&tokens.access, "RS256"));
            assert!(claims.get("c_hash").is_none() && claims.get("s_hash").is_none(), "{name} {kind}");
            if let Some(first) = r.params.get("id_token") {
                // OpenID Connect Core §3.3.3.6: "iss and sub … MUST be identical in both ID Tokens".
                let front = app.verify(first, name).await;
                for same in ["iss", "sub", "aud", "auth_time", "sid", "acr", "amr", "nonce"] {
                    assert_eq!(front[same], claims[same], "{same} of {name} {kind}");
                }
                assert_eq!(front["c_hash"], half_hash(r.get("code"), "RS256"));
            }
            if let Some(access) = r.params.get("access_token") {
                assert_ne!(part(access, 1)["jti"], part(&tokens.access, 1)["jti"]);
                assert!(t.application("every").userinfo(access).await.status == 200, "{name} {kind}");
            }
        }
    }
}

async fn its_code_is_spent_once_and_a_replay_takes_back_what_it_gave(engine: Engine) {
    let t = builder(engine).start().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in HYBRID {
        let r = ask(&own, &mut browser, kind).await;
        let tokens = own.exchange(r.get("code")).await.tokens();
        assert!(own.is_active(&tokens.access).await);
        own.exchange(r.get("code")).await.refused("invalid_grant");
        assert!(!own.is_active(&tokens.access).await, "{kind}");
    }
}

async fn of_many_exchanges_at_once_one_succeeds(engine: Engine) {
    let t = builder(engine).start().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    let r = ask(&own, &mut browser, "code id_token token").await;
    let exchanges: Vec<_> = (0..32)
        .map(|_| {
            let (own, code) = (own.clone(), r.get("code").to_owned());
            tokio::spawn(async move { own.exchange(&code).await })
        })
        .collect();
    let mut won = Vec::new();
    for exchange in exchanges {
        let answer = exchange.await.unwrap();
        if answer.status == 200 {
            won.push(answer.tokens());
        } else {
            answer.refused("invalid_grant");
        }
    }
    assert_eq!(won.len(), 1);
    assert!(!own.is_active(&won[0].access).await, "the losers are replays");
}

#[tokio::test]
async fn a_code_of_another_application_or_with_another_address_is_burnt() {
    let t = server().await;
    let (own, every) = (t.application("own"), t.application("every"));
    let mut browser = signed_in(&t, "alice").await;
    for kind in HYBRID {
        let r = ask(&own, &mut browser, kind).await;
        every.exchange(r.get("code")).await.refused("invalid_grant");
        own.exchange(r.get("code")).await.refused("invalid_grant");
        let r = ask(&own, &mut browser, kind).await;
        own.exchange_with(r.get("code"), &[("redirect_uri", "https://owned.test/other")])
            .await
            .refused("invalid_grant");
        own.exchange(r.get("code")).await.refused("invalid_grant");
        if let Some(access) = r.params.get("access_token") {
            assert!(own.is_active(access).await, "the access token beside a burnt code is the browser's");
        }
    }
}

/// RFC 9700 §2.1.1 and attack class 12: a downgrade.
#[tokio::test]
async fn a_public_application_needs_pkce_for_a_hybrid_code_and_only_for_one() {
    let t = server().await;
    let album = t.application("album");
    let mut browser = t.browser();
    for kind in HYBRID.into_iter().chain(["code"]) {
        for changes in [
            vec![("code_challenge", ""), ("code_challenge_method", "")],
            vec![("code_challenge_method", "plain")],
            vec![("code_challenge_method", "")],
            vec![("code_challenge", VERIFIER)],
        ] {
            let changes: Vec<_> = changes.into_iter().chain([("response_type", kind)]).collect();
            let r = album.respond_at_once(&mut t.browser(), &changes).await;
            assert_eq!(r.error(), "invalid_request", "{changes:?}");
            assert_eq!(r.mode, if kind == "code" { "query" } else { "fragment" });
        }
        let r = ask(&album, &mut browser, kind).await;
        album.exchange_with(r.get("code"), &[("code_verifier", "")]).await.refused("invalid_grant");
        let r = ask(&album, &mut browser, kind).await;
        let wrong = VERIFIER.replace('a', "b");
        album.exchange_with(r.get("code"), &[("code_verifier", &wrong)]).await.refused("invalid_grant");
        let r = ask(&album, &mut browser, kind).await;
        assert!(album.exchange(r.get("code")).await.status == 200, "{kind}");
    }
    for kind in ["id_token", "id_token token", "none"] {
        let changes = [("code_challenge", ""), ("code_challenge_method", ""), ("response_type", kind)];
        let r = album.respond(&mut browser, "alice", &changes).await;
        assert!(!r.params.contains_key("error"), "{kind}: there is no code to protect: {r:?}");
    }
}

#[tokio::test]
async fn a_verifier_without_a_challenge_before_is_refused() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in HYBRID {
        let r = ask(&own, &mut browser, kind).await;
        own.exchange_with(r.get("code"), &[("code_verifier", VERIFIER)]).await.refused("invalid_grant");
        let causes = refusals(&t).await;
        assert!(
            causes.iter().any(|(cause, _)| cause.contains("code_verifier without a code_challenge")),
            "{causes:?}"
        );
    }
}

#[tokio::test]
async fn a_hybrid_code_brings_a_refresh_token_under_the_same_conditions_as_any_code() {
    let t = server().await;
    let every = t.application("every");
    let mut browser = t.browser();
    for kind in HYBRID {
        // Bob allowed openid alone before, and is not asked again.
        let mut fresh = t.browser();
        every.respond(&mut fresh, "bob", &[]).await;
        let without = [("response_type", kind), ("scope", "openid offline_access")];
        let r = every.respond_at_once(&mut fresh, &without).await;
        let tokens = every.exchange(r.get("code")).await.tokens();
        assert_eq!(tokens.refresh, None, "{kind}: nobody consented to offline access");
        let with = [("response_type", kind), ("scope", "openid offline_access"), ("prompt", "consent")];
        let r = every.respond(&mut browser, "alice", &with).await;
        let tokens = every.exchange(r.get("code")).await.tokens();
        let again = every.refresh(tokens.refresh.as_deref().expect("a refresh token")).await.tokens();
        assert_eq!(part(again.id.as_deref().unwrap(), 1)["nonce"], "a nonce");
    }
}

#[tokio::test]
async fn the_answer_none_gives_nothing_that_could_be_used() {
    let t: TestServer = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    let grants = "SELECT COUNT(*) FROM grants";
    let tickets = "SELECT COUNT(*) FROM tickets WHERE kind = 'code'";
    let count = async |sql| t.app.store.list(sql, Vec::new()).await.unwrap()[0].get::<i64>(0).unwrap();
    let before = (count(grants).await, count(tickets).await);
    let r = own.respond_at_once(&mut browser, &[("response_type", "none")]).await;
    r.has_exactly(&["state", "iss"]);
    assert_eq!((count(grants).await, count(tickets).await), before);
}

everywhere! {
    its_code_yields_what_a_code_yields
    its_code_is_spent_once_and_a_replay_takes_back_what_it_gave
    of_many_exchanges_at_once_one_succeeds
}
