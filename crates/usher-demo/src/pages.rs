//! The pages that are not a walk: the landing page, the forms to begin with, and what is said when something cannot be done.

use crate::options::{PROMPTS, RESPONSE_MODES, SCOPES};
use crate::reply::Reply;
use crate::request::{Request, Unreadable};
use crate::{App, action, view};
use http::{Method, StatusCode};
use minijinja::context;
use minijinja::value::{Serde, Value};

/// Something to be said instead of a page that was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    pub(crate) title: &'a str,
    /// What happened.
    pub(crate) what: &'a str,
    /// Why, and what to do.
    pub(crate) why: &'a str,
    /// Where to go: address and words, the first one is what most people want.
    pub(crate) links: &'a [(&'a str, &'a str)],
}

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
        None => no_walk(app, id),
    }
}

/// A walk that is not there, or not this browser's.
pub(crate) fn no_walk(app: &App, id: &str) -> Reply {
    if app.walks().exists(id) {
        return message(
            app,
            StatusCode::FORBIDDEN,
            Message {
                title: "This walk belongs to another browser",
                what: "It was begun elsewhere, and its tokens are nobody else's business.",
                why: "A walk is tied to the cookie of the browser that began it. If this is that browser, it does not keep cookies for 127.0.0.1.",
                links: &[("/", "Start a walk here")],
            },
        );
    }
    message(
        app,
        StatusCode::NOT_FOUND,
        Message {
            title: "This walk is over",
            what: "There is no walk at this address any more.",
            why: "Walks live in memory: they are gone when the demo is restarted, and the oldest make room for new ones.",
            links: &[("/", "Start a new walk")],
        },
    )
}

/// Where usher sends the browser after signing out.
pub(crate) fn signed_out(app: &App, request: &Request) -> Reply {
    let state = request.query.one("state").ok().flatten();
    // The single-page application keeps its own state, and marks it so.
    if let Some(state) = state.filter(|state| state.starts_with("spa.")) {
        return Reply::see_other(format!("/spa/callback?{}", crate::wire::encode(&[("signed_out", state)])));
    }
    let walk = state.and_then(|state| action::signed_out(app, state, request.browser()));
    match walk {
        Some(path) => message(
            app,
            StatusCode::OK,
            Message {
                title: "Signed out",
                what: "usher ended the session and sent the browser back here, to the address that the application registered for this. The state is the one that went out.",
                why: "Try the tokens again on the page of the walk: unless offline_access was granted, they ended with the session.",
                links: &[(path.as_str(), "Back to the walk"), ("/", "To the beginning")],
            },
        ),
        None => message(
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

/// The demo was opened by another name than its own.
pub(crate) fn another_name(app: &App, request: &Request) -> Reply {
    // Whatever the name, this is our own port: the right address is all that is ever named.
    let own = format!("{}{}", app.demo.base, request.path);
    if request.method == Method::GET
        && request.host().starts_with("localhost")
        && !request.path.contains("callback")
    {
        return Reply::see_other(own);
    }
    message(
        app,
        StatusCode::MISDIRECTED_REQUEST,
        Message {
            title: "The demo has another address",
            what: "usher and this application must be two sites for a browser, so usher is at localhost and this application at 127.0.0.1.",
            why: "Open it by its own address.",
            links: &[(app.demo.base.as_str(), app.demo.base.as_str())],
        },
    )
}

/// A form that was posted from somewhere else.
pub(crate) fn strange_form(app: &App) -> Reply {
    message(
        app,
        StatusCode::FORBIDDEN,
        Message {
            title: "This did not come from here",
            what: "A page of another site tried to press a button of this application. Nothing was done.",
            why: "If you pressed it yourself, do it on the page of the walk.",
            links: &[("/", "To the beginning")],
        },
    )
}

/// There is nothing at this address.
pub(crate) fn not_found(app: &App) -> Reply {
    message(
        app,
        StatusCode::NOT_FOUND,
        Message {
            title: "There is nothing here",
            what: "This application has no page at this address.",
            why: "Perhaps the address was cut off. All there is can be reached from the beginning.",
            links: &[("/", "To the beginning")],
        },
    )
}

/// A request that cannot be read.
pub(crate) fn unreadable(app: &App, unreadable: Unreadable) -> Reply {
    let what = match unreadable {
        Unreadable::TooLarge => "The request is larger than anything that this application asks for.",
        Unreadable::Slow => "The request did not arrive in time.",
        Unreadable::Parameters => "The parameters of the request are too many, or are no text.",
    };
    let links = &[("/", "To the beginning")];
    message(
        app,
        unreadable.status(),
        Message { title: "This request cannot be read", what, why: "Start again from the beginning.", links },
    )
}

/// A page that says something.
pub(crate) fn message(app: &App, status: StatusCode, message: Message<'_>) -> Reply {
    let Message { title, what, why, links } = message;
    view::page(app, status, "message.html", context! { title, what, why, links => Value::from(Serde(links)) })
}
