//! Devices on which a person signed in before, and what is left to others when somebody guesses.

use super::support::{browser_of, guess, guess_from, number, sign_in_page, with_people, with_settings};
use http::header;
use tokio::task::JoinSet;
use usher_store::{Applied, Batch, Engine, params};
use usher_test::{Browser, PASSWORD, Page, TestServer};
use usher_types::{Span, limits};

const WRONG: &str = "a wrong password";

/// A browser of somebody who signed in before and has signed out since, with a sign-in page.
async fn acquainted(t: &TestServer, name: &str) -> (Browser, Page) {
    let before = browser_of(t, &[name]).await;
    let mut browser = t.browser().on_devices_of(&before);
    assert_eq!(browser.devices.len(), 1);
    let page = sign_in_page(&mut browser, &t.application("first-party")).await;
    (browser, page)
}

/// A browser that nobody has signed in with, with a sign-in page.
async fn stranger(t: &TestServer) -> (Browser, Page) {
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &t.application("first-party")).await;
    (browser, page)
}

/// Uses up the tries for a name.
async fn attack(t: &TestServer, name: &str) {
    let (mut browser, page) = stranger(t).await;
    for _ in 0..limits::FAILURES_BY_ACCOUNT {
        assert_eq!(guess(&mut browser, &page, name, WRONG).await.status, 200);
    }
    assert_eq!(guess(&mut browser, &page, name, PASSWORD).await.status, 429);
}

/// Attack class 33: a limit that keeps out the one whom it is to protect.
mod lockout_as_denial {
    use super::*;

    async fn whoever_knows_the_password_signs_in_where_they_did_before(t: TestServer) {
        let (mut browser, page) = acquainted(&t, "alice").await;
        attack(&t, "alice").await;
        attack(&t, "alice@example.com").await;
        let (mut other, other_page) = stranger(&t).await;
        assert_eq!(guess(&mut other, &other_page, "alice", PASSWORD).await.status, 429);
        // Not even a whole network's tries stand in the way.
        for n in 0..limits::FAILURES_BY_NETWORK - 2 * limits::FAILURES_BY_ACCOUNT {
            assert_eq!(guess(&mut other, &other_page, &format!("nobody-{n}"), WRONG).await.status, 200);
        }
        assert_eq!(guess(&mut other, &other_page, "bob", PASSWORD).await.status, 429);
        assert_eq!(guess(&mut browser, &page, "alice", WRONG).await.status, 200, "a slip is one");
        assert_eq!(guess(&mut browser, &page, "alice@example.com", PASSWORD).await.status, 303);
        // It ended the count: the attacker begins anew, and gains nothing else.
        assert_eq!(number(&t, "SELECT COUNT(*) FROM failures").await, 0);
    }

    both_engines!(
        a_person_under_attack_signs_in_on_a_known_device,
        a_person_under_attack_signs_in_on_a_known_device_on_postgres,
        whoever_knows_the_password_signs_in_where_they_did_before
    );

