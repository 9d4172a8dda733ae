//! Turns a [`Page`] into HTML and the Content-Security-Policy that goes with it. What a page says is decided elsewhere; nothing
//! here reads a request, a clock or a database.
//!
//! A page needs no script and names nothing outside this server, and every text that a person, an application or an
//! administrator wrote is escaped. The two exceptions to the first are the pages that deliver an authorization response, by a
//! form (OAuth 2.0 Form Post Response Mode §2) or by a message to another window, whose only script is named by its hash.

mod account;
mod asset;
mod colour;
mod engine;
mod fallback;
mod link;
mod mail;
mod map;
mod name;
mod policy;
mod qr;
mod text;
mod view;

pub use asset::{icon, style_css};
pub use colour::{Rgb, application_style};
pub use mail::{RenderedMail, mail};
pub use qr::svg as qr_svg;

use usher_types::page::{Content, Page};

/// How pages are shown on this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mode {
    /// Whether error pages have a folded part for developers.
    pub developer: bool,
}

/// A page, ready to be sent as `text/html; charset=utf-8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The document.
    pub body: String,
    /// The value of its `Content-Security-Policy` header.
    pub csp: String,
}

/// Renders a page. Never fails: where a template would, the page says that something went wrong here, and the cause is logged.
pub fn html(page: &Page, mode: Mode) -> Rendered {
    let locale = page.frame.locale;
    let csp = match &page.content {
        Content::FormPost(post) => policy::form_post(&post.target),
        Content::WebMessage(message) => policy::web_message(&message.target_origin),
        _ => Some(policy::page()),
    };
    let Some(csp) = csp else {
        tracing::error!("a response was about to be posted to an address that no form may have");
        return fallback::page(locale);
    };
    match engine::render(locale, view::template(&page.content), view::context(page, mode)) {
        Ok(body) => Rendered { body, csp },
        Err(bug) => {
            tracing::error!(error = %bug, "a page could not be rendered");
            fallback::page(locale)
        }
    }
}
