//! Somebody who walks through a demo without a screen: cookies by host, redirects followed, forms filled in, and what the pages' scripts
//! do with an answer.

use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeMap;
use url::Url;
use usher::demo::{self, Running};
use usher_test::{Answer, send};

/// The visitor.
pub(super) struct Visitor {
    pub(super) demo: Running,
    cookies: BTreeMap<(String, String), String>,
    /// What was behind the `#` of the last address.
    fragment: String,
}

/// A page, and where it is.
pub(super) struct Page {
    pub(super) url: Url,
    pub(super) status: StatusCode,
    html: String,
}

impl Visitor {
    /// A visitor to a demo of their own.
    pub(super) async fn arrive() -> Self {
        let demo = demo::start(Some(0)).await.unwrap();
        Self { demo, cookies: BTreeMap::new(), fragment: String::new() }
    }

    /// Opens an address, follows redirects and gives the page at their end.
    pub(super) async fn open(&mut self, address: &str) -> Page {
        let url = Url::parse(&self.demo.demo.base).unwrap().join(address).unwrap();
        self.go(Method::GET, url, "", None).await
    }

    /// Sends a form from a page of this origin.
    async fn post(&mut self, url: Url, body: &str, origin: &str) -> Page {
        self.go(Method::POST, url, body, Some(origin)).await
    }

    async fn go(&mut self, method: Method, url: Url, body: &str, origin: Option<&str>) -> Page {
        let (mut method, mut url, mut body) = (method, url, body.to_owned());
        for _ in 0..20 {
            let answer = self.exchange(&method, &url, &body, origin).await;
            if answer.status != StatusCode::SEE_OTHER {
                return Page { url, status: answer.status, html: answer.text() };
            }
            url = url.join(&answer.location()).unwrap();
            url.fragment().unwrap_or_default().clone_into(&mut self.fragment);
            (method, body) = (Method::GET, String::new());
        }
        panic!("redirects without end, at {url}");
    }

    async fn exchange(&mut self, method: &Method, url: &Url, body: &str, origin: Option<&str>) -> Answer {
        let (host, port) = (url.host_str().unwrap().to_owned(), url.port().unwrap());
        let target =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let mut request =
            Request::builder().method(method).uri(target).header(header::HOST, format!("{host}:{port}"));
        if let Some(origin) = origin.filter(|_| method == Method::POST) {
            request = request
                .header(header::ORIGIN, origin)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        // SameSite=Lax: a form from another site comes without cookies.
        let is_from_elsewhere =
            method == Method::POST && origin.is_some_and(|o| o != url.origin().ascii_serialization());
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((of, _), _)| *of == host && !is_from_elsewhere)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let request = request.body(Full::new(body.to_owned().into())).unwrap();
        let answer = send(([127, 0, 0, 1], port).into(), request).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert((host.clone(), name.to_owned()), value.to_owned());
        }
        answer
    }

    /// Sends the form of a page that goes to this address, with these fields in place of, or beside, its own.
    pub(super) async fn submit(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let (target, mut all) = page.form(action);
        all.retain(|(name, _)| fields.iter().all(|(n, _)| n != name));
        all.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        all.retain(|(_, value)| !value.is_empty());
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        let origin = page.url.origin().ascii_serialization();
        self.post(page.url.join(&target).unwrap(), &body, &origin).await
    }

    /// Makes the request of a walk that goes by the browser, goes to usher with it, and answers what usher asks.
    pub(super) async fn ask(&mut self, kind: &str, choices: &[(&str, &str)]) -> Page {
        let form = self.open(&format!("/{kind}")).await;
        let walk = self.submit(&form, &format!("/{kind}/start"), choices).await;
        let to = walk
            .attribute("#go[href]", "href")
            .or_else(|| walk.attribute("#message", "data-url"))
            .unwrap_or_else(|| panic!("nowhere to go: {}", walk.text("main")));
        let page = self.open(&to).await;
        self.answer_usher(page).await
    }

    /// Signs in and allows, as often as usher asks.
    pub(super) async fn answer_usher(&mut self, mut page: Page) -> Page {
        if page.count("#identifier") > 0 {
            let alice = self.demo.demo.people[0].clone();
            let fields = [("identifier", alice.username.as_str()), ("password", &alice.password)];
            page = self.submit(&page, "", &fields).await;
        }
        if page.count("#allow") > 0 {
            page = self.submit(&page, "", &[("decision", "allow")]).await;
        }
        page
    }

    /// Does what the script of a page does with the answer that came: the callback's with what is behind the `#`, and that of a page
    /// which opened usher with the message that it got. A page that posts itself does so. Anything else is left as it is.
    pub(super) async fn hand_on(&mut self, page: Page) -> Page {
        let base = self.demo.demo.base.clone();
        let inside = |action: &str| Url::parse(&base).unwrap().join(action).unwrap();
        if page.count("#response") > 0 {
            assert_eq!(
                page.attribute("#response", "data-origin").unwrap(),
                base,
                "the message is for the demo"
            );
            let body = page.inputs("#response");
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(body).finish();
            return self.post(inside("/answer/message"), &body, &base).await;
        }
        if page.count("script[src='/assets/fragment.js']") > 0 {
            let fragment = self.fragment.clone();
            return self.post(inside("/answer/fragment"), &fragment, &base).await;
        }
        if page.url.host_str() == Some("localhost") && page.count(&format!("form[action^='{base}']")) > 0 {
            let action = page.attribute("form", "action").unwrap();
            return self.submit(&page, &action, &[]).await;
        }
        page
    }

    /// A whole walk by the browser.
    pub(super) async fn walk(&mut self, kind: &str, choices: &[(&str, &str)]) -> Page {
        let arrived = self.ask(kind, choices).await;
        self.hand_on(arrived).await
    }
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).unwrap()
}

