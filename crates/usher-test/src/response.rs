//! An authorization response, whichever way it came: by the query or the fragment of a redirect, by a form that posts itself, or by a
//! message to another window.

use crate::browser::{Arrival, Browser, Page};
use crate::{Application, PASSWORD};
use scraper::{Html, Selector};
use std::collections::BTreeMap;

/// An authorization response, taken apart.
#[derive(Debug, Clone)]
pub struct Response {
    /// How it came: `query`, `fragment`, `form_post` or `web_message`.
    pub mode: &'static str,
    /// Where it goes: an address, or for a message an origin.
    pub target: String,
    /// Its parameters; a registered URI's own query is among them where the response came by the query.
    pub params: BTreeMap<String, String>,
}

impl Application {
    /// Walks through an authorization request as a person and gives the response, whichever way it came.
    pub async fn respond(&self, browser: &mut Browser, username: &str, changes: &[(&str, &str)]) -> Response {
        browser.walk_to_response(&self.request(changes), username).await
    }

    /// What a request gives without anybody doing anything: a page of the server is a failure.
    pub async fn respond_at_once(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> Response {
        let arrival = browser.open(&self.request(changes)).await;
        Response::of(&arrival)
            .unwrap_or_else(|| panic!("a response is expected, not {}", arrival.page().path))
    }
}

impl Browser {
    /// Goes to an address and does what a person does there until there is a response to an application: signs in as somebody with the
    /// usual password, chooses that account, allows what is asked for.
    pub async fn walk_to_response(&mut self, path: &str, username: &str) -> Response {
        let mut arrival = self.open(path).await;
        for _ in 0..8 {
            if let Some(response) = Response::of(&arrival) {
                return response;
            }
            arrival = self.go_on(&arrival.page(), username).await;
        }
        panic!("the pages never let go");
    }

    /// What a person does at one page.
    pub(crate) async fn go_on(&mut self, page: &Page, username: &str) -> Arrival {
        if page.has("#sign-in") {
            self.submit(page, &[("identifier", username), ("password", PASSWORD)]).await
        } else if page.has("#allow") {
            self.submit(page, &[("decision", "allow")]).await
        } else if page.has("button[name=session]") {
            let choice = page.account(username).unwrap_or_else(|| "another".to_owned());
            self.submit(page, &[("session", &choice)]).await
        } else {
            panic!("no way on from {}: {}", page.path, page.answer.text())
        }
    }
}

impl Response {
    /// The response of an arrival; `None` on any other page of the server. A parameter twice is a failure.
    #[track_caller]
    pub fn of(arrival: &Arrival) -> Option<Self> {
        match arrival {
            Arrival::Elsewhere(target) => Some(Self::of_redirect(target)),
            Arrival::Page(page) => Self::of_page(page),
        }
    }

    /// The response of a redirect. Parameters in both the query and the fragment are a failure.
    #[track_caller]
    pub fn of_redirect(target: &str) -> Self {
        let (address, fragment) = target.split_once('#').unwrap_or((target, ""));
        let (base, query) = address.split_once('?').unwrap_or((address, ""));
        let (mode, text, target) = match fragment {
            "" => ("query", query, base),
            fragment => ("fragment", fragment, address),
        };
        let params = collect(url::form_urlencoded::parse(text.as_bytes()).into_owned(), target);
        Self { mode, target: target.to_owned(), params }
    }

    #[track_caller]
    fn of_page(page: &Page) -> Option<Self> {
        let (mode, target, within) = if page.has("#response[data-origin]") {
            ("web_message", page.attribute("#response", "data-origin")?, "#response input")
        } else if page.has("form") && !page.has("form [name=interaction]") {
            ("form_post", page.attribute("form", "action")?, "form input")
        } else {
            return None;
        };
        let html = Html::parse_document(&page.answer.text());
        let inputs = Selector::parse(within).unwrap();
        let pairs = html.select(&inputs).map(|input| {
            let text = |name: &str| input.attr(name).unwrap_or_default().to_owned();
            (text("name"), text("value"))
        });
        Some(Self { mode, params: collect(pairs, &target), target })
    }

    /// A parameter that must be there.
    #[track_caller]
    pub fn get(&self, name: &str) -> &str {
        self.params.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// The error code; a success is a failure here.
    #[track_caller]
    pub fn error(&self) -> &str {
        for given in ["code", "access_token", "id_token"] {
            assert!(!self.params.contains_key(given), "{given} beside an error: {self:?}");
        }
        self.get("error")
    }

    /// Asserts that exactly these parameters are there.
    #[track_caller]
    pub fn has_exactly(&self, names: &[&str]) {
        let mut expected = names.to_vec();
        expected.sort_unstable();
        let found: Vec<&str> = self.params.keys().map(String::as_str).collect();
        assert_eq!(found, expected, "{self:?}");
    }
}

#[track_caller]
fn collect(pairs: impl Iterator<Item = (String, String)>, target: &str) -> BTreeMap<String, String> {
    let mut params = BTreeMap::new();
    for (name, value) in pairs {
        assert!(params.insert(name.clone(), value).is_none(), "{name} is there twice at {target}");
    }
    params
}
