//! Attack class 17: a step of the way to a code that is skipped. Random walks of a person who knows the present password and has to
//! choose another: back, empty forms, other pages' forms, parallel tabs. No response carries anything before the password was changed.

use super::support::{builder, demand_new_password, user};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use usher_store::Engine;
use usher_test::{Arrival, Browser, PASSWORD, Response, TestServer};

/// One thing that somebody does with a browser.
#[derive(Debug, Clone)]
enum Step {
    /// Begins a request, in a new tab.
    Begin(usize),
    /// Opens one of the pages for the interaction of some tab.
    Open(usize, usize),
    /// Sends the form of some tab to one of the pages, with these fields.
    Send(usize, usize, usize),
    /// The same with another tab's form token.
    SendMixed(usize, usize, usize),
    /// Goes back to the cookie of an earlier step.
    OldCookie(usize),
    /// Signs in in the newest tab.
    SignIn,
    /// Waits until the sign-in is too old for a change.
    Wait,
}

const REQUESTS: [&[(&str, &str)]; 9] = [
    &[],
    &[("response_type", "id_token token")],
    &[("response_type", "code id_token token"), ("response_mode", "form_post")],
    &[("response_type", "none")],
    &[("prompt", "login")],
    &[("prompt", "consent")],
    &[("prompt", "select_account")],
    &[("prompt", "none")],
    &[("max_age", "0"), ("response_mode", "web_message")],
];

const PAGES: [&str; 5] = ["/sign-in", "/consent", "/choose-account", "/change-password", "/oidc/auth/resume"];

/// Everything but a pair of passwords that would be taken.
const FIELDS: [&[(&str, &str)]; 11] = [
    &[],
    &[("decision", "allow")],
    &[("decision", "deny")],
    &[("session", "another")],
    &[("identifier", "alice"), ("password", PASSWORD)],
    &[("identifier", "alice"), ("password", "an entirely new pass phrase")],
    &[("new_password", ""), ("new_password_again", "")],
    &[("new_password", "too short"), ("new_password_again", "too short")],
    &[("new_password", PASSWORD), ("new_password_again", PASSWORD)],
    &[("new_password", "an entirely new pass phrase"), ("new_password_again", "another new pass phrase")],
    &[("new_password", "an entirely new pass phrase")],
];

fn step() -> impl Strategy<Value = Step> {
    let tab = 0..3_usize;
    let sent = (tab.clone(), 0..PAGES.len() - 1, 0..FIELDS.len());
    prop_oneof![
        3 => (0..REQUESTS.len()).prop_map(Step::Begin),
        4 => (tab, 0..PAGES.len()).prop_map(|(tab, page)| Step::Open(tab, page)),
        7 => sent.clone().prop_map(|(tab, page, fields)| Step::Send(tab, page, fields)),
        2 => sent.prop_map(|(tab, page, fields)| Step::SendMixed(tab, page, fields)),
        1 => (0..8_usize).prop_map(Step::OldCookie),
        3 => Just(Step::SignIn),
        1 => Just(Step::Wait),
    ]
}

struct Walker<'a> {
    t: &'a TestServer,
    browser: Browser,
    /// Interaction and form token of each tab, the newest last.
    tabs: Vec<(String, String)>,
    cookies: Vec<std::collections::BTreeMap<String, String>>,
    /// Whether the page to change the password was seen.
    was_asked: bool,
}

