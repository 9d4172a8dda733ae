//! What a door answers: status, headers and bytes, or a page that the program has rendered by the pages' own crate.
//! Every redirect is a 303 and is made here.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use usher_types::page::Page;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those that the listener adds to every answer.
    pub headers: HeaderMap,
    /// The content.
    pub body: Body,
}

/// The content of an answer.
#[derive(Debug)]
pub enum Body {
    /// None.
    Empty,
    /// Bytes, whose media type is in the headers.
    Bytes(Bytes),
    /// A page to be rendered.
    Page(Box<Page>),
}

/// Whether an answer may be kept by whoever sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Not at all: it holds something of one person's.
    NoStore,
    /// By anybody, for so many seconds; then to be asked for again by its ETag.
    Public(u32),
    /// By anybody for ever: its address changes with its content.
    Immutable,
}

impl Reply {
    /// An answer without content.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Body::Empty }.cached(Caching::NoStore)
    }

    /// JSON that nobody may keep.
    pub fn json(status: StatusCode, content: &impl Serialize) -> Self {
        let text = serde_json::to_vec(content).unwrap_or_default();
        Self::bytes(status, "application/json", Bytes::from(text))
    }

    /// Bytes that nobody may keep.
    pub fn bytes(status: StatusCode, media_type: &'static str, content: Bytes) -> Self {
        let mut reply = Self::empty(status);
        reply.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        reply.body = Body::Bytes(content);
        reply
    }

    /// A page.
    pub fn page(status: StatusCode, page: Page) -> Self {
        let mut reply = Self::empty(status);
        reply.body = Body::Page(Box::new(page));
        reply
    }

    /// A redirect by 303, which turns every method into GET (RFC 9110 §15.4.4; RFC 9700 §4.12 warns of 307). The target is an
    /// address of this server or a registered URI: callers hold the proof. What no header can carry answers 500.
    pub fn see_other(target: &str) -> Self {
        let Ok(location) = HeaderValue::try_from(target) else {
            return Self::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        Self::empty(StatusCode::SEE_OTHER)
            .with(header::LOCATION, location)
            .with(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The same answer with cookies to set; what no header can carry is left out.
    #[must_use]
    pub fn with_cookie(mut self, cookie: Option<String>) -> Self {
        if let Some(value) = cookie.and_then(|c| HeaderValue::try_from(c).ok()) {
            self.headers.append(header::SET_COOKIE, value);
        }
        self
    }

    /// The same answer with its caching told.
    #[must_use]
    pub fn cached(mut self, caching: Caching) -> Self {
        let value = match caching {
            Caching::NoStore => Some(HeaderValue::from_static("no-store")),
            Caching::Public(seconds) => HeaderValue::try_from(format!("public, max-age={seconds}")).ok(),
            Caching::Immutable => Some(HeaderValue::from_static("public, max-age=31536000, immutable")),
        };
        if let Some(value) = value {
            self.headers.insert(header::CACHE_CONTROL, value);
        }
        self
    }
}
