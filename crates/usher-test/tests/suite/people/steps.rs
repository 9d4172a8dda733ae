//! Attack class 17: what a sign-in is worth. A model of everything that was proven in a browser walks beside random steps (back, empty and
//! repeated forms, tabs side by side, old cookies, restarts, another person); no code ever says more than the model knows.

use super::support::{claims, handle_of};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use usher_test::{Arrival, Browser, Callback, PASSWORD, Page, TestServer};
use usher_types::{Clock as _, Span};

/// One thing that somebody does.
#[derive(Debug, Clone)]
enum Step {
    /// Begins a request in a new tab.
    Begin(usize),
    /// Opens a tab's page again, or another page for its interaction.
    Back(usize, usize),
    /// Signs in as somebody, rightly, in some tab.
    SignIn(usize, usize),
    /// Sends one of the other forms in some tab.
    Send(usize, usize, usize),
    /// Sends what was sent last once more.
    Repeat,
    /// Goes back to the cookies of an earlier step.
    OldCookies(usize),
    /// Signs out everybody here.
    SignOut,
    /// The server starts again, and forgets what only memory knew.
    Restart,
}

/// Requests, and whether they demand that the person proves anew who they are.
const REQUESTS: [(&[(&str, &str)], bool); 6] = [
    (&[], false),
    (&[("prompt", "login")], true),
    (&[("max_age", "0")], true),
    (&[("prompt", "select_account")], false),
    (&[("prompt", "none")], false),
    (&[("prompt", "login"), ("login_hint", "alice")], true),
];

const PEOPLE: [&str; 2] = ["alice", "bob"];
const PAGES: [&str; 4] = ["/sign-in", "/consent", "/choose-account", "/oidc/auth/resume"];

const FIELDS: [&[(&str, &str)]; 7] = [
    &[],
    &[("decision", "allow")],
    &[("decision", "deny")],
    &[("session", "another")],
    &[("identifier", "alice"), ("password", "")],
    &[("identifier", "alice"), ("password", "a wrong password")],
    &[("identifier", "alice"), ("decision", "allow"), ("session", "")],
];

fn step() -> impl Strategy<Value = Step> {
    let tab = 0..4_usize;
    prop_oneof![
        4 => (0..REQUESTS.len()).prop_map(Step::Begin),
        3 => (tab.clone(), 0..PAGES.len()).prop_map(|(tab, page)| Step::Back(tab, page)),
        4 => (tab.clone(), 0..PEOPLE.len()).prop_map(|(tab, who)| Step::SignIn(tab, who)),
        4 => (tab, 0..3_usize, 0..FIELDS.len()).prop_map(|(tab, page, fields)| Step::Send(tab, page, fields)),
        2 => Just(Step::Repeat),
        1 => (0..8_usize).prop_map(Step::OldCookies),
        1 => Just(Step::SignOut),
        1 => Just(Step::Restart),
    ]
}

/// What is known of a browser: the model, beside the browser itself.
struct Walker {
    t: TestServer,
    browser: Browser,
    /// Interaction and hidden fields of each tab.
    tabs: Vec<(String, Vec<(String, String)>)>,
    /// What was sent last.
    last: Option<(String, Vec<(String, String)>)>,
    cookies: Vec<BTreeMap<String, String>>,
    /// The subject of each person, and the seconds at which the right password was typed.
    proofs: BTreeMap<String, Vec<i64>>,
    /// For each request, by its state: the second at which it began, and whether it demands a proof since.
    begun: BTreeMap<String, (i64, bool)>,
    subjects: [String; 2],
    codes: usize,
}

impl Walker {
    fn now(&self) -> i64 {
        self.t.clock.now().seconds()
    }

    async fn take(&mut self, step: &Step) {
        self.t.advance(Span::seconds(1));
        let tab = |n: usize| self.tabs.get(n % self.tabs.len().max(1)).cloned().unwrap_or_default();
        match step {
            Step::Begin(n) => {
                let (changes, demands) = REQUESTS[*n];
                let state = format!("request-{}", self.begun.len());
                self.begun.insert(state.clone(), (self.now(), demands));
                let changes: Vec<(&str, &str)> =
                    changes.iter().copied().chain([("state", state.as_str())]).collect();
                let path = self.t.application("web").request(&changes);
                let arrival = self.browser.open(&path).await;
                self.arrive(arrival).await;
            }
            Step::Back(n, page) => {
                let path = format!("{}?interaction={}", PAGES[*page], tab(*n).0);
                let arrival = self.browser.open(&path).await;
                self.arrive(arrival).await;
            }
            Step::SignIn(n, who) => {
                let fields = filled(tab(*n), &[("identifier", PEOPLE[*who]), ("password", PASSWORD)]);
                self.send("/sign-in".to_owned(), fields).await;
            }
            Step::Send(n, page, fields) => {
                let fields = filled(tab(*n), FIELDS[*fields]);
                self.send(PAGES[*page].to_owned(), fields).await;
            }
            Step::Repeat => {
                if let Some((path, fields)) = self.last.clone() {
                    self.send(path, fields).await;
                }
            }
            Step::OldCookies(n) => {
                if let Some(cookies) = self.cookies.get(*n) {
                    self.browser.cookies = cookies.clone();
                }
            }
            Step::SignOut => {
                if let Arrival::Page(page) = self.browser.open("/oidc/session/end").await
                    && page.has("#sign-out")
                {
                    self.browser.submit(&page, &[("decision", "everyone")]).await;
                }
            }
            Step::Restart => {
                self.t.restart().await;
                let mut browser = self.t.browser();
                browser.cookies = std::mem::take(&mut self.browser.cookies);
                self.browser = browser.on_devices_of(&self.browser);
            }
        }
        self.cookies.push(self.browser.cookies.clone());
    }

