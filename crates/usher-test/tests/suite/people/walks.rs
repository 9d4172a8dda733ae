//! Attack class 17: a step of the way to a code that is skipped. Random walks over the pages, with everything that a browser can
//! send but the right password, never end in a code for anybody who has not proven who they are.

use super::support::{browser_of, handle_of, sign_in_page, sub_of, subject};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use usher_test::{Arrival, Browser, Callback, PASSWORD, Page, TestServer};
use usher_types::Span;

/// One thing that somebody does with a browser.
#[derive(Debug, Clone)]
enum Step {
    /// Begins a request, in a new tab.
    Begin(usize),
    /// Opens one of the pages for the interaction of some tab.
    Open(usize, usize),
    /// Sends the form of some tab to one of the pages, with these fields.
    Send(usize, usize, usize),
    /// The same without the form's token, or with another tab's.
    SendWithout(usize, usize, usize),
    /// Opens a page for an interaction of another browser, in which Alice is signed in.
    Steal(usize),
    /// Chooses Alice's session of the other browser.
    ChooseStolen(usize),
    /// Goes back to the cookie of an earlier step.
    OldCookie(usize),
    /// Loses the cookie.
    NoCookie,
    /// Ends all sessions here.
    SignOut,
}

/// The requests that begin a walk: every prompt, hint and age that changes the way.
const REQUESTS: [&[(&str, &str)]; 7] = [
    &[],
    &[("prompt", "login")],
    &[("prompt", "consent")],
    &[("prompt", "select_account")],
    &[("prompt", "none")],
    &[("max_age", "0")],
    &[("login_hint", "alice")],
];

const PAGES: [&str; 4] = ["/sign-in", "/consent", "/choose-account", "/oidc/auth/resume"];

/// What is sent: nothing, every button, and names without the right password.
const FIELDS: [&[(&str, &str)]; 10] = [
    &[],
    &[("decision", "allow")],
    &[("decision", "deny")],
    &[("session", "another")],
    &[("session", "")],
    &[("identifier", "alice")],
    &[("identifier", "alice"), ("password", "")],
    &[("identifier", "alice"), ("password", "a wrong password")],
    &[("identifier", "passwordless"), ("password", PASSWORD)],
    &[("identifier", "disabled"), ("password", PASSWORD), ("remember", "on")],
];

fn step() -> impl Strategy<Value = Step> {
    let tab = 0..4_usize;
    prop_oneof![
        3 => (0..REQUESTS.len()).prop_map(Step::Begin),
        4 => (tab.clone(), 0..PAGES.len()).prop_map(|(tab, page)| Step::Open(tab, page)),
        6 => (tab.clone(), 0..3_usize, 0..FIELDS.len()).prop_map(|(tab, page, fields)| Step::Send(tab, page, fields)),
        2 => (tab.clone(), 0..3_usize, 0..FIELDS.len()).prop_map(|(tab, page, fields)| Step::SendWithout(tab, page, fields)),
        1 => (0..PAGES.len()).prop_map(Step::Steal),
        1 => tab.prop_map(Step::ChooseStolen),
        1 => (0..8_usize).prop_map(Step::OldCookie),
        1 => Just(Step::NoCookie),
        1 => Just(Step::SignOut),
    ]
}

/// What a walker knows.
struct Walker<'a> {
    t: &'a TestServer,
    browser: Browser,
    /// Interaction and form token of each tab.
    tabs: Vec<(String, String)>,
    cookies: Vec<std::collections::BTreeMap<String, String>>,
    /// Alice's page and session, somewhere else.
    stolen: &'a (Page, String),
    /// Codes that came.
    codes: Vec<Callback>,
}

