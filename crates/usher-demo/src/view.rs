//! How pages are made: templates and files that are part of the program, every value escaped. What a page shows is chosen by
//! whoever asks; only the walk's page needs more, and has it in [`mod@record`].

mod exchange;
mod json;
mod record;

use crate::app::App;
use crate::reply::Reply;
use http::StatusCode;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use std::sync::OnceLock;
use usher_types::look;

pub(crate) use exchange::tried;
pub(crate) use record::walk;

const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("templates/layout.html")),
    ("parts.html", include_str!("templates/parts.html")),
    ("choices.html", include_str!("templates/choices.html")),
    ("home.html", include_str!("templates/home.html")),
    ("mailbox.html", include_str!("templates/mailbox.html")),
    ("form.html", include_str!("templates/form.html")),
    ("direct.html", include_str!("templates/direct.html")),
    ("walk.html", include_str!("templates/walk.html")),
    ("request.html", include_str!("templates/request.html")),
    ("device.html", include_str!("templates/device.html")),
    ("callback.html", include_str!("templates/callback.html")),
    ("tokens.html", include_str!("templates/tokens.html")),
    ("next.html", include_str!("templates/next.html")),
    ("wrong.html", include_str!("templates/wrong.html")),
    ("fragment.html", include_str!("templates/fragment.html")),
    ("spa.html", include_str!("templates/spa.html")),
    ("message.html", include_str!("templates/message.html")),
];

/// Files: a name, a media type, and the texts that it is made of.
const ASSETS: &[(&str, &str, &[&str])] = &[
    ("demo.css", "text/css; charset=utf-8", &[look::CSS, include_str!("assets/demo.css")]),
    ("icon.svg", "image/svg+xml", &[include_str!("assets/icon.svg")]),
    ("fragment.js", SCRIPT, &[include_str!("assets/fragment.js")]),
    ("message.js", SCRIPT, &[include_str!("assets/message.js")]),
    ("device.js", SCRIPT, &[include_str!("assets/device.js")]),
    ("copy.js", SCRIPT, &[include_str!("assets/copy.js")]),
    ("spa.js", SCRIPT, &[include_str!("assets/spa.js")]),
    ("spa-client.js", SCRIPT, &[include_str!("assets/spa-client.js")]),
    ("spa-verify.js", SCRIPT, &[include_str!("assets/spa-verify.js")]),
    ("spa-view.js", SCRIPT, &[include_str!("assets/spa-view.js")]),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The file of this name.
pub(crate) fn asset(name: &str) -> Option<Reply> {
    ASSETS
        .iter()
        .find(|(known, _, _)| *known == name)
        .map(|(_, media_type, texts)| Reply::file(media_type, texts.concat()))
}

/// Renders a page. A template that fails is our mistake; the browser then gets a sentence in place of the page.
pub(crate) fn page(app: &App, status: StatusCode, template: &str, content: Value) -> Reply {
    let content = context! { issuer => &*app.demo.issuer, base => &*app.demo.base, ..content };
    match render(template, content) {
        Ok(html) => Reply::page(status, html),
        Err(error) => {
            tracing::error!(template, error, "a page of the demo could not be made");
            let html = "<!doctype html><html lang=\"en\"><title>Sorry</title><p>This page could not be made. The log says why.</p></html>";
            Reply::page(StatusCode::INTERNAL_SERVER_ERROR, html.to_owned())
        }
    }
}

fn render(template: &str, content: Value) -> Result<String, String> {
    static ENVIRONMENT: OnceLock<Result<Environment<'static>, String>> = OnceLock::new();
    let environment = ENVIRONMENT.get_or_init(compile).as_ref().map_err(Clone::clone)?;
    let page = environment.get_template(template).and_then(|t| t.render(content));
    page.map_err(|error| format!("{error:#}"))
}

fn compile() -> Result<Environment<'static>, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(environment)
}

#[cfg(test)]
mod tests;