    #[tokio::test]
    async fn no_other_cookie_opens_the_way() {
        let t = with_settings(TestServer::builder(), "password_min_characters = 15").start().await;
        let (alices, page) = acquainted(&t, "alice").await;
        let (bobs, _) = acquainted(&t, "bob").await;
        let staff = t.application_of("staff", "web");
        let mut of_staff = t.browser();
        staff.authorize(&mut of_staff, "alice", &[]).await.code();
        attack(&t, "alice").await;
        let (name, good) = alices.devices.first_key_value().unwrap();
        let (id, secret) = good.split_once('.').unwrap();
        let bobs = bobs.devices[name].clone();
        let (bobs_id, bobs_secret) = bobs.split_once('.').unwrap();
        let elsewhere = of_staff.devices.values().next().unwrap().clone();
        let mut flipped = secret.to_owned();
        flipped.replace_range(0..1, if secret.starts_with('A') { "B" } else { "A" });
        for forged in [
            bobs.clone(),
            format!("{id}.{bobs_secret}"),
            format!("{bobs_id}.{secret}"),
            format!("{id}.{flipped}"),
            format!("{id}.{}", "A".repeat(43)),
            format!("{id}."),
            id.to_owned(),
            format!("{good}A"),
            good[..good.len() - 1].to_owned(),
            elsewhere,
            String::new(),
        ] {
            let mut browser = alices.clone();
            browser.devices = [(name.clone(), forged.clone())].into();
            let compared = t.app.hashing.comparisons();
            assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 429, "{forged}");
            assert_eq!(t.app.hashing.comparisons(), compared, "{forged} was compared");
        }
        assert_eq!(number(&t, "SELECT SUM(failures) FROM devices").await, 0, "forgeries count on no device");
        // What is Alice's own is not another's.
        attack(&t, "bob").await;
        assert_eq!(guess(&mut alices.clone(), &page, "bob", PASSWORD).await.status, 429);
        assert_eq!(guess(&mut alices.clone(), &page, "alice", PASSWORD).await.status, 303);
    }

    #[tokio::test]
    async fn a_device_that_was_not_seen_for_long_is_known_no_more_and_swept() {
        let t = TestServer::start().await;
        let (devices, _) = acquainted(&t, "alice").await;
        t.advance(limits::KNOWN_DEVICE);
        attack(&t, "alice").await;
        let (browser, page) = stranger(&t).await;
        let mut browser = browser.on_devices_of(&devices);
        assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 429);
        t.advance(Span::hours(1));
        t.app.sweep(t.app.world.clock.now()).await.unwrap();
        assert_eq!(number(&t, "SELECT COUNT(*) FROM devices").await, 0);
    }

    #[tokio::test]
    async fn a_stolen_device_has_few_tries_whatever_time_passes() {
        let t = TestServer::start().await;
        let (mut thief, page) = acquainted(&t, "alice").await;
        let before = t.app.hashing.comparisons();
        for n in 0..limits::FAILURES_BY_DEVICE {
            assert_eq!(guess(&mut thief, &page, "alice", WRONG).await.status, 200, "{n}");
        }
        assert_eq!(t.app.hashing.comparisons() - before, u64::from(limits::FAILURES_BY_DEVICE));
        // From here on it is a browser like any other.
        assert_eq!(guess(&mut thief, &page, "alice", PASSWORD).await.status, 429);
        t.advance(limits::FAILURE_WINDOW);
        attack(&t, "alice").await;
        let (browser, page) = stranger(&t).await;
        let mut thief = browser.on_devices_of(&thief);
        assert_eq!(guess(&mut thief, &page, "alice", PASSWORD).await.status, 429);
        // The right password makes it known again.
        t.advance(limits::FAILURE_WINDOW);
        assert_eq!(guess(&mut thief, &page, "alice", PASSWORD).await.status, 303);
        assert_eq!(number(&t, "SELECT SUM(failures) FROM devices").await, 0);
        assert_eq!(number(&t, "SELECT COUNT(*) FROM devices").await, 1);
    }

    async fn five_hundred_at_once(t: TestServer) {
        let (thief, page) = acquainted(&t, "alice").await;
        let before = t.app.hashing.comparisons();
        let mut guesses = JoinSet::new();
        for _ in 0..500 {
            let (mut thief, page) = (thief.clone(), page.clone());
            guesses.spawn(async move { guess(&mut thief, &page, "alice", WRONG).await.status });
        }
        let statuses = guesses.join_all().await;
        // Where a node gets no connection to the database in time, it says so.
        assert!(statuses.iter().all(|s| [200, 429, 503].contains(&s.as_u16())), "{statuses:?}");
        let compared = t.app.hashing.comparisons() - before;
        // Those that came as the device's own, and those that came as anybody's.
        let most = u64::from(limits::FAILURES_BY_DEVICE + limits::FAILURES_BY_ACCOUNT);
        assert!((1..=most).contains(&compared), "{compared} of 500 guesses were evaluated");
    }

    both_engines!(
        a_stolen_device_races_past_nothing,
        a_stolen_device_races_past_nothing_on_postgres,
        five_hundred_at_once
    );

    #[tokio::test(flavor = "multi_thread")]
    async fn of_five_hundred_guesses_on_two_nodes_each_evaluates_at_most_ten() {
        if usher_testdb::Postgres::or_skip("two nodes").is_none() {
            return;
        }
        let t = TestServer::on(Engine::Postgres).await;
        let node = t.another_node().await;
        let before = (t.app.hashing.comparisons(), node.app.hashing.comparisons());
        let (browser, page) = stranger(&t).await;
        let mut guesses = JoinSet::new();
        for n in 0..500 {
            let (mut browser, page) = (browser.clone(), page.clone());
            if n % 2 == 0 {
                let cookies = std::mem::take(&mut browser.cookies);
                browser = node.browser();
                browser.cookies = cookies;
            }
            guesses.spawn(async move { guess(&mut browser, &page, "alice", WRONG).await.status });
        }
        let statuses = guesses.join_all().await;
        // Where a node gets no connection to the database in time, it says so.
        assert!(statuses.iter().all(|s| [200, 429, 503].contains(&s.as_u16())), "{statuses:?}");
        for (node, before) in [(&t, before.0), (&node, before.1)] {
            let compared = node.app.hashing.comparisons() - before;
            assert!((1..=10).contains(&compared), "{compared} guesses were evaluated on one node");
        }
        let (mut browser, page) = stranger(&t).await;
        for _ in 0..10 {
            guess(&mut browser, &page, "alice", WRONG).await;
        }
        assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 429);
    }
}

