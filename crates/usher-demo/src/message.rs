//! What is said instead of the page that was asked for: what happened, why, and where to go. Any part of the demo may say something;
//! the pages of its own are in [`crate::pages`].

use crate::app::App;
use crate::reply::Reply;
use crate::request::{Request, Unreadable};
use crate::view;
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

/// A page that says something.
pub(crate) fn page(app: &App, status: StatusCode, message: Message<'_>) -> Reply {
    let Message { title, what, why, links } = message;
    view::page(app, status, "message.html", context! { title, what, why, links => Value::from(Serde(links)) })
}

/// A walk that is not there, or not this browser's.
pub(crate) fn no_walk(app: &App, id: &str) -> Reply {
    if app.walks().exists(id) {
        return page(
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
    page(
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
    page(
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
    page(
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
    page(
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
    page(
        app,
        unreadable.status(),
        Message { title: "This request cannot be read", what, why: "Start again from the beginning.", links },
    )
}
