//! Tokens cut, lengthened and changed at every byte: none of them is the token, and the token itself survives them all.

mod truncated_and_changed_tokens {
    use super::super::super::support::{code, offline, part, refresh_token};
    use std::collections::BTreeSet;
    use usher_test::{Application, TestServer};

    /// Texts that are nearly this one: each beginning, each end, longer ones, and each character changed.
    fn neighbours(token: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for at in 0..token.len() {
            all.insert(token[..at].to_owned());
            all.insert(token[at..].to_owned());
            let character = token.as_bytes()[at] as char;
            let flipped = if character.is_ascii_lowercase() {
                character.to_ascii_uppercase()
            } else {
                character.to_ascii_lowercase()
            };
            let next = char::from(token.as_bytes()[at] ^ 1);
            for other in [flipped, next, 'A', '-', '.', '='] {
                all.insert(format!("{}{other}{}", &token[..at], &token[at + 1..]));
            }
            all.insert(format!("{}A{}", &token[..at], &token[at..]));
        }
        for more in ["A", "=", "==", ".", " x", "\t", "%00", ".A"] {
            all.insert(format!("{token}{more}"));
            all.insert(format!("{more}{token}"));
        }
        all.insert(format!("{token}{token}"));
        all.remove(token);
        all.remove("");
        all
    }

    async fn assert_inactive(app: &Application, token: &str) {
        let answer = app.post("/oidc/token/introspection", &[("token", token)]).await;
        assert_eq!(answer.text(), r#"{"active":false}"#, "{token}");
    }

    #[tokio::test]
    async fn an_opaque_access_token_is_itself_and_nothing_near() {
        let t = TestServer::builder().application("web", "access_token_format = \"opaque\"").start().await;
        let web = t.application("web");
        let tokens = web.sign_in(&mut t.browser(), "alice", "openid").await;
        for near in neighbours(&tokens.access) {
            assert_inactive(&web, &near).await;
            assert_eq!(web.revoke(&near).await.status, 200);
            if near.bytes().all(|b| b.is_ascii_graphic()) {
                assert_eq!(web.userinfo(&near).await.status, 401, "{near}");
            }
        }
        assert!(web.is_active(&tokens.access).await);
        assert_eq!(web.userinfo(&tokens.access).await.status, 200);
    }

    #[tokio::test]
    async fn a_refresh_token_is_itself_and_nothing_near() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let tokens = offline(&web, &mut t.browser()).await;
        for near in neighbours(refresh_token(&tokens)) {
            web.refresh(&near).await.refused("invalid_grant");
            assert_inactive(&web, &near).await;
            assert_eq!(web.revoke(&near).await.status, 200);
        }
        // A wrong MAC is no reuse, whatever generation it claims: the grant lives.
        let next = web.refresh(refresh_token(&tokens)).await.tokens();
        assert!(web.is_active(&next.access).await);
    }

    #[tokio::test]
    async fn a_code_is_itself_and_nothing_near() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let code = code(&web, &mut t.browser(), &[]).await;
        for near in neighbours(&code) {
            web.exchange(&near).await.refused("invalid_grant");
        }
        web.exchange(&code).await.tokens();
    }

    #[tokio::test]
    async fn a_cookie_is_itself_and_nothing_near() {
        let t = TestServer::start().await;
        let (web, mut browser) = (t.application("web"), t.browser());
        code(&web, &mut browser, &[]).await;
        let (name, value) = browser.cookies.pop_first().unwrap();
        let request = web.request(&[("prompt", "none")]);
        for near in neighbours(&value) {
            // Blanks around a cookie's value are no part of it, and a tab is none that a browser sends.
            if !near.bytes().all(|b| b.is_ascii_graphic()) {
                continue;
            }
            browser.cookies = [(name.clone(), near.clone())].into();
            let target = browser.get(&request).await.location();
            assert!(target.contains("error=login_required"), "{near}: {target}");
        }
        browser.cookies = [(name, value)].into();
        assert!(browser.get(&request).await.location().contains("code="));
    }

    /// A JWT is long: every seventh byte of header and claims, and every byte of the signature's end.
    #[tokio::test]
    async fn a_jwt_access_token_is_itself_and_nothing_near() {
        let t = TestServer::builder()
            .application("web", "access_token_signed_response_alg = \"ES256\"")
            .start()
            .await;
        let web = t.application("web");
        let tokens = web.sign_in(&mut t.browser(), "alice", "openid").await;
        let token = &tokens.access;
        for at in (0..token.len()).filter(|at| at % 7 == 0 || token.len() - at < 12) {
            let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
            for near in [
                token[..at].to_owned(),
                format!("{}{other}{}", &token[..at], &token[at + 1..]),
                format!("{}A{}", &token[..at], &token[at..]),
            ] {
                if near.is_empty() {
                    continue;
                }
                assert_inactive(&web, &near).await;
                assert_eq!(web.userinfo(&near).await.status, 401, "{near}");
            }
        }
        for more in ["A", "=", ".", ".A", "=="] {
            assert_inactive(&web, &format!("{token}{more}")).await;
        }
        assert!(web.is_active(token).await, "{}", part(token, 1));
    }
}
