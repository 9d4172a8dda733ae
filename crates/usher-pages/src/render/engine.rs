//! The templates, compiled once for each language, and what they can call: `t` gives a sentence as HTML, `text` the same as plain
//! text for titles; the filters `name` and `initial`; the tests `web`, `local` and `link`.

use super::name;
use super::text::{Part, TextError, Texts};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, escape_formatter,
};
use std::sync::{Arc, OnceLock};
use usher_types::Locale;

/// Every template by its name.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("../templates/layout.html")),
    ("mistakes.html", include_str!("../templates/mistakes.html")),
    ("new_password.html", include_str!("../templates/new_password.html")),
    ("hidden.html", include_str!("../templates/hidden.html")),
    ("account.html", include_str!("../templates/account.html")),
    ("item.html", include_str!("../templates/item.html")),
    ("sign_in.html", include_str!("../templates/sign_in.html")),
    ("choose_account.html", include_str!("../templates/choose_account.html")),
    ("change_password.html", include_str!("../templates/change_password.html")),
    ("forgot_password.html", include_str!("../templates/forgot_password.html")),
    ("confirm_link.html", include_str!("../templates/confirm_link.html")),
    ("verify_email.html", include_str!("../templates/verify_email.html")),
    ("sign_in_first.html", include_str!("../templates/sign_in_first.html")),
    ("sign_up.html", include_str!("../templates/sign_up.html")),
    ("finish_sign_up.html", include_str!("../templates/finish_sign_up.html")),
    ("notice.html", include_str!("../templates/notice.html")),
    ("mail.html", include_str!("../templates/mail.html")),
    ("consent.html", include_str!("../templates/consent.html")),
    ("device.html", include_str!("../templates/device.html")),
    ("device_consent.html", include_str!("../templates/device_consent.html")),
    ("device_done.html", include_str!("../templates/device_done.html")),
    ("sign_out.html", include_str!("../templates/sign_out.html")),
    ("signed_out.html", include_str!("../templates/signed_out.html")),
    ("error.html", include_str!("../templates/error.html")),
    ("form_post.html", include_str!("../templates/form_post.html")),
    ("web_message.html", include_str!("../templates/web_message.html")),
    ("advisor.html", include_str!("../templates/advisor.html")),
    ("advisor_path.html", include_str!("../templates/advisor_path.html")),
    ("account_top.html", include_str!("../templates/account_top.html")),
    ("account_end.html", include_str!("../templates/account_end.html")),
    ("account_hidden.html", include_str!("../templates/account_hidden.html")),
    ("account_overview.html", include_str!("../templates/account_overview.html")),
    ("account_field.html", include_str!("../templates/account_field.html")),
    ("account_profile.html", include_str!("../templates/account_profile.html")),
    ("account_password.html", include_str!("../templates/account_password.html")),
    ("account_sessions.html", include_str!("../templates/account_sessions.html")),
    ("account_applications.html", include_str!("../templates/account_applications.html")),
    ("tick.html", include_str!("../templates/tick.html")),
    ("notes.html", include_str!("../templates/notes.html")),
];

/// Renders a template.
pub(crate) fn render(locale: Locale, template: &str, context: Value) -> Result<String, String> {
    static ENGLISH: OnceLock<Result<Environment<'static>, String>> = OnceLock::new();
    static CHINESE: OnceLock<Result<Environment<'static>, String>> = OnceLock::new();
    let compiled = match locale {
        Locale::English => &ENGLISH,
        Locale::SimplifiedChinese => &CHINESE,
    };
    let environment = compiled.get_or_init(|| compile(locale)).as_ref().map_err(Clone::clone)?;
    let page = environment.get_template(template).and_then(|t| t.render(context));
    page.map_err(|e| format!("{template}: {e}"))
}

/// The templates, speaking one language.
fn compile(locale: Locale) -> Result<Environment<'static>, String> {
    let texts = Arc::new(Texts::load(locale).map_err(|e| e.to_string())?);
    let mut environment = Environment::new();
    // A misspelt variable is a mistake to be seen, not an empty place in a page.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(format);
    let html = Arc::clone(&texts);
    environment.add_function("t", move |key: &str, kwargs: Kwargs| -> Result<Value, Error> {
        html.html(key, parts(&kwargs)?).map(Value::from_safe_string).map_err(|e| unusable(&e))
    });
    environment.add_function("text", move |key: &str, kwargs: Kwargs| -> Result<String, Error> {
        texts.plain(key, parts(&kwargs)?).map_err(|e| unusable(&e))
    });
    environment.add_filter("name", |text: &str| Value::from_safe_string(name::isolated(text)));
    environment.add_filter("initial", |text: &str| name::initial(text));
    environment.add_test("web", |value: &Value| value.as_str().is_some_and(name::is_web));
    environment.add_test("local", |value: &Value| value.as_str().is_some_and(name::is_local));
    environment.add_test("link", |value: &Value| {
        value.as_str().is_some_and(|a| name::is_web(a) || name::is_local(a))
    });
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(|e| format!("{name}: {e}"))?;
    }
    Ok(environment)
}

/// What a template puts into a sentence. What is absent stays out; a sentence that needs it is then an error.
fn parts(kwargs: &Kwargs) -> Result<Vec<(String, Part)>, Error> {
    let mut parts = Vec::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        match value.kind() {
            ValueKind::Undefined | ValueKind::None => {}
            ValueKind::Number => parts.push((name.to_owned(), Part::Count(value.try_into()?))),
            _ => parts.push((name.to_owned(), Part::Name(value.to_string()))),
        }
    }
    Ok(parts)
}

/// Writes a value, escaped by [`name::escape`], which leaves the slashes of addresses readable.
fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str().filter(|_| !value.is_safe()) {
        Some(text) => out.write_str(&name::escape(text)).map_err(Error::from),
        None => escape_formatter(out, state, value),
    }
}

fn unusable(error: &TextError) -> Error {
    Error::new(ErrorKind::InvalidOperation, error.to_string())
}