impl Page {
    fn find<T>(&self, selector: &str, read: impl Fn(ElementRef<'_>) -> T) -> Vec<T> {
        Html::parse_document(&self.html).select(&select(selector)).map(read).collect()
    }

    /// How often a selector is found.
    pub(super) fn count(&self, selector: &str) -> usize {
        self.find(selector, |_| ()).len()
    }

    /// The text of everything that a selector finds, spaces folded.
    pub(super) fn text(&self, selector: &str) -> String {
        let texts = self.find(selector, |e| e.text().collect::<Vec<_>>().join(" "));
        texts.join("\n").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// An attribute of the first thing that a selector finds.
    pub(super) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.find(selector, |e| e.attr(name).map(str::to_owned)).into_iter().next()?
    }

    /// Names and values of the inputs below what a selector finds.
    fn inputs(&self, selector: &str) -> Vec<(String, String)> {
        let pair = |e: ElementRef<'_>| {
            let is_off = matches!(e.attr("type"), Some("radio" | "checkbox")) && e.attr("checked").is_none();
            let name = e.attr("name").filter(|_| !is_off)?;
            Some((name.to_owned(), e.attr("value").unwrap_or_default().to_owned()))
        };
        self.find(&format!("{selector} input"), pair).into_iter().flatten().collect()
    }

    /// The form to this address, or the only one: where it goes, and its own fields.
    fn form(&self, action: &str) -> (String, Vec<(String, String)>) {
        let selector = if action.is_empty() { "form".to_owned() } else { format!("form[action='{action}']") };
        let target = self.attribute(&selector, "action");
        let target = target.unwrap_or_else(|| panic!("no form to {action:?}: {}", self.text("main")));
        (target, self.inputs(&selector))
    }

    /// Sees a walk that ended well: tokens are there, and every check of them held.
    #[track_caller]
    pub(super) fn is_verified(&self) -> &Self {
        let result = self.text("#result");
        assert!(
            result.starts_with("Signed in") || result.starts_with("Access granted"),
            "{}",
            self.text("main")
        );
        assert_eq!(self.text(".checks .wrong"), "");
        assert!(self.count(".checks .right") > 0);
        self
    }

    /// Sees what came of the mode: access, ID and refresh token, a `+` for each that came and a `-` for each that did not.
    #[track_caller]
    pub(super) fn yields(&self, expected: &str) -> &Self {
        let marks = self.find("#yields li", |e| if e.attr("class") == Some("came") { '+' } else { '-' });
        assert_eq!(marks.into_iter().collect::<String>(), expected, "{}", self.text("#yields"));
        self
    }

    /// Sees that these texts are part of what a selector finds.
    #[track_caller]
    pub(super) fn shows(&self, selector: &str, texts: &[&str]) -> &Self {
        let found = self.text(selector);
        for text in texts {
            assert!(found.contains(text), "{text:?} is not in: {found}");
        }
        self
    }
}
