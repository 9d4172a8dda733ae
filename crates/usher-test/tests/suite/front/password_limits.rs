//! Guessing through the password grant: the sign-in page's own counters, in both directions, and nothing to learn about who exists.

use super::password_grant::ask;
use super::support::{builder, server, with};
use tokio::task::JoinSet;
use usher_store::{Applied, Batch, Engine, params};
use usher_test::{Answer, Application, Browser, PASSWORD, Page, TestServer};
use usher_types::{Span, limits};

const WRONG: &str = "a wrong password";

async fn by_grant(own: &Application, name: &str, password: &str) -> Answer {
    ask(own, &[("username", name), ("password", password)]).await
}

async fn sign_in_page(t: &TestServer) -> (Browser, Page) {
    let mut browser = t.browser();
    let page = browser.open(&t.application("own").request(&[])).await.page();
    (browser, page)
}

async fn by_page(browser: &mut Browser, page: &Page, name: &str, password: &str) -> Answer {
    let (action, mut all) = page.form();
    all.extend([("identifier".to_owned(), name.to_owned()), ("password".to_owned(), password.to_owned())]);
    let pairs: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post(&action, &pairs).await
}

#[track_caller]
fn is_paused(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    let wait: i64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=limits::FAILURE_WINDOW.as_seconds()).contains(&wait), "{wait}");
}

/// Attack class 27: a limit that another door goes around.
async fn wrong_tries_by_the_grant_pause_the_page(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    for _ in 0..limits::FAILURES_BY_ACCOUNT {
        by_grant(&own, "alice", WRONG).await.refused("invalid_grant");
    }
    let paused = by_grant(&own, "alice", PASSWORD).await;
    is_paused(&paused);
    assert_eq!(paused.json()["error"], "temporarily_unavailable");
    let (mut browser, page) = sign_in_page(&t).await;
    is_paused(&by_page(&mut browser, &page, "alice", PASSWORD).await);
    // Nobody else is touched, and the window ends it.
    by_grant(&own, "bob", PASSWORD).await.tokens();
    t.advance(limits::FAILURE_WINDOW);
    by_grant(&own, "alice", PASSWORD).await.tokens();
    let (mut browser, page) = sign_in_page(&t).await;
    assert_eq!(by_page(&mut browser, &page, "alice", PASSWORD).await.status, 303);
}

async fn wrong_tries_at_the_page_pause_the_grant(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    let (mut browser, page) = sign_in_page(&t).await;
    for _ in 0..limits::FAILURES_BY_ACCOUNT {
        assert_eq!(by_page(&mut browser, &page, "alice", WRONG).await.status, 200);
    }
    is_paused(&by_grant(&own, "alice", PASSWORD).await);
    is_paused(&by_grant(&own, "ALICE", PASSWORD).await);
    // By another of her names it looks like any wrong password, and is not compared.
    let compared = t.app.hashing.comparisons();
    for (kind, name) in [("email", "alice@example.com"), ("phone", "+442079460123")] {
        ask(&own, &[(kind, name), ("password", PASSWORD)]).await.refused("invalid_grant");
    }
    assert_eq!(t.app.hashing.comparisons(), compared);
}

/// Every door that takes a password.
#[derive(Debug, Clone, Copy)]
enum Door {
    Page,
    Grant,
}

impl Door {
    const ALL: [Self; 2] = [Self::Page, Self::Grant];

    /// Tries a password, and says whether it was evaluated.
    async fn takes(self, t: &TestServer, name: &str, password: &str) -> bool {
        let answer = match self {
            Self::Grant => by_grant(&t.application("own"), name, password).await,
            Self::Page => {
                let (mut browser, page) = sign_in_page(t).await;
                by_page(&mut browser, &page, name, password).await
            }
        };
        answer.status != 429
    }
}

