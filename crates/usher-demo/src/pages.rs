//! The pages: the landing page, the forms to begin with, a walk, and the way back from signing out. What is said in place of a page
//! is left to [`crate::message`].

use crate::action;
use crate::app::App;
use crate::message::{self, Message};
use crate::options::{PROMPTS, RESPONSE_MODES, SCOPES};
use crate::reply::Reply;
use crate::request::Request;
use crate::{view, wire};
use http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};

/// The kinds of application that a form begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormKind {
    Web,
    Spa,
    Native,
}

impl FormKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Spa => "spa",
            Self::Native => "native",
        }
    }
}

/// The landing page.
pub(crate) fn home(app: &App) -> Reply {
    view::page(app, StatusCode::OK, "home.html", context! { people => Value::from(Serde(&app.demo.people)) })
}

/// The form that begins a walk.
pub(crate) fn form(app: &App, kind: FormKind, request: &Request) -> Reply {
    let without_pkce = request.query.first("pkce") == Some("none");
    let choices = context! {
        kind => kind.name(),
        people => Value::from(Serde(&app.demo.people)),
        scopes => Value::from(Serde(SCOPES)),
        chosen => vec!["openid", "profile", "email"],
        prompts => Value::from(Serde(PROMPTS)),
        response_modes => Value::from(Serde(RESPONSE_MODES)),
        without_pkce,
    };
    view::page(app, StatusCode::OK, if kind == FormKind::Spa { "spa.html" } else { "form.html" }, choices)
}

/// Where the single-page application goes on after usher's answer.
pub(crate) fn spa(app: &App) -> Reply {
    view::page(app, StatusCode::OK, "spa.html", context! { kind => "spa", returned => true })
}

/// The page of a walk.
pub(crate) fn walk(app: &App, id: &str, browser: Option<&str>) -> Reply {
    let walk = app.walks().find(id, browser).cloned();
    match walk {
        Some(walk) => view::page(
            app,
            StatusCode::OK,
            "walk.html",
            context! { walk => Value::from(Serde(view::walk(app, &walk))) },
        ),
        None => message::no_walk(app, id),
    }
}

/// Where usher sends the browser after signing out.
pub(crate) fn signed_out(app: &App, request: &Request) -> Reply {
    let state = request.query.one("state").ok().flatten();
    // The single-page application keeps its own state, and marks it so.
    if let Some(state) = state.filter(|state| state.starts_with("spa.")) {
        return Reply::see_other(format!("/spa/callback?{}", wire::encode(&[("signed_out", state)])));
    }
    let walk = state.and_then(|state| action::signed_out(app, state, request.browser()));
    match walk {
        Some(path) => message::page(
            app,
            StatusCode::OK,
            Message {
                title: "Signed out",
                what: "usher ended the session and sent the browser back here, to the address that the application registered for this. The state is the one that went out.",
                why: "Try the tokens again on the page of the walk: unless offline_access was granted, they ended with the session.",
                links: &[(path.as_str(), "Back to the walk"), ("/", "To the beginning")],
            },
        ),
        None => message::page(
            app,
            StatusCode::OK,
            Message {
                title: "Signed out",
                what: "usher sent the browser here after a sign-out, with a state that this application does not know.",
                why: "That happens when the page is loaded again, when the demo was restarted, or when the sign-out began elsewhere. It does no harm.",
                links: &[("/", "To the beginning")],
            },
        ),
    }
}
