//! Guessing passwords: what is counted, by what, for how long, and what a guesser can learn.

use super::support::{guess, guess_from, number, post_with, sign_in_page, with_people};
use http::header;
use tokio::task::JoinSet;
use usher_test::{Browser, PASSWORD, Page, TestServer};
use usher_types::{Span, limits};

/// Tries a wrong password, and says whether it was evaluated.
async fn is_evaluated(browser: &mut Browser, page: &Page, name: &str) -> bool {
    let answer = guess(browser, page, name, "a wrong password").await;
    match answer.status.as_u16() {
        200 => true,
        429 => false,
        _ => panic!("{}: {}", answer.status, answer.text()),
    }
}

/// Attack class 27: a limit that another door or another way of writing the name goes around.
mod brute_force_limit_bypass {
    use super::*;

    #[tokio::test]
    async fn after_ten_wrong_passwords_even_the_right_one_is_not_looked_at_until_the_window_has_passed() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        for n in 0..limits::FAILURES_BY_ACCOUNT {
            assert!(is_evaluated(&mut browser, &page, "alice").await, "{n}");
        }
        let refused = guess(&mut browser, &page, "alice", PASSWORD).await;
        assert_eq!(refused.status, 429);
        assert_eq!(refused.header("retry-after"), limits::FAILURE_WINDOW.as_seconds().to_string());
        assert!(refused.text().contains("id=\"problem\""));
        assert!(refused.headers.get(header::SET_COOKIE).is_none());
        let mut other = t.browser();
        let other_page = sign_in_page(&mut other, &own).await;
        assert_eq!(guess(&mut other, &other_page, "alice", PASSWORD).await.status, 429);