impl Walker<'_> {
    async fn take(&mut self, step: &Step) {
        let tab = |n: &usize| self.tabs.get(n % self.tabs.len().max(1)).cloned().unwrap_or_default();
        match step {
            Step::Begin(n) => {
                let path = self.t.application("own").request(REQUESTS[*n]);
                let arrival = self.browser.open(&path).await;
                self.arrive(&arrival);
            }
            Step::Open(n, page) => {
                let arrival = self.browser.open(&format!("{}?interaction={}", PAGES[*page], tab(n).0)).await;
                self.arrive(&arrival);
            }
            Step::Send(n, page, fields) => self.send(PAGES[*page], tab(n), FIELDS[*fields]).await,
            Step::SendMixed(n, page, fields) => {
                let mixed = (tab(n).0, tab(&(n + 1)).1);
                self.send(PAGES[*page], mixed, FIELDS[*fields]).await;
            }
            Step::OldCookie(n) => {
                if let Some(cookies) = self.cookies.get(*n) {
                    self.browser.cookies = cookies.clone();
                }
            }
            Step::SignIn => {
                let newest = self.tabs.last().cloned().unwrap_or_default();
                self.send("/sign-in", newest, FIELDS[4]).await;
            }
            Step::Wait => self.t.advance(usher_types::Span::minutes(11)),
        }
        self.cookies.push(self.browser.cookies.clone());
    }

    async fn send(&mut self, path: &str, (handle, token): (String, String), fields: &[(&str, &str)]) {
        let mut all = vec![("interaction", handle.as_str()), ("form_token", token.as_str())];
        all.extend_from_slice(fields);
        let answer = self.browser.post(path, &all).await;
        let arrival = self.browser.follow(path, answer).await;
        self.arrive(&arrival);
    }

    fn arrive(&mut self, arrival: &Arrival) {
        if let Some(response) = Response::of(arrival) {
            // Before the change every response is an error.
            response.error();
            return;
        }
        let Arrival::Page(page) = arrival else { return };
        let status = page.answer.status.as_u16();
        assert!([200, 400, 403, 429].contains(&status), "{status}: {}", page.answer.text());
        assert!(!page.has("#allow"), "somebody is asked for consent before the password is changed");
        self.was_asked |= page.has("#change-password");
        if let (Some(handle), Some(token)) = (
            page.attribute("input[name=interaction]", "value"),
            page.attribute("input[name=form_token]", "value"),
        ) {
            self.tabs.retain(|(known, _)| *known != handle);
            self.tabs.push((handle, token));
            if self.tabs.len() > 3 {
                self.tabs.remove(0);
            }
        }
    }
}

#[test]
fn a_walk_never_ends_in_a_code_before_the_password_was_changed() {
    let runtime = Runtime::new().unwrap();
    let t = runtime.block_on(async {
        let t = builder(Engine::Sqlite).start().await;
        demand_new_password(&t, "alice").await;
        t
    });
    let asked = std::cell::Cell::new(0);
    let config = Config { cases: 32, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let walks = proptest::collection::vec(step(), 1..25);
    let outcome = runner.run(&walks, |steps| {
        // Wrong passwords of one walk do not stop those of the next.
        t.advance(usher_types::Span::minutes(16));
        runtime.block_on(async {
            let mut walker = Walker {
                t: &t,
                browser: t.browser(),
                tabs: Vec::new(),
                cookies: Vec::new(),
                was_asked: false,
            };
            for step in [Step::Begin(0), Step::SignIn].iter().chain(&steps) {
                walker.take(step).await;
            }
            asked.set(asked.get() + u32::from(walker.was_asked));
        });
        Ok(())
    });
    outcome.unwrap();
    assert!(asked.get() > 0, "no walk came to the page at all");
    runtime.block_on(async {
        assert!(user(&t, "alice").await.must_change_password);
        for nothing in [
            "SELECT COUNT(*) FROM tickets WHERE kind = 'code'",
            "SELECT COUNT(*) FROM grants",
            "SELECT COUNT(*) FROM consents",
        ] {
            let rows = t.app.store.list(nothing, Vec::new()).await.unwrap();
            assert_eq!(rows[0].get::<i64>(0).unwrap(), 0, "{nothing}");
        }
    });
}

/// The same walker, and one step more: the change. So a code can come at all.
#[tokio::test]
async fn the_walks_would_see_a_code() {
    let t = builder(Engine::Sqlite).start().await;
    demand_new_password(&t, "alice").await;
    let mut walker =
        Walker { t: &t, browser: t.browser(), tabs: Vec::new(), cookies: Vec::new(), was_asked: false };
    for step in [Step::Begin(0), Step::SignIn] {
        walker.take(&step).await;
    }
    assert!(walker.was_asked);
    let (handle, token) = walker.tabs.last().unwrap().clone();
    let new = "an entirely new pass phrase";
    let fields = [
        ("interaction", handle.as_str()),
        ("form_token", &token),
        ("new_password", new),
        ("new_password_again", new),
    ];
    let answer = walker.browser.post("/change-password", &fields).await;
    let response = Response::of(&walker.browser.follow("/change-password", answer).await).unwrap();
    assert!(response.params.contains_key("code"), "{response:?}");
}
