//! Errors of the authorization endpoint. RFC 6749 §4.1.2.1: "If the request fails due to a missing, invalid, or mismatching
//! redirection URI, or if the client identifier is missing or invalid, the authorization server SHOULD inform the resource owner
//! of the error and MUST NOT automatically redirect the user-agent to the invalid redirection URI."

use crate::redirect::RegisteredRedirect;
use crate::response_mode::{self, ResponseMode};
use http::StatusCode;
use usher_core::{Cx, Fault, Reply};
use usher_types::page::{Content, ErrorPage, Problem};

/// Why an authorization request gets no code.
#[derive(Debug)]
pub(crate) enum AuthorizeError {
    /// A page: there is nowhere safe to redirect to.
    Page(Box<PageError>),
    /// A redirect to the application, which holds the proof that its URI is registered.
    Redirect(Box<RedirectError>),
    /// Our mistake or the world's.
    Fault(Fault),
}

/// What an error page tells.
#[derive(Debug)]
pub(crate) struct PageError {
    /// The specification's code.
    pub(crate) error: &'static str,
    /// What people are told.
    pub(crate) problem: Problem,
    /// What developers are told: label and text.
    pub(crate) developer: Vec<(String, String)>,
    /// The application, where it is known.
    pub(crate) client_id: Option<String>,
}

/// What the application is told.
#[derive(Debug)]
pub(crate) struct RedirectError {
    /// Where, proven to be registered.
    pub(crate) redirect: RegisteredRedirect,
    /// How.
    pub(crate) mode: ResponseMode,
    /// The request's state.
    pub(crate) state: Option<String>,
    /// The application.
    pub(crate) client_id: String,
    /// The specification's code.
    pub(crate) error: &'static str,
    /// A sentence for the application's developer.
    pub(crate) description: String,
}

impl AuthorizeError {
    /// An error page of a request that names no application yet.
    pub(crate) fn page(_cx: &Cx, error: &'static str, problem: Problem, reason: String) -> Self {
        Self::Page(Box::new(PageError {
            error,
            problem,
            developer: vec![("reason".to_owned(), reason)],
            client_id: None,
        }))
    }

    /// The answer; logs once.
    pub(crate) fn into_reply(self, cx: &Cx) -> Reply {
        match self {
            Self::Page(page) => {
                let reason = page
                    .developer
                    .iter()
                    .map(|(label, text)| format!("{label}: {text}"))
                    .collect::<Vec<_>>()
                    .join("; ");
                let client_id = page.client_id.as_deref().unwrap_or_default();
                cx.refused("an authorization request got an error page", &reason, client_id);
                let content = ErrorPage {
                    error: page.error.to_owned(),
                    problem: page.problem,
                    developer: page.developer,
                    back: None,
                };
                Reply::page(
                    StatusCode::BAD_REQUEST,
                    cx.page(page.client_id.as_deref(), cx.locale, Content::Error(content)),
                )
            }
            Self::Redirect(error) => {
                cx.refused(error.error, &error.description, &error.client_id);
                let mut response =
                    vec![("error", error.error.to_owned()), ("error_description", error.description)];
                response.extend(error.state.map(|s| ("state", s)));
                response_mode::deliver(cx, error.mode, &error.redirect, &error.client_id, response)
            }
            Self::Fault(fault) => cx.fault_page(&fault, "an authorization request failed", "server_error"),
        }
    }
}

impl From<Fault> for AuthorizeError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