    async fn send(&mut self, path: String, fields: Vec<(String, String)>) {
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let value = |name: &str| pairs.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| *v);
        let answer = self.browser.post(&path, &pairs).await;
        // The model learns by the cookie that is set, which only a right password brings.
        if path == "/sign-in" && value("password") == PASSWORD && answer.headers.contains_key("set-cookie") {
            let who = PEOPLE.iter().position(|name| *name == value("identifier")).unwrap();
            let now = self.now();
            self.proofs.entry(self.subjects[who].clone()).or_default().push(now);
        }
        let arrival = self.browser.follow(&path, answer).await;
        self.last = Some((path, fields));
        self.arrive(arrival).await;
    }

    async fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Page(page) => self.look_at(&page),
            Arrival::Elsewhere(target) => {
                let callback = Callback::parse(&target);
                if callback.params.contains_key("code") {
                    self.judge(&callback).await;
                }
            }
        }
    }

    fn look_at(&mut self, page: &Page) {
        let status = page.answer.status.as_u16();
        assert!([200, 400, 403, 429].contains(&status), "{status}: {}", page.answer.text());
        if page.has("input[name=interaction]") && !page.has("#sign-out") {
            let tab = (handle_of(page), page.form().1);
            self.tabs.retain(|(handle, _)| *handle != tab.0);
            self.tabs.push(tab);
            if self.tabs.len() > 4 {
                self.tabs.remove(0);
            }
        }
    }

    /// Invariant: what a code says of a person was proven, by that person, and after the request where it demands that.
    async fn judge(&mut self, callback: &Callback) {
        self.codes += 1;
        let answer = self.t.application("web").exchange(callback.code()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let said = claims(&answer.tokens().id.unwrap());
        let auth_time = said["auth_time"].as_i64().unwrap();
        let proofs = self.proofs.get(said["sub"].as_str().unwrap());
        let proofs = proofs.unwrap_or_else(|| panic!("a code for somebody who has proven nothing: {said}"));
        assert!(proofs.contains(&auth_time), "at {auth_time} nothing was proven: {proofs:?}");
        assert_eq!(said["amr"], serde_json::json!(["pwd"]));
        let (began, demands) = self.begun[&callback.params["state"]];
        assert!(!demands || auth_time >= began, "a request of {began} took a proof of {auth_time}");
    }
}

/// The hidden fields of a tab's form, but where one is filled in otherwise.
fn filled((_, hidden): (String, Vec<(String, String)>), fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let hidden = hidden.into_iter().filter(|(name, _)| fields.iter().all(|(n, _)| n != name));
    hidden.chain(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))).collect()
}

async fn walker() -> Walker {
    let t = TestServer::start().await;
    let subjects = [super::support::sub_of(&t, "alice").await, super::support::sub_of(&t, "bob").await];
    let browser = t.browser();
    Walker {
        t,
        browser,
        tabs: Vec::new(),
        last: None,
        cookies: Vec::new(),
        proofs: BTreeMap::new(),
        begun: BTreeMap::new(),
        subjects,
        codes: 0,
    }
}

#[test]
fn no_code_says_more_than_was_proven_whatever_way_was_walked() {
    let runtime = Runtime::new().unwrap();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&proptest::collection::vec(step(), 4..28), |steps| {
        runtime.block_on(async {
            let mut walker = walker().await;
            for step in &steps {
                walker.take(step).await;
            }
        });
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn the_model_sees_the_codes_that_come() {
    let mut walker = walker().await;
    for step in [
        Step::Begin(1),
        Step::SignIn(0, 1),
        Step::Send(0, 1, 1),
        Step::Restart,
        Step::Begin(0),
        Step::Begin(2),
    ] {
        walker.take(&step).await;
    }
    assert_eq!((walker.codes, walker.proofs.len()), (2, 1));
}