/// Attack class 31: what a known device tells about whether an account exists.
mod user_enumeration {
    use super::*;

    #[tokio::test]
    async fn a_wrong_try_with_a_devices_cookie_looks_and_costs_the_same_whoever_is_known_on_it() {
        let people = "[[pools.users]]\nusername = \"disabled\"\npassword = \"correct horse battery staple\"\nenabled = false\n\n\
            [[pools.users]]\nusername = \"passwordless\"\n";
        let t = with_people(TestServer::builder().production(), people).start().await;
        let (devices, _) = acquainted(&t, "alice").await;
        // Bob's counter is used up, but for nothing that his name tells: by his other name.
        attack(&t, "bob@example.com").await;
        let mut seen = Vec::new();
        for with_cookie in [true, false] {
            let (mut browser, page) = stranger(&t).await;
            if with_cookie {
                browser = browser.on_devices_of(&devices);
            }
            for (name, password) in [
                ("alice", WRONG),
                ("nobody", PASSWORD),
                ("disabled", PASSWORD),
                ("passwordless", PASSWORD),
                ("bob", PASSWORD),
            ] {
                let (counts, hashes) = (t.app.store.counts(), t.app.hashing.hashes());
                let answer = guess(&mut browser, &page, name, password).await;
                let (now, hashes_now) = (t.app.store.counts(), t.app.hashing.hashes());
                assert_eq!(hashes_now - hashes, 1, "{name}: exactly one hash");
                let cost = (
                    now.reads - counts.reads,
                    now.batches - counts.batches,
                    now.statements - counts.statements,
                );
                let mut headers: Vec<String> = answer
                    .headers
                    .iter()
                    .filter(|(n, _)| *n != header::DATE && *n != header::CONTENT_LENGTH)
                    .map(|(n, v)| format!("{n}: {v:?}"))
                    .collect();
                headers.sort();
                let mut body = answer.text().replace(&format!("\"{name}\""), "NAME");
                for (_, value) in page.form().1 {
                    body = body.replace(&value, "HIDDEN");
                }
                seen.push((answer.status, headers, body, cost));
            }
        }
        for (n, other) in seen.iter().enumerate().skip(1) {
            assert_eq!(*other, seen[0], "{n}");
        }
    }
}

/// How many people's devices there are.
async fn devices(t: &TestServer) -> i64 {
    number(t, "SELECT COUNT(*) FROM devices").await
}