        t.advance(Span::minutes(14));
        let refused = guess(&mut browser, &page, "alice", PASSWORD).await;
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "60"));
        t.advance(Span::minutes(1));
        assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 303);
    }

    #[tokio::test]
    async fn tries_beyond_the_limit_do_not_make_the_wait_longer() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        for _ in 0..10 {
            guess(&mut browser, &page, "alice", "a wrong password").await;
        }
        t.advance(Span::minutes(10));
        for _ in 0..5 {
            assert!(!is_evaluated(&mut browser, &page, "alice").await);
        }
        t.advance(Span::minutes(5));
        assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 303);
    }

    #[tokio::test]
    async fn ways_of_writing_a_name_share_one_counter() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let ways = [
            "alice",
            "ALICE",
            " alice ",
            "ＡＬＩＣＥ",
            "al\u{200b}ice",
            "\u{feff}Alice",
            "alice\u{ad}",
            "aLiCe",
            "Alice\t",
            "ａlice",
        ];
        for way in ways {
            assert!(is_evaluated(&mut browser, &page, way).await, "{way:?}");
        }
        for way in ways {
            assert!(!is_evaluated(&mut browser, &page, way).await, "{way:?}");
        }
    }

    #[tokio::test]
    async fn user_name_email_address_and_telephone_number_of_one_person_share_one_counter() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let names = ["alice", "alice@example.com", "+442079460123"];
        for n in 0..10 {
            assert!(is_evaluated(&mut browser, &page, names[n % 3]).await);
        }
        for name in names {
            // It looks like any wrong password: 429 would tell that the names belong together.
            let compared = t.app.hashing.comparisons();
            let answer = guess(&mut browser, &page, name, PASSWORD).await;
            assert_eq!(answer.status, 200, "a try by {name} beyond the person's limit");
            assert_eq!(t.app.hashing.comparisons(), compared, "{name} was compared");
        }
    }

    #[tokio::test]
    async fn a_right_password_ends_the_count() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        for _ in 0..3 {
            let mut browser = t.browser();
            let page = sign_in_page(&mut browser, &own).await;
            for _ in 0..9 {
                assert!(is_evaluated(&mut browser, &page, "alice").await);
            }
            assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 303);
        }
    }

    #[tokio::test]
    async fn guessing_at_one_person_stops_nobody_else_and_ends_no_session() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut signed_in = t.browser();
        own.authorize(&mut signed_in, "alice", &[]).await.code();
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        for _ in 0..10 {
            guess(&mut browser, &page, "alice", "a wrong password").await;
        }
        assert!(!is_evaluated(&mut browser, &page, "alice").await);
        own.authorize(&mut signed_in, "alice", &[("prompt", "none")]).await.code();
        own.authorize(&mut t.browser(), "bob", &[]).await.code();
        let staff = t.application_of("staff", "web");
        staff.authorize(&mut t.browser(), "alice", &[]).await.code();
    }

    #[tokio::test]
    async fn a_network_has_a_limit_whatever_the_names_and_another_network_is_not_stopped_by_it() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        for n in 0..limits::FAILURES_BY_NETWORK {
            assert!(is_evaluated(&mut browser, &page, &format!("nobody-{n}")).await, "{n}");
        }
        let refused = guess(&mut browser, &page, "bob", PASSWORD).await;
        assert_eq!(refused.status, 429);
        assert_ne!(refused.header("retry-after"), "");
        assert_eq!(guess_from("127.0.0.77", &t, &browser, &page, ("bob", PASSWORD)).await.status, 429);
        assert_eq!(guess_from("127.0.1.77", &t, &browser, &page, ("bob", PASSWORD)).await.status, 303);
        t.advance(limits::FAILURE_WINDOW);
        assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 303);
    }

    /// A wrong password from behind a proxy that tells this address.
    async fn forwarded(browser: &mut Browser, page: &Page, name: &str, from: &str) -> u16 {
        let (action, mut fields) = page.form();
        fields.extend([
            ("identifier".to_owned(), name.to_owned()),
            ("password".to_owned(), "a wrong password".to_owned()),
        ]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        post_with(browser, &action, &fields, &[("x-forwarded-for", from)]).await.status.as_u16()
    }

    #[tokio::test]
    async fn behind_a_trusted_proxy_networks_are_told_apart() {
        let trusted = "listen = \"127.0.0.1:";
        let builder =
            TestServer::builder().edit(trusted, &format!("trusted_proxies = [\"127.0.0.1\"]\n{trusted}"));
        let t = builder.start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        for n in 0..limits::FAILURES_BY_NETWORK {
            // What the client itself wrote in front is not believed.
            let from = format!("203.0.113.{}, 198.51.100.{}", n % 250, n % 250);
            assert_eq!(forwarded(&mut browser, &page, &format!("nobody-{n}"), &from).await, 200, "{n}");
        }
        assert_eq!(forwarded(&mut browser, &page, "nobody", "198.51.100.9").await, 429);
        assert_eq!(forwarded(&mut browser, &page, "nobody", "203.0.113.9").await, 200);
        assert_eq!(forwarded(&mut browser, &page, "nobody", "198.51.100.9, nonsense").await, 400);
    }

    #[tokio::test]
    async fn a_client_that_writes_a_proxys_header_is_still_one_network() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        for n in 0..limits::FAILURES_BY_NETWORK {
            let from = format!("198.51.{n}.7");
            assert_eq!(forwarded(&mut browser, &page, &format!("nobody-{n}"), &from).await, 200, "{n}");
        }
        assert_eq!(forwarded(&mut browser, &page, "nobody", "203.0.113.9").await, 429);
    }

    #[tokio::test]
    async fn known_and_unknown_names_are_stopped_alike() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let mut seen = Vec::new();
        for name in ["alice", "nobody"] {
            for n in 0..10 {
                assert!(is_evaluated(&mut browser, &page, name).await, "{name} {n}");
            }
            let before = (t.app.store.counts().statements, t.app.hashing.hashes());
            let answer = guess(&mut browser, &page, name, PASSWORD).await;
            let after = (t.app.store.counts().statements, t.app.hashing.hashes());
            assert_eq!(after.1 - before.1, 1, "one hash");
            let body = answer.text().replace(name, "NAME");
            seen.push((answer.status, answer.header("retry-after").to_owned(), body, after.0 - before.0));
        }
        assert_eq!(seen[0], seen[1]);
    }
}

/// Attack class 28: guesses that arrive together and are all looked at before the first is counted.
mod race_past_the_counter {
    use super::*;

