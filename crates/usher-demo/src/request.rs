//! An incoming request, read whole and within limits. What it means is left to the pages.

use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use usher_types::{Params, limits};

/// The cookie that names a browser. Cookies are not separated by port, so its name must differ from every one of usher's.
const COOKIE: &str = "usher-demo";

/// What a browser sent.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The parameters of the query.
    pub(crate) query: Params,
    /// The parameters of a form in the body; none for other media types.
    pub(crate) form: Params,
    headers: HeaderMap,
}

/// Why a request cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A body of more than [`limits::BODY_BYTES`].
    TooLarge,
    /// A body that took longer than [`limits::BODY_TIME`].
    Slow,
    /// Parameters that are no text, or too many.
    Parameters,
}

impl Unreadable {
    /// The status that it is answered with.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Parameters => StatusCode::BAD_REQUEST,
        }
    }
}

impl Request {
    /// Reads head and body.
    pub(crate) async fn read(request: http::Request<hyper::body::Incoming>) -> Result<Self, Unreadable> {
        let (head, body) = request.into_parts();
        let body = tokio::time::timeout(
            limits::BODY_TIME.to_std(),
            Limited::new(body, limits::BODY_BYTES).collect(),
        );
        let body = body.await.map_err(|_| Unreadable::Slow)?.map_err(|_| Unreadable::TooLarge)?.to_bytes();
        let is_form = text(&head.headers, &header::CONTENT_TYPE).is_some_and(|media| {
            media.split(';').next().is_some_and(|m| m.trim() == "application/x-www-form-urlencoded")
        });
        let read = |bytes: &[u8]| Params::parse(bytes).map_err(|_| Unreadable::Parameters);
        Ok(Self {
            query: read(head.uri.query().unwrap_or_default().as_bytes())?,
            form: read(if is_form { &body } else { b"" })?,
            method: head.method,
            path: head.uri.path().to_owned(),
            headers: head.headers,
        })
    }

    /// The name by which the browser reached this server.
    pub(crate) fn host(&self) -> &str {
        text(&self.headers, &header::HOST).unwrap_or_default()
    }

    /// Where a posted form stood; absent where the browser does not say.
    pub(crate) fn origin(&self) -> Option<&str> {
        text(&self.headers, &header::ORIGIN)
    }

    /// The browser's cookie. Only texts that this server could have made are taken for one.
    pub(crate) fn browser(&self) -> Option<&str> {
        let cookies = self.headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value).filter(|value| value.len() == 43)
    }
}

/// The line that gives a browser its cookie. SameSite=Lax: a form that usher's page posts here arrives without it.
pub(crate) fn set_cookie(browser: &str) -> String {
    format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax")
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