impl Walker<'_> {
    async fn take(&mut self, step: &Step) {
        let tab = |n: &usize| self.tabs.get(n % self.tabs.len().max(1)).cloned().unwrap_or_default();
        let with = |(handle, token): (String, String), fields: &[(&str, &str)]| {
            let mut all = vec![("interaction".to_owned(), handle), ("form_token".to_owned(), token)];
            all.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
            all
        };
        match step {
            Step::Begin(n) => {
                let path = self.t.application("web").request(REQUESTS[*n]);
                self.go(&path).await;
            }
            Step::Open(n, page) => {
                let path = format!("{}?interaction={}", PAGES[*page], tab(n).0);
                self.go(&path).await;
            }
            Step::Send(n, page, fields) => {
                let fields = with(tab(n), FIELDS[*fields]);
                self.send(PAGES[*page], fields).await;
            }
            Step::SendWithout(n, page, fields) => {
                let fields = with((tab(n).0, tab(&(n + 1)).1), FIELDS[*fields]);
                self.send(PAGES[*page], fields[..1].iter().chain(&fields[2..]).cloned().collect()).await;
                self.send(PAGES[*page], fields).await;
            }
            Step::Steal(page) => {
                let path = format!("{}?interaction={}", PAGES[*page], handle_of(&self.stolen.0));
                self.go(&path).await;
            }
            Step::ChooseStolen(n) => {
                let fields = with(tab(n), &[("session", &self.stolen.1)]);
                self.send("/choose-account", fields).await;
            }
            Step::OldCookie(n) => {
                if let Some(cookies) = self.cookies.get(*n) {
                    self.browser.cookies = cookies.clone();
                }
            }
            Step::NoCookie => self.browser.cookies.clear(),
            Step::SignOut => {
                if let Arrival::Page(page) = self.browser.open("/oidc/session/end").await
                    && page.has("#sign-out")
                {
                    self.browser.submit(&page, &[("decision", "everyone")]).await;
                }
            }
        }
        self.cookies.push(self.browser.cookies.clone());
    }

    async fn send(&mut self, path: &str, fields: Vec<(String, String)>) {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = self.browser.post(path, &fields).await;
        let arrival = self.browser.follow(path, answer).await;
        self.arrive(arrival);
    }

    async fn go(&mut self, path: &str) {
        let arrival = self.browser.open(path).await;
        self.arrive(arrival);
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Page(page) => {
                let status = page.answer.status.as_u16();
                assert!([200, 400, 403, 429].contains(&status), "{status}: {}", page.answer.text());
                if page.has("input[name=interaction]") && !page.has("#sign-out") {
                    let token = page.attribute("input[name=form_token]", "value").unwrap();
                    let tab = (handle_of(&page), token);
                    self.tabs.retain(|(handle, _)| *handle != tab.0);
                    self.tabs.push(tab);
                    if self.tabs.len() > 4 {
                        self.tabs.remove(0);
                    }
                }
            }
            Arrival::Elsewhere(target) => {
                let callback = Callback::parse(&target);
                if callback.params.contains_key("code") {
                    self.codes.push(callback);
                }
            }
        }
    }
}

const PEOPLE: &str = "[[pools.users]]\nusername = \"passwordless\"\n\n[[pools.users]]\nusername = \"disabled\"\n\
    password = \"correct horse battery staple\"\nenabled = false\n";

/// Walks many times, beginning with these people signed in, and checks every code that comes.
fn walk_many_times(people: &'static [&'static str]) {
    let runtime = Runtime::new().unwrap();
    let (t, stolen, subjects) = runtime.block_on(async {
        let t = super::support::with_people(TestServer::builder(), PEOPLE).start().await;
        let web = t.application("web");
        let mut alice = browser_of(&t, &["alice"]).await;
        let page = alice.open(&web.request(&[("prompt", "select_account")])).await.page();
        let session = page.account("alice").unwrap();
        let mut subjects = Vec::new();
        for name in people {
            subjects.push(sub_of(&t, name).await);
        }
        (t, (page, session), subjects)
    });
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let walks = proptest::collection::vec(step(), 1..25);
    let outcome = runner.run(&walks, |steps| {
        // Wrong passwords of one walk do not stop those of the next.
        t.advance(Span::minutes(16));
        let (codes, found) = runtime.block_on(async {
            let mut browser = browser_of(&t, people).await;
            let first = match people {
                [] => sign_in_page(&mut browser, &t.application("web")).await,
                _ => {
                    browser.open(&t.application("web").request(&[("prompt", "select_account")])).await.page()
                }
            };
            let tab = (handle_of(&first), first.attribute("input[name=form_token]", "value").unwrap());
            let mut walker = Walker {
                t: &t,
                browser,
                tabs: vec![tab],
                cookies: Vec::new(),
                stolen: &stolen,
                codes: Vec::new(),
            };
            for step in &steps {
                walker.take(step).await;
            }
            let mut found = Vec::new();
            let web = t.application("web");
            for callback in &walker.codes {
                // An earlier code of an interaction is void, which is fine.
                if web.exchange(callback.code()).await.status == 200 {
                    let again = web.exchange(callback.code()).await;
                    again.refused("invalid_grant");
                }
                found.push(owner(&t, callback.code()).await);
            }
            (walker.codes.len(), found)
        });
        prop_assert!(!people.is_empty() || codes == 0, "a code without a sign-in");
        for sub in found {
            prop_assert!(subjects.contains(&sub), "a code for somebody who is not here");
        }
        Ok(())
    });
    outcome.unwrap();
}

/// Whom a code was made for, as it is stored.
async fn owner(t: &TestServer, code: &str) -> String {
    use usher_types::{Opaque, TicketId};
    let id = TicketId::from_bytes(Opaque::parse(code).unwrap().id());
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let ticket = t.app.store.ticket(pool, "code", id).await.unwrap().unwrap();
    ticket.user_id.unwrap().to_string()
}

#[test]
fn a_walk_without_the_right_password_never_ends_in_a_code() {
    walk_many_times(&[]);
}

#[test]
fn a_walk_with_somebody_signed_in_ends_in_a_code_for_nobody_else() {
    walk_many_times(&["bob"]);
}

#[tokio::test]
async fn the_walks_would_see_a_code() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let callback = web.authorize(&mut t.browser(), "bob", &[]).await;
    assert_eq!(owner(&t, callback.code()).await, subject(&web, &callback).await);
}
