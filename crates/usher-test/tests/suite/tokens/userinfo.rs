//! UserInfo (OpenID Connect Core §5.3, RFC 6750): the ways to ask, and what a scope or a single claim yields.

use super::support::{FORM, get, id_token, members, part, post, post_body, refresh_token};
use http::StatusCode;
use serde_json::json;
use usher_test::{Answer, TestServer};
use usher_types::Span;

const ME: &str = "/oidc/me";

/// RFC 6750 §3: the code stands in the challenge, too.
#[track_caller]
fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
    answer.refused(error);
}

#[tokio::test]
async fn get_and_post_with_the_header_or_the_body_give_the_same() {
    let t = TestServer::start().await;
    let tokens = t.application("web").sign_in(&mut t.browser(), "alice", "openid email").await;
    let bearer = format!("Bearer {}", tokens.access);
    let header = [("authorization", bearer.as_str())];
    let expected = get(&t, ME, &header).await;
    assert_eq!(expected.status, StatusCode::OK);
    assert_eq!(expected.header("content-type"), "application/json");
    assert_eq!(expected.header("cache-control"), "no-store");
    assert_eq!(expected.json()["sub"], part(id_token(&tokens), 1)["sub"]);
    let body = format!("access_token={}", tokens.access);
    let lower = bearer.replace("Bearer", "bEARER");
    for other in [
        post(&t, ME, &header, &[]).await,
        post(&t, ME, &header, &[("unrelated", "1")]).await,
        post_body(&t, ME, "application/json", &header, "{}".to_owned()).await,
        post(&t, ME, &[], &[("access_token", &tokens.access)]).await,
        post_body(&t, ME, &format!("{FORM}; charset=utf-8"), &[], body.clone()).await,
        // RFC 9110 §8.3.1: media types have no case; §11.1: nor have schemes.
        post_body(&t, ME, "Application/X-WWW-Form-URLEncoded", &[], body).await,
        get(&t, ME, &[("authorization", &lower)]).await,
    ] {
        assert_eq!(other.status, StatusCode::OK, "{}", other.text());
        assert_eq!(other.body, expected.body);
    }
}

#[tokio::test]
async fn a_token_is_sent_once_and_never_in_the_query() {
    let t = TestServer::start().await;
    let tokens = t.application("web").sign_in(&mut t.browser(), "alice", "openid").await;
    let bearer = format!("Bearer {}", tokens.access);
    let header = [("authorization", bearer.as_str())];
    let token = tokens.access.as_str();
    assert_refused(&post(&t, ME, &header, &[("access_token", token)]).await, 400, "invalid_request");
    assert_refused(
        &post(&t, ME, &[], &[("access_token", token), ("access_token", token)]).await,
        400,
        "invalid_request",
    );
    let two = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    assert_refused(&get(&t, ME, &two).await, 400, "invalid_request");
    for header in ["Bearer", "Bearer ", token, &format!("Basic {token}")] {
        assert_refused(&get(&t, ME, &[("authorization", header)]).await, 400, "invalid_request");
    }
    for none in [
        get(&t, ME, &[]).await,
        get(&t, &format!("{ME}?access_token={token}"), &[]).await,
        post(&t, &format!("{ME}?access_token={token}"), &[], &[]).await,
        post_body(&t, ME, "application/json", &[], json!({ "access_token": token }).to_string()).await,
    ] {
        assert_eq!(none.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            none.header("www-authenticate"),
            "Bearer realm=\"usher\"",
            "no error code where nothing was sent"
        );
    }
}

#[tokio::test]
async fn a_scope_yields_its_claims_and_no_others() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    for (scope, claims) in [
        ("openid", vec!["sub"]),
        ("openid email", vec!["email", "email_verified", "sub"]),
        ("openid phone", vec!["phone_number", "phone_number_verified", "sub"]),
        ("openid address", vec!["sub"]),
        (
            "openid profile",
            vec!["family_name", "given_name", "name", "preferred_username", "sub", "updated_at"],
        ),
        ("openid orders", vec!["customer_number", "sub"]),
    ] {
        let tokens = web.sign_in(&mut browser, "alice", scope).await;
        let content = web.userinfo(&tokens.access).await.json();
        assert_eq!(members(&content), claims, "{scope}");
    }
    let tokens = web.sign_in(&mut browser, "alice", "openid email phone profile orders").await;
    let content = web.userinfo(&tokens.access).await.json();
    assert_eq!(content["customer_number"], 4711);
    assert_eq!(content["email_verified"], true);
    assert_eq!(content["phone_number"], "+442079460123");
    assert!(content["updated_at"].is_i64());
}

#[tokio::test]
async fn single_claims_come_as_far_as_the_application_may_see_them() {
    let t = TestServer::start().await;
    let (web, post_office) = (t.application("web"), t.application("post"));
    let claims =
        json!({ "userinfo": { "given_name": null, "customer_number": null, "nonsense": null } }).to_string();
    let ask = [("claims", claims.as_str()), ("scope", "openid")];
    let mut browser = t.browser();
    let of_web = web.exchange(web.authorize(&mut browser, "alice", &ask).await.code()).await.tokens();
    assert_eq!(members(&web.userinfo(&of_web.access).await.json()), ["customer_number", "given_name", "sub"]);
    let of_post =
        post_office.exchange(post_office.authorize(&mut browser, "alice", &ask).await.code()).await.tokens();
    assert_eq!(members(&post_office.userinfo(&of_post.access).await.json()), ["given_name", "sub"]);
}

#[tokio::test]
async fn a_token_for_an_api_or_without_openid_is_none_for_userinfo() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let api_only = web.sign_in(&mut browser, "alice", "orders").await;
    assert_refused(&web.userinfo(&api_only.access).await, 401, "invalid_token");
    let plain = web.sign_in(&mut browser, "alice", "email").await;
    assert_refused(&web.userinfo(&plain.access).await, 403, "insufficient_scope");
}

#[tokio::test]
async fn nothing_but_a_living_access_token_of_this_pool_is_taken() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid offline_access").await;
    let staff = t.application_of("staff", "web");
    let of_staff = staff.sign_in(&mut t.browser(), "alice", "openid").await;
    assert_eq!(staff.userinfo(&of_staff.access).await.status, 200);
    for wrong in
        [id_token(&tokens), refresh_token(&tokens), &of_staff.access, "x", "a.b.c", &tokens.access[1..]]
    {
        assert_refused(&web.userinfo(wrong).await, 401, "invalid_token");
    }
    assert_refused(&staff.userinfo(&tokens.access).await, 401, "invalid_token");
    t.advance(Span::seconds(598));
    assert_eq!(web.userinfo(&tokens.access).await.status, 200);
    t.advance(Span::seconds(2));
    assert_refused(&web.userinfo(&tokens.access).await, 401, "invalid_token");
}