/// Attack class 27: every way of writing the name and every door share one counter, whichever comes first.
#[tokio::test]
async fn no_door_and_no_way_of_writing_the_name_has_tries_of_its_own() {
    let ways = [
        "alice",
        "ALICE",
        " alice ",
        "ＡＬＩＣＥ",
        "al\u{200b}ice",
        "alice\u{ad}",
        "\u{feff}Alice",
        "Alice\t",
    ];
    for first in Door::ALL {
        let t = server().await;
        for n in 0..usize::try_from(limits::FAILURES_BY_ACCOUNT).unwrap() {
            assert!(first.takes(&t, ways[n % ways.len()], WRONG).await, "{first:?}, {n}");
        }
        let compared = t.app.hashing.comparisons();
        for second in Door::ALL {
            for way in ways {
                assert!(!second.takes(&t, way, PASSWORD).await, "{first:?}, then {second:?} as {way:?}");
            }
        }
        assert_eq!(t.app.hashing.comparisons(), compared);
    }
}

#[tokio::test]
async fn tries_by_both_doors_and_by_every_kind_of_name_add_up() {
    let t = server().await;
    let own = t.application("own");
    let (mut browser, page) = sign_in_page(&t).await;
    for n in 0..limits::FAILURES_BY_ACCOUNT {
        let compared = t.app.hashing.comparisons();
        match n % 4 {
            0 => assert_eq!(by_page(&mut browser, &page, "alice", WRONG).await.status, 200),
            1 => drop(by_grant(&own, "Alice", WRONG).await.refused("invalid_grant")),
            2 => drop(
                ask(&own, &[("email", "alice@example.com"), ("password", WRONG)])
                    .await
                    .refused("invalid_grant"),
            ),
            _ => drop(
                ask(&own, &[("phone", "+442079460123"), ("password", WRONG)]).await.refused("invalid_grant"),
            ),
        }
        assert_eq!(t.app.hashing.comparisons(), compared + 1, "try {n} was looked at");
    }
    let compared = t.app.hashing.comparisons();
    by_grant(&own, "alice", PASSWORD).await.refused("invalid_grant");
    assert_eq!(by_page(&mut browser, &page, "alice", PASSWORD).await.status, 200);
    assert_eq!(t.app.hashing.comparisons(), compared, "the eleventh is not looked at");
}

#[tokio::test]
async fn a_right_password_by_either_door_ends_the_count() {
    let t = server().await;
    let own = t.application("own");
    for round in 0..4 {
        for _ in 0..limits::FAILURES_BY_ACCOUNT - 1 {
            by_grant(&own, "alice", WRONG).await.refused("invalid_grant");
        }
        if round % 2 == 0 {
            by_grant(&own, "alice", PASSWORD).await.tokens();
        } else {
            let (mut browser, page) = sign_in_page(&t).await;
            assert_eq!(by_page(&mut browser, &page, "alice", PASSWORD).await.status, 303);
        }
    }
}

#[tokio::test]
async fn a_name_said_to_be_of_another_kind_counts_too() {
    let t = server().await;
    let own = t.application("own");
    for _ in 0..limits::FAILURES_BY_ACCOUNT {
        ask(&own, &[("email", "alice"), ("password", PASSWORD)]).await.refused("invalid_grant");
    }
    is_paused(&ask(&own, &[("email", "alice"), ("password", PASSWORD)]).await);
    is_paused(&by_grant(&own, "alice", PASSWORD).await);
}