    async fn five_hundred_guesses_at_once(t: TestServer) {
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let mut guesses = JoinSet::new();
        for _ in 0..500 {
            let (mut browser, page) = (browser.clone(), page.clone());
            guesses
                .spawn(async move { guess(&mut browser, &page, "alice", "a wrong password").await.status });
        }
        let statuses = guesses.join_all().await;
        let evaluated = statuses.iter().filter(|s| **s == 200).count();
        assert!(statuses.iter().all(|s| *s == 200 || *s == 429), "{statuses:?}");
        assert!((1..=10).contains(&evaluated), "{evaluated} of 500 guesses were evaluated");
        let counted = number(&t, "SELECT MAX(failures) FROM throttles").await;
        assert_eq!(usize::try_from(counted).unwrap(), evaluated, "every evaluated guess is counted");
        for _ in evaluated..10 {
            assert!(is_evaluated(&mut browser, &page, "alice").await);
        }
        assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 429);
    }

    both_engines!(
        of_five_hundred_guesses_at_once_at_most_ten_are_evaluated,
        of_five_hundred_guesses_at_once_at_most_ten_are_evaluated_on_postgres,
        five_hundred_guesses_at_once
    );

    async fn by_three_names_at_once(t: TestServer) {
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let names = ["alice", "alice@example.com", "+442079460123"];
        let before = t.app.hashing.comparisons();
        let mut guesses = JoinSet::new();
        for n in 0..60 {
            let (mut browser, page) = (browser.clone(), page.clone());
            guesses.spawn(async move {
                guess(&mut browser, &page, names[n % 3], "a wrong password").await.status
            });
        }
        let statuses = guesses.join_all().await;
        assert!(statuses.iter().all(|s| *s == 200 || *s == 429), "{statuses:?}");
        let compared = t.app.hashing.comparisons() - before;
        assert!((1..=10).contains(&compared), "{compared} guesses at one person were evaluated");
    }

    both_engines!(
        three_names_of_one_person_race_past_nothing,
        three_names_of_one_person_race_past_nothing_on_postgres,
        by_three_names_at_once
    );

    async fn hidden_among_wrong_ones(t: TestServer) {
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        for _ in 0..10 {
            assert!(is_evaluated(&mut browser, &page, "alice").await);
        }
        let mut guesses = JoinSet::new();
        for n in 0..64 {
            let (mut browser, page) = (browser.clone(), page.clone());
            let password = if n % 2 == 0 { PASSWORD } else { "a wrong password" };
            guesses.spawn(async move { guess(&mut browser, &page, "alice", password).await.status });
        }
        let statuses = guesses.join_all().await;
        assert!(statuses.iter().all(|s| *s == 429), "{statuses:?}");
        assert_eq!(number(&t, "SELECT COUNT(*) FROM sessions").await, 0);
    }

    both_engines!(
        beyond_the_limit_a_right_password_among_wrong_ones_is_not_accepted,
        beyond_the_limit_a_right_password_among_wrong_ones_is_not_accepted_on_postgres,
        hidden_among_wrong_ones
    );
}

/// Attack class 31: what an answer tells about whether an account exists.
mod user_enumeration {
    use super::*;

    #[tokio::test]
    async fn a_wrong_try_looks_and_costs_the_same_whatever_stands_behind_the_name() {
        let people = "[[pools.users]]\nusername = \"disabled\"\npassword = \"correct horse battery staple\"\nenabled = false\n\n\
            [[pools.users]]\nusername = \"passwordless\"\n";
        let t = with_people(TestServer::builder().production(), people).start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let tries = [
            ("alice", "a wrong password"),
            ("nobody", PASSWORD),
            ("disabled", PASSWORD),
            ("passwordless", PASSWORD),
        ];
        let mut seen = Vec::new();
        for (name, password) in tries {
            let (counts, hashes) = (t.app.store.counts(), t.app.hashing.hashes());
            let answer = guess(&mut browser, &page, name, password).await;
            let (now, hashes_now) = (t.app.store.counts(), t.app.hashing.hashes());
            assert_eq!(hashes_now - hashes, 1, "{name}: exactly one hash");
            let cost =
                (now.reads - counts.reads, now.batches - counts.batches, now.statements - counts.statements);
            let mut headers: Vec<String> = answer
                .headers
                .iter()
                .filter(|(n, _)| *n != header::DATE && *n != header::CONTENT_LENGTH)
                .map(|(n, v)| format!("{n}: {v:?}"))
                .collect();
            headers.sort();
            seen.push((answer.status, headers, answer.text().replace(name, "NAME"), cost));
        }
        for (other, (name, _)) in seen.iter().zip(tries).skip(1) {
            assert_eq!(*other, seen[0], "{name}");
        }
    }

    #[tokio::test]
    async fn the_way_to_the_sign_in_page_is_the_same_for_every_hint() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut pages = Vec::new();
        for hint in ["alice", "nobody"] {
            let mut browser = t.browser();
            let counts = t.app.store.counts();
            let page = browser.open(&own.request(&[("login_hint", hint)])).await.page();
            let cost = t.app.store.counts().statements - counts.statements;
            let (_, hidden) = page.form();
            let mut body = page.answer.text().replace(hint, "NAME");
            for (_, value) in hidden {
                body = body.replace(&value, "HIDDEN");
            }
            pages.push((body, cost, browser.requests));
        }
        assert_eq!(pages[0], pages[1]);
    }
}
