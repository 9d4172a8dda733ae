//! Answers: pages, redirects and static files, with the headers that every one of them carries.

use crate::app::App;
use crate::wire::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// An answer to a browser.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    media_type: &'static str,
    location: Option<String>,
    cookie: Option<String>,
    caching: &'static str,
    body: Bytes,
}

impl Reply {
    /// A page.
    pub(crate) fn page(status: StatusCode, html: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", html.into())
    }

    /// A JSON text.
    pub(crate) fn json(text: String) -> Self {
        Self::new(StatusCode::OK, "application/json", text.into())
    }

    /// A file that is part of the program.
    pub(crate) fn file(media_type: &'static str, content: String) -> Self {
        let caching = "no-cache";
        Self { caching, ..Self::new(StatusCode::OK, media_type, content.into()) }
    }

    /// "Go there, with GET": the only kind of redirect here, since 307 would carry a form along.
    pub(crate) fn see_other(location: impl Into<String>) -> Self {
        let location = Some(location.into());
        Self { location, ..Self::new(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new()) }
    }

    /// The same answer, giving the browser its cookie.
    pub(crate) fn with_cookie(self, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    fn new(status: StatusCode, media_type: &'static str, body: Bytes) -> Self {
        Self { status, media_type, location: None, cookie: None, caching: "no-store", body }
    }

    /// The response as it goes out.
    pub(crate) fn into_response(self, app: &App) -> Response<Body> {
        let mut response = Response::new(Body::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        // A value that is no header text cannot come about from what is put together here; were it to, the header stays out.
        let mut set =
            |name, value: &str| headers.extend(HeaderValue::from_str(value).ok().map(|v| (name, v)));
        set(header::CONTENT_TYPE, self.media_type);
        set(header::CACHE_CONTROL, self.caching);
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        // "no-referrer" would make browsers send `Origin: null` with our own forms.
        set(header::REFERRER_POLICY, "same-origin");
        set(header::CONTENT_SECURITY_POLICY, &policy(&app.issuer_origin()));
        self.location.iter().for_each(|location| set(header::LOCATION, location));
        self.cookie.iter().for_each(|cookie| set(header::SET_COOKIE, cookie));
        response
    }
}

/// Nothing but our own files, and usher as the place that the single-page application talks to, that a page may hold in a frame (to see
/// what becomes of it) and that draws the picture of a device's code. Chromium applies `form-action` to each redirect that follows a form,
/// and signing out is a form that ends at usher, hence its origin there.
fn policy(issuer: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' {issuer}; connect-src 'self' {issuer}; \
         frame-src {issuer}; form-action 'self' {issuer}; base-uri 'none'; frame-ancestors 'none'"
    )
}