/// Attack class 33: whoever types nonsense into an application's own form does not use up what everybody behind its backend has.
#[tokio::test]
async fn the_grant_has_a_limit_for_the_application_and_the_page_one_for_the_network() {
    let t = with(builder(Engine::Sqlite), OTHER).start().await;
    let own = t.application("own");
    for n in 0..limits::FAILURES_BY_NETWORK {
        by_grant(&own, &format!("nobody-{n}"), WRONG).await.refused("invalid_grant");
    }
    by_grant(&own, "bob", PASSWORD).await.tokens();
    let (mut browser, page) = sign_in_page(&t).await;
    for n in 0..limits::FAILURES_BY_NETWORK {
        assert_eq!(by_page(&mut browser, &page, &format!("stranger-{n}"), WRONG).await.status, 200);
    }
    is_paused(&by_page(&mut browser, &page, "bob", PASSWORD).await);
    by_grant(&own, "bob", PASSWORD).await.tokens();
    // The application's own counter is almost used up, which would take long otherwise.
    let mut batch = Batch::new();
    batch.then(
        "UPDATE throttles SET failures = $1 WHERE failures = $2",
        params![i64::from(limits::FAILURES_BY_APPLICATION) - 1, i64::from(limits::FAILURES_BY_NETWORK)],
    );
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    by_grant(&own, "nobody", WRONG).await.refused("invalid_grant");
    let hashes = t.app.hashing.hashes();
    is_paused(&by_grant(&own, "bob", PASSWORD).await);
    assert_eq!(t.app.hashing.hashes(), hashes, "the application says enough");
    by_grant(&t.application("other"), "bob", PASSWORD).await.tokens();
    t.advance(Span::minutes(15));
    by_grant(&own, "bob", PASSWORD).await.tokens();
}

/// A second application of the pool's owner that takes passwords.
const OTHER: &str = r#"
[[pools.applications]]
client_id = "other"
client_secret = "other-secret-0123456789-0123456789-0123456789"
client_name = "Another of Ours"
first_party = true
grant_types = ["password"]
"#;

/// Attack class 31: what an answer, or its cost, tells about who exists.
async fn every_failure_looks_and_costs_the_same(engine: Engine) {
    let people = "[[pools.users]]\nusername = \"gone\"\npassword = \"correct horse battery staple\"\nenabled = false\n\n[[pools.users]]\nusername = \"passwordless\"\n\n[[pools.users]]\nusername = \"must\"\npassword = \"correct horse battery staple\"\n";
    let t = with(builder(engine).production(), people).start().await;
    super::support::demand_new_password(&t, "must").await;
    let own = t.application("own");
    let mut seen = Vec::new();
    for (kind, name, password) in [
        ("username", "alice", WRONG),
        ("username", "nobody", PASSWORD),
        ("username", "gone", PASSWORD),
        ("username", "gone", WRONG),
        ("username", "passwordless", PASSWORD),
        ("username", "must", WRONG),
        ("email", "alice", PASSWORD),
        ("email", "alice@example.com", WRONG),
        ("phone", "+442079460123", WRONG),
        ("phone", "+1", PASSWORD),
    ] {
        let (before, hashes) = (t.app.store.counts(), t.app.hashing.hashes());
        let answer = ask(&own, &[(kind, name), ("password", password), ("scope", "openid")]).await;
        let after = t.app.store.counts();
        assert_eq!(t.app.hashing.hashes() - hashes, 1, "{kind} {name}: exactly one hash");
        let cost = (
            after.reads - before.reads,
            after.batches - before.batches,
            after.statements - before.statements,
        );
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(n, _)| *n != http::header::DATE)
            .map(|(n, v)| format!("{n}: {v:?}"))
            .collect();
        headers.sort();
        seen.push((answer.status, headers, answer.text(), cost));
    }
    for (n, other) in seen.iter().enumerate() {
        assert_eq!(*other, seen[0], "try {n}");
    }
    assert_eq!(seen[0].0, 400);
    assert_eq!((seen[0].3.0, seen[0].3.1), (2, 1), "the application, the person, and the counters");
}

/// The cost of a success, which the hot paths of ARCHITECTURE.md have like any other.
#[tokio::test]
async fn a_success_takes_two_reads_one_batch_and_one_hash() {
    let t = server().await;
    let own = t.application("own");
    let (before, hashes) = (t.app.store.counts(), t.app.hashing.hashes());
    by_grant(&own, "alice", PASSWORD).await.tokens();
    let after = t.app.store.counts();
    assert_eq!((after.reads - before.reads, after.batches - before.batches), (2, 1));
    assert_eq!(t.app.hashing.hashes() - hashes, 1);
}

