//! The pages: the landing page, the forms to begin with, a walk, and the way back from signing out. What is said in place of a page
//! is left to [`crate::message`].

use crate::action;
use crate::app::App;
use crate::kind::Kind;
use crate::message::{self, Message};
use crate::options::{PROMPTS, STOCK, scopes_of};
use crate::portrait::{self, Portrait};
use crate::reply::Reply;
use crate::request::Request;
use crate::{view, wire};
use http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};

/// A group of applications on the landing page.
#[derive(serde::Serialize)]
struct Group {
    title: &'static str,
    says: &'static str,
    cards: Vec<Card>,
}

#[derive(serde::Serialize)]
struct Card {
    name: &'static str,
    portrait: &'static Portrait,
}

const GROUPS: [(&str, &str, &[Kind]); 4] = [
    (
        "A person signs in, by a code",
        "The browser carries a code, which is worth nothing to whoever sees it.",
        &[Kind::Web, Kind::Bank, Kind::Spa, Kind::Native],
    ),
    (
        "A person signs in, and tokens come at once",
        "Part of the answer travels through the browser, and has to be bound together.",
        &[Kind::Implicit, Kind::Hybrid],
    ),
    (
        "A person signs in, without a redirect",
        "There is no browser to send anywhere.",
        &[Kind::Device, Kind::Password],
    ),
    (
        "No person is there",
        "A program acts for itself, or with what somebody gave it earlier.",
        &[Kind::Machine, Kind::Exchange, Kind::Assertion],
    ),
];

/// The landing page.
pub(crate) fn home(app: &App) -> Reply {
    let groups = GROUPS.map(|(title, says, kinds)| Group {
        title,
        says,
        cards: kinds.iter().map(|kind| Card { name: kind.name(), portrait: portrait::of(*kind) }).collect(),
    });
    let content = context! {
        people => Value::from(Serde(&app.demo.people)),
        groups => Value::from(Serde(groups)),
        advisor => &*app.demo.advisor,
    };
    view::page(app, StatusCode::OK, "home.html", content)
}

/// The form that begins a walk.
pub(crate) fn form(app: &App, kind: Kind, request: &Request) -> Reply {
    let without_pkce = request.query.first("pkce") == Some("none");
    // Walks of this browser whose tokens can be exchanged for others.
    let with_tokens: Vec<(String, &str)> = request.browser().map_or_else(Vec::new, |browser| {
        let walks = app.walks();
        let has_stock = |scope: &str| scope.split(' ').any(|name| name == STOCK.0);
        let alive = walks.list(browser).filter(|w| {
            w.tokens().is_some_and(|t| t.ended.is_none() && t.scope.as_deref().is_some_and(has_stock))
                && matches!(w.kind, Kind::Web | Kind::Password)
        });
        alive.take(3).map(|w| (w.id.clone(), portrait::of(w.kind).title)).collect()
    });
    let choices = context! {
        kind => kind.name(),
        portrait => Value::from(Serde(portrait::of(kind))),
        people => Value::from(Serde(&app.demo.people)),
        scopes => Value::from(Serde(scopes_of(kind))),
        chosen => vec!["openid", "profile", "email"],
        prompts => Value::from(Serde(PROMPTS)),
        response_types => Value::from(Serde(kind.response_types())),
        response_modes => Value::from(Serde(kind.response_modes())),
        keys => Value::from(Serde(&app.demo.clients.keys)),
        with_tokens => Value::from(Serde(with_tokens)),
        without_pkce,
    };
    let template = match kind {
        Kind::Spa => "spa.html",
        Kind::Web | Kind::Bank | Kind::Native | Kind::Implicit | Kind::Hybrid | Kind::Device => "form.html",
        Kind::Password | Kind::Machine | Kind::Exchange | Kind::Assertion => "direct.html",
    };
    view::page(app, StatusCode::OK, template, choices)
}

/// Where the single-page application goes on after usher's answer.
pub(crate) fn spa(app: &App) -> Reply {
    view::page(
        app,
        StatusCode::OK,
        "spa.html",
        context! {
            kind => Kind::Spa.name(), portrait => Value::from(Serde(portrait::of(Kind::Spa))), returned => true,
        },
    )
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
