//! A browser without a screen: cookies, redirects on this server, forms. It sends what browsers send with a form.

use crate::wire::{Answer, send};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use scraper::{Html, Selector};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// A browser.
#[derive(Debug, Clone)]
pub struct Browser {
    address: SocketAddr,
    origin: String,
    /// Its cookies by name, those of known devices apart.
    pub cookies: BTreeMap<String, String>,
    /// Its cookies of known devices by name: they say nothing about who is signed in.
    pub devices: BTreeMap<String, String>,
    /// What it sends as Accept-Language.
    pub language: String,
    /// What it sends as User-Agent, if anything.
    pub user_agent: Option<&'static str>,
    /// Requests that it has sent.
    pub requests: u32,
}

/// A page of this server.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its path and query.
    pub path: String,
    /// The answer that it came by.
    pub answer: Answer,
}

/// Where following redirects ended.
#[derive(Debug, Clone)]
pub enum Arrival {
    /// On a page of this server.
    Page(Page),
    /// On the way to another site.
    Elsewhere(String),
}

impl Browser {
    pub(crate) fn new(address: SocketAddr, origin: String) -> Self {
        let (cookies, devices) = (BTreeMap::new(), BTreeMap::new());
        let language = "en".to_owned();
        Self { address, origin, cookies, devices, language, user_agent: None, requests: 0 }
    }

    /// One GET, no redirect followed.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path).body(Full::default()).unwrap();
        self.exchange(request).await
    }

    /// One form POST from this server's own page, no redirect followed.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, &self.origin)
            .header("sec-fetch-site", "same-origin")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        self.exchange(request).await
    }

    /// One form POST from a page of another site: no cookies go with it.
    pub async fn post_from_elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let (cookies, devices) = (std::mem::take(&mut self.cookies), std::mem::take(&mut self.devices));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://web.test")
            .header("sec-fetch-site", "cross-site")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let answer = self.exchange(request).await;
        (self.cookies, self.devices) = (cookies, devices);
        answer
    }

    /// Sends a request as it is, with the browser's cookies and language.
    pub async fn exchange(&mut self, mut request: Request<Full<Bytes>>) -> Answer {
        let headers = request.headers_mut();
        let host = self.origin.split_once("://").unwrap().1.to_owned();
        headers.entry(header::HOST).or_insert(host.parse().unwrap());
        headers.entry(header::ACCEPT_LANGUAGE).or_insert(self.language.parse().unwrap());
        if let Some(name) = self.user_agent {
            headers.insert(header::USER_AGENT, name.parse().unwrap());
        }
        if let Some(cookies) = self.cookie_header() {
            headers.insert(header::COOKIE, cookies.parse().unwrap());
        }
        self.requests += 1;
        let answer = send(self.address, request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let jar = if name.contains("usher-device_") { &mut self.devices } else { &mut self.cookies };
            if cookie.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// What it sends as Cookie.
    pub fn cookie_header(&self) -> Option<String> {
        let all = self.cookies.iter().chain(&self.devices).map(|(n, v)| format!("{n}={v}"));
        let all: Vec<String> = all.collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Another browser, or this one without its cookies, that shows this one's known devices.
    #[must_use]
    pub fn on_devices_of(mut self, other: &Self) -> Self {
        self.devices.clone_from(&other.devices);
        self
    }

    /// Goes to an address and follows redirects on this server.
    pub async fn open(&mut self, path: &str) -> Arrival {
        let answer = self.get(path).await;
        self.follow(path, answer).await
    }

    /// Follows redirects on this server from an answer.
    pub async fn follow(&mut self, path: &str, answer: Answer) -> Arrival {
        let (mut path, mut answer) = (path.to_owned(), answer);
        for _ in 0..20 {
            if answer.status != StatusCode::SEE_OTHER {
                return Arrival::Page(Page { path, answer });
            }
            let target = answer.location();
            let here = target
                .strip_prefix(&self.origin)
                .map(str::to_owned)
                .or_else(|| target.starts_with('/').then(|| target.clone()));
            match here {
                Some(next) => {
                    path = next;
                    answer = self.get(&path).await;
                }
                None => return Arrival::Elsewhere(target),
            }
        }
        panic!("redirects without end, at {path}");
    }

    /// Fills in and sends the form of a page, with a button pressed.
    pub async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Arrival {
        let (action, mut all) = page.form();
        all.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let pairs: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = self.post(&action, &pairs).await;
        self.follow(&action, answer).await
    }

    /// Goes to an address and does what a person does there until the browser leaves for another site: signs in as somebody with the
    /// usual password, chooses that account, allows what is asked for.
    pub async fn walk(&mut self, path: &str, username: &str) -> String {
        let mut arrival = self.open(path).await;
        for _ in 0..8 {
            let page = match arrival {
                Arrival::Elsewhere(target) => return target,
                Arrival::Page(page) => page,
            };
            arrival = self.go_on(&page, username).await;
        }
        panic!("the pages never let go");
    }
}

impl Arrival {
    /// The page; panics where the browser left.
    #[track_caller]
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Elsewhere(target) => panic!("a page is expected, but the browser left for {target}"),
        }
    }

    /// The address of another site; panics where there is a page.
    #[track_caller]
    pub fn elsewhere(self) -> String {
        match self {
            Self::Elsewhere(target) => target,
            Self::Page(page) => {
                panic!("the browser should have left, but is at {}: {}", page.path, page.answer.text())
            }
        }
    }
}

impl Page {
    fn html(&self) -> Html {
        Html::parse_document(&self.answer.text())
    }

    /// Whether something matches a CSS selector.
    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&Selector::parse(selector).unwrap()).next().is_some()
    }

    /// An attribute of the first element that matches.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = self.html();
        html.select(&Selector::parse(selector).unwrap())
            .next()
            .and_then(|e| e.value().attr(name).map(str::to_owned))
    }

    /// All text that a person reads.
    pub fn words(&self) -> String {
        self.html()
            .select(&Selector::parse("body").unwrap())
            .flat_map(|e| e.text())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The error code of an error page; empty where it is none.
    pub fn error(&self) -> String {
        self.attribute("#error", "data-error").unwrap_or_default()
    }

    /// Action and hidden fields of the page's form.
    pub fn form(&self) -> (String, Vec<(String, String)>) {
        let html = self.html();
        let form = html
            .select(&Selector::parse("form").unwrap())
            .next()
            .unwrap_or_else(|| panic!("no form at {}", self.path));
        let hidden = Selector::parse("input[type=hidden]").unwrap();
        let fields = form
            .select(&hidden)
            .map(|i| (i.attr("name").unwrap().to_owned(), i.attr("value").unwrap_or("").to_owned()));
        (form.value().attr("action").unwrap().to_owned(), fields.collect())
    }

    /// The value of the chooser's button for a person, found by the login name that it shows.
    pub fn account(&self, username: &str) -> Option<String> {
        let html = self.html();
        let buttons = Selector::parse("button[name=session]").unwrap();
        html.select(&buttons)
            .find(|b| b.text().any(|t| t.trim() == username))
            .and_then(|b| b.attr("value").map(str::to_owned))
    }
}