/// Attack class 28: guesses that arrive together and are all looked at before the first is counted.
async fn of_sixty_four_wrong_tries_at_once_at_most_the_limit_is_evaluated(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    let (browser, page) = sign_in_page(&t).await;
    let compared = t.app.hashing.comparisons();
    let mut guesses = JoinSet::new();
    for n in 0..64 {
        let (own, mut browser, page) = (own.clone(), browser.clone(), page.clone());
        guesses.spawn(async move {
            match n % 4 {
                0 => by_page(&mut browser, &page, "alice", WRONG).await.status,
                1 => ask(&own, &[("email", "alice@example.com"), ("password", WRONG)]).await.status,
                _ => by_grant(&own, "alice", WRONG).await.status,
            }
        });
    }
    let statuses = guesses.join_all().await;
    assert!(statuses.iter().all(|s| [200, 400, 429].contains(&s.as_u16())), "{statuses:?}");
    let compared = t.app.hashing.comparisons() - compared;
    assert!(
        (1..=u64::from(limits::FAILURES_BY_ACCOUNT)).contains(&compared),
        "{compared} of 64 were evaluated"
    );
    // What was not evaluated was not counted against her either: the rest of the limit is still there, and then no more.
    for _ in compared..u64::from(limits::FAILURES_BY_ACCOUNT) {
        ask(&own, &[("phone", "+442079460123"), ("password", WRONG)]).await.refused("invalid_grant");
    }
    let before = t.app.hashing.comparisons();
    assert_ne!(by_grant(&own, "alice", PASSWORD).await.status, 200);
    assert_eq!(t.app.hashing.comparisons(), before);
}

/// A right password among wrong ones, beyond the limit, gives nothing.
async fn beyond_the_limit_a_right_password_among_wrong_ones_gives_no_token(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    for _ in 0..limits::FAILURES_BY_ACCOUNT {
        by_grant(&own, "alice", WRONG).await.refused("invalid_grant");
    }
    let mut guesses = JoinSet::new();
    for n in 0..32 {
        let own = own.clone();
        let password = if n % 2 == 0 { PASSWORD } else { WRONG };
        guesses.spawn(async move { by_grant(&own, "alice", password).await.status });
    }
    assert!(guesses.join_all().await.iter().all(|status| *status == 429));
    assert_eq!(super::support::audited(&t, "grant").await, Vec::new());
}

/// Signing in ∥ being disabled: no token is left alive.
async fn disabling_at_the_same_moment_leaves_no_living_token(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    let enabled = t.seed().to_owned();
    let disabled = enabled.replace("username = \"alice\"\n", "username = \"alice\"\nenabled = false\n");
    let apply = async |seed: &str| {
        let loaded = usher::config::parse(seed, &t.folder().join("usher.toml")).unwrap();
        let app = &t.app;
        usher_core::seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base())
            .await
            .unwrap();
    };
    for _ in 0..15 {
        let asked: Vec<_> = (0..4)
            .map(|_| {
                let own = own.clone();
                tokio::spawn(async move { by_grant(&own, "alice", PASSWORD).await })
            })
            .collect();
        apply(&disabled).await;
        for asked in asked {
            let answer = asked.await.unwrap();
            if answer.status == 200 {
                assert!(!own.is_active(&answer.tokens().access).await, "a token outlives its person");
            } else {
                answer.refused("invalid_grant");
            }
        }
        apply(&enabled).await;
        t.advance(limits::FAILURE_WINDOW);
    }
}

on_both_engines! {
    every_failure_looks_and_costs_the_same
    of_sixty_four_wrong_tries_at_once_at_most_the_limit_is_evaluated
    disabling_at_the_same_moment_leaves_no_living_token
}

everywhere! {
    wrong_tries_by_the_grant_pause_the_page
    wrong_tries_at_the_page_pause_the_grant
    beyond_the_limit_a_right_password_among_wrong_ones_gives_no_token
}