#[tokio::test]
async fn one_device_is_known_for_everybody_who_signs_in_on_it_and_each_is_known_on_the_newest_twenty() {
    let t = TestServer::start().await;
    let browser = browser_of(&t, &["alice", "bob"]).await;
    assert_eq!((browser.devices.len(), devices(&t).await), (1, 2));
    assert_eq!(number(&t, "SELECT COUNT(DISTINCT id) FROM devices").await, 1);
    for _ in 0..limits::DEVICES_PER_PERSON + 3 {
        t.advance(Span::seconds(1));
        browser_of(&t, &["alice"]).await;
    }
    assert_eq!(devices(&t).await, i64::from(limits::DEVICES_PER_PERSON) + 1);
    attack(&t, "alice").await;
    attack(&t, "bob").await;
    let (oldest, page) = stranger(&t).await;
    let mut oldest = oldest.on_devices_of(&browser);
    assert_eq!(guess(&mut oldest, &page, "alice", PASSWORD).await.status, 429, "others came since");
    assert_eq!(guess(&mut oldest, &page, "bob", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn who_kept_the_cookie_of_a_shared_browser_is_on_no_known_device_of_those_who_came_later() {
    let t = TestServer::start().await;
    let mallory = browser_of(&t, &["bob"]).await;
    // The same browser goes on; a copy of its cookie as it was stays with whoever took it.
    let copy = mallory.devices.clone();
    let mut shared = t.browser().on_devices_of(&mallory);
    let page = sign_in_page(&mut shared, &t.application("first-party")).await;
    assert_eq!(guess(&mut shared, &page, "alice", PASSWORD).await.status, 303);
    assert_ne!(shared.devices, copy, "another secret");
    attack(&t, "alice").await;
    let (old, page) = stranger(&t).await;
    let mut old = old.on_devices_of(&mallory);
    assert_eq!(guess(&mut old, &page, "alice", PASSWORD).await.status, 429, "the copy is no device of hers");
    attack(&t, "bob").await;
    for name in ["alice", "bob"] {
        let (now, page) = stranger(&t).await;
        let mut now = now.on_devices_of(&shared);
        assert_eq!(guess(&mut now, &page, name, PASSWORD).await.status, 303, "{name}");
        assert_eq!(now.devices, shared.devices, "who is known on it changes nothing");
    }
}

#[tokio::test]
async fn who_signs_in_as_somebody_else_with_a_copy_of_the_cookie_takes_nothing_from_its_owner() {
    let t = TestServer::start().await;
    let owner = browser_of(&t, &["alice"]).await;
    let (copy, page) = stranger(&t).await;
    let mut copy = copy.on_devices_of(&owner);
    assert_eq!(guess(&mut copy, &page, "bob", PASSWORD).await.status, 303);
    attack(&t, "alice").await;
    attack(&t, "bob").await;
    for (name, devices, expected) in
        [("bob", &owner, 429), ("alice", &owner, 303), ("bob", &copy, 303), ("bob", &owner, 429)]
    {
        let (browser, page) = stranger(&t).await;
        let mut browser = browser.on_devices_of(devices);
        assert_eq!(guess(&mut browser, &page, name, PASSWORD).await.status, expected, "{name}");
        assert_eq!(browser.devices, devices.devices, "{name}");
        if expected == 303 {
            attack(&t, name).await;
        }
    }
}

#[tokio::test]
async fn a_device_forgets_who_has_not_signed_in_since_ten_new_people_did() {
    let person = |n: usize| format!("person-{n}");
    let declared = |n| format!("[[pools.users]]\nusername = \"{}\"\npassword = \"{PASSWORD}\"\n", person(n));
    let people: Vec<String> = (0..limits::SECRETS_PER_DEVICE).map(declared).collect();
    let t = with_people(TestServer::builder(), &people.join("\n")).start().await;
    let mut shared = t.browser();
    // Alice signs in again before the last two come, Bob does not.
    let newcomers = (0..limits::SECRETS_PER_DEVICE).map(person);
    let (first, last): (Vec<_>, Vec<_>) =
        newcomers.enumerate().partition(|(n, _)| *n < limits::SECRETS_PER_DEVICE - 2);
    let of = |people: Vec<(usize, String)>| people.into_iter().map(|(_, name)| name);
    for name in ["alice", "bob"]
        .map(str::to_owned)
        .into_iter()
        .chain(of(first))
        .chain(["alice".to_owned()])
        .chain(of(last))
    {
        shared = t.browser().on_devices_of(&shared);
        let page = sign_in_page(&mut shared, &t.application("first-party")).await;
        assert_eq!(guess(&mut shared, &page, &name, PASSWORD).await.status, 303, "{name}");
    }
    for (name, expected) in [("alice", 303), ("bob", 429), ("person-0", 303)] {
        attack(&t, name).await;
        let (browser, page) = stranger(&t).await;
        let mut browser = browser.on_devices_of(&shared);
        assert_eq!(guess(&mut browser, &page, name, PASSWORD).await.status, expected, "{name}");
    }
}

#[tokio::test]
async fn the_cookie_is_bound_to_host_and_pool_and_says_nothing_else() {
    let t = TestServer::start().await;
    let (mut browser, page) = stranger(&t).await;
    let answer = guess(&mut browser, &page, "alice", PASSWORD).await;
    let set: Vec<&str> =
        answer.headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
    let device = set.iter().find(|c| c.starts_with("usher-device_main-")).unwrap();
    assert!(device.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000"), "{device}");
    assert_eq!(set.len(), 2);
    // Seen again, it is the same and lives on.
    let first = browser.devices.clone();
    let mut again = t.browser().on_devices_of(&browser);
    let page = sign_in_page(&mut again, &t.application("first-party")).await;
    assert_eq!(guess(&mut again, &page, "alice", PASSWORD).await.status, 303);
    assert_eq!(again.devices, first);
    // A wrong password sets none.
    let (mut other, page) = stranger(&t).await;
    guess(&mut other, &page, "alice", WRONG).await;
    assert!(other.devices.is_empty());
}

#[tokio::test]
async fn disabling_a_person_ends_their_devices() {
    let mut t = TestServer::start().await;
    acquainted(&t, "alice").await;
    acquainted(&t, "bob").await;
    t.disable_user("alice").await;
    assert_eq!(devices(&t).await, 1);
}

/// Sets how many wrong passwords in a row there were for the only person with a count.
async fn set_in_a_row(t: &TestServer, count: u32) {
    let mut batch = Batch::new();
    batch.then("UPDATE failures SET in_a_row = $1", params![i64::from(count)]);
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

async fn after_a_hundred_wrong_passwords_in_a_row_only_known_devices_go_on(t: TestServer) {
    let (devices, _) = acquainted(&t, "alice").await;
    // Windows end, the count goes on.
    for round in 1..=3 {
        attack(&t, "alice").await;
        assert_eq!(number(&t, "SELECT in_a_row FROM failures").await, round * 10);
        t.advance(limits::FAILURE_WINDOW);
        t.app.sweep(t.app.world.clock.now()).await.unwrap();
    }
    set_in_a_row(&t, limits::FAILURES_IN_A_ROW - 1).await;
    let (mut browser, page) = stranger(&t).await;
    let before = t.app.hashing.comparisons();
    guess(&mut browser, &page, "alice", WRONG).await;
    assert_eq!(t.app.hashing.comparisons() - before, 1, "the hundredth is evaluated");
    for name in ["alice", "alice@example.com"] {
        let answer = guess(&mut browser, &page, name, PASSWORD).await;
        assert_eq!(answer.status, 200, "it looks like any wrong password");
    }
    t.advance(Span::days(100));
    t.app.sweep(t.app.world.clock.now()).await.unwrap();
    let (mut browser, page) = stranger(&t).await;
    assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 200);
    assert_eq!(t.app.hashing.comparisons() - before, 1, "nothing after it is");
    let mut known = t.browser().on_devices_of(&devices);
    let page = sign_in_page(&mut known, &t.application("first-party")).await;
    assert_eq!(guess(&mut known, &page, "alice", PASSWORD).await.status, 303);
    let (mut browser, page) = stranger(&t).await;
    assert_eq!(guess(&mut browser, &page, "alice", PASSWORD).await.status, 303, "a right one ended it");
}

both_engines!(
    a_hundred_wrong_passwords_in_a_row,
    a_hundred_wrong_passwords_in_a_row_on_postgres,
    after_a_hundred_wrong_passwords_in_a_row_only_known_devices_go_on
);

#[tokio::test]
async fn another_network_is_counted_apart_and_a_known_device_has_no_network() {
    let t = TestServer::start().await;
    let (known, page) = acquainted(&t, "alice").await;
    attack(&t, "alice").await;
    assert_eq!(guess_from("127.0.7.1", &t, &known, &page, ("alice", PASSWORD)).await.status, 303);
}
