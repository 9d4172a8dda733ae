//! What all forms share: finding the interaction, and the proof that this server's own page sent the form.

use http::{HeaderName, Method, StatusCode, header};
use std::sync::Arc;
use usher_core::browser::Browser;
use usher_core::interaction::{self, InteractionError, Open, Standing};
use usher_core::{AuthnContext, Client, Cx, Fault, Reply, Request};
use usher_store::tables::AuthorizeRow;
use usher_types::page::{Content, ErrorPage, Form, Problem};
use usher_types::{Endpoint, Opaque, Params};

/// Why a page does not go on.
pub(super) enum Refused {
    /// A page that says so.
    Page(StatusCode, Problem, String),
    /// Our mistake or the world's.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Refused {
    /// The interaction is over.
    pub(super) fn gone() -> Self {
        Self::Page(
            StatusCode::BAD_REQUEST,
            Problem::Expired,
            "no such interaction, or it has expired".to_owned(),
        )
    }

    /// The answer; logs once.
    pub(super) fn into_reply(self, cx: &Cx) -> Reply {
        let (status, problem, reason) = match self {
            Self::Page(status, problem, reason) => (status, problem, reason),
            Self::Fault(fault) => {
                let error = if fault.is_passing() { "temporarily_unavailable" } else { "server_error" };
                return cx.fault_page(&fault, "a page failed", error);
            }
        };
        cx.refused("a page was asked for in vain", &reason, "");
        let developer = if reason.is_empty() { Vec::new() } else { vec![("reason".to_owned(), reason)] };
        let content = ErrorPage { error: "invalid_request".to_owned(), problem, developer, back: None };
        Reply::page(status, cx.page(None, cx.locale, Content::Error(content)))
    }
}

/// An interaction with everything that was read about it.
pub(super) struct Found {
    /// The handle, as it came.
    pub(super) handle: String,
    /// The interaction.
    pub(super) open: Open,
    /// The request's browser.
    pub(super) browser: Browser,
    /// What was read.
    pub(super) row: AuthorizeRow,
    /// The people who are signed in here.
    pub(super) people: Vec<AuthnContext>,
    /// The application, with today's settings, where one asks.
    client: Option<Arc<Client>>,
}

impl Found {
    /// Finds the interaction that a handle names, if it is this browser's. One read.
    pub(super) async fn read(cx: &Cx, request: &Request, handle: &str) -> Result<Self, Refused> {
        let opaque = Opaque::parse(handle).map_err(|_| Refused::gone())?;
        let browser = Browser::of(cx, request);
        let (open, row) = interaction::read(cx, &opaque, browser.as_ref()).await.map_err(|e| match e {
            InteractionError::Gone => Refused::gone(),
            InteractionError::OtherBrowser => {
                Refused::Page(StatusCode::BAD_REQUEST, Problem::OtherBrowser, e.to_string())
            }
            InteractionError::Fault(fault) => Refused::Fault(fault),
        })?;
        let people = AuthnContext::all(cx, browser.as_ref(), &row);
        let client = match open.interaction.application() {
            Some(id) => Some(cx.pool.clients.get(&id).map(Arc::clone).ok_or_else(Refused::gone)?),
            None => None,
        };
        let browser = browser.ok_or_else(Refused::gone)?;
        Ok(Self { handle: handle.to_owned(), open, browser, row, people, client })
    }

    /// The application, for a page that is never shown without one.
    pub(super) fn client(&self) -> Result<&Client, Refused> {
        self.client.as_deref().ok_or_else(Refused::gone)
    }

    /// Back to the door that began it.
    pub(super) fn resume(&self, cx: &Cx) -> Reply {
        let door = self.open.interaction.door;
        Reply::see_other(&interaction::page_address(cx, door.resumes_at(), &self.handle))
    }

    /// Whether the form was made for the browser's present secret; an older tab's form is not taken, but decided again.
    pub(super) fn is_current(&self, form_token: Option<&str>) -> bool {
        self.open.standing == Standing::Bound && is_ours(&self.browser, &self.handle, form_token)
    }
}

/// The form of a page.
pub(super) fn form(cx: &Cx, page: Endpoint, browser: &Browser, handle: &str) -> Form {
    Form { action: cx.path(page), interaction: handle.to_owned(), form_token: browser.form_token(handle) }
}

/// Whether a form token was made for this browser and this interaction.
pub(super) fn is_ours(browser: &Browser, handle: &str, form_token: Option<&str>) -> bool {
    form_token
        .is_some_and(|token| usher_crypto::matches(token.as_bytes(), browser.form_token(handle).as_bytes()))
}

/// The interaction's handle of a GET, from the query.
pub(super) fn handle_of(request: &Request) -> Result<String, Refused> {
    let params = request.query_params().map_err(|_| Refused::gone())?;
    Ok(params.one("interaction").ok().flatten().ok_or_else(Refused::gone)?.to_owned())
}

/// The fields of a POST that this server's own page sent: what the browser says of its origin must be ours.
pub(super) fn fields(cx: &Cx, request: &Request) -> Result<Params, Refused> {
    let forged = |reason: &str| Refused::Page(StatusCode::FORBIDDEN, Problem::Forged, reason.to_owned());
    let origin = request.headers.get(header::ORIGIN).map(|v| v.to_str().unwrap_or_default());
    // Browsers send "null" with Referrer-Policy: no-referrer on a same-origin form post; then Sec-Fetch-Site and the form token decide.
    if origin.is_some_and(|o| o != cx.pool.origin() && o != "null") {
        return Err(forged("the Origin header names another site"));
    }
    let site = request
        .headers
        .get(HeaderName::from_static("sec-fetch-site"))
        .map(|v| v.to_str().unwrap_or_default());
    if site.is_some_and(|s| s != "same-origin" && s != "none") {
        return Err(forged("the Sec-Fetch-Site header names another site"));
    }
    request.form().map_err(|e| Refused::Page(StatusCode::BAD_REQUEST, Problem::Request, e.to_string()))
}

/// One field of a form.
pub(super) fn field<'a>(params: &'a Params, name: &'static str) -> Result<Option<&'a str>, Refused> {
    params.one(name).map_err(|e| Refused::Page(StatusCode::BAD_REQUEST, Problem::Request, e.to_string()))
}

/// Whether a request sends a form.
pub(super) fn is_post(request: &Request) -> bool {
    request.method == Method::POST
}
