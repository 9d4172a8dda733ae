//! What each template is given: the page's own fields, the keys of its sentences, and what every page shows.

use super::{Mode, account, asset, link, map, policy};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use usher_types::Endpoint;
use usher_types::page::{
    Advisor, AdvisorStep, ChangePassword, Consent, ConsentItem, Content, Device, DeviceConsent,
    DeviceProblem, ErrorPage, FormPost, NewPasswordProblem, Page, Problem, SignIn, SignInNotice,
    SignInProblem, WebMessage,
};

/// The template of a page.
pub(crate) const fn template(content: &Content) -> &'static str {
    match content {
        Content::SignIn(_) => "sign_in.html",
        Content::ChooseAccount(_) => "choose_account.html",
        Content::ChangePassword(_) => "change_password.html",
        Content::Link(page) => link::template(page),
        Content::Consent(_) => "consent.html",
        Content::Device(_) => "device.html",
        Content::DeviceConsent(_) => "device_consent.html",
        Content::DeviceDone(_) => "device_done.html",
        Content::SignOut(_) => "sign_out.html",
        Content::SignedOut(_) => "signed_out.html",
        Content::Error(_) => "error.html",
        Content::FormPost(_) => "form_post.html",
        Content::WebMessage(_) => "web_message.html",
        Content::Advisor(_) => "advisor.html",
        Content::Account(page) => account::template(page),
    }
}

/// The variables of a page's template.
pub(crate) fn context(page: &Page, mode: Mode) -> Value {
    let application = page.frame.application.as_ref();
    let (page_key, failed, content) = match &page.content {
        Content::SignIn(sign_in) => ("sign-in", sign_in.problem.is_some(), self::sign_in(sign_in)),
        Content::ChooseAccount(chooser) => ("choose-account", false, value(chooser)),
        Content::ChangePassword(change) => {
            ("change-password", !change.problems.is_empty(), change_password(change))
        }
        Content::Link(page) => link::context(page),
        Content::Consent(consent) => {
            let application_name = application.map_or(&consent.return_host, |a| &a.name);
            ("consent", false, self::consent(consent, application_name))
        }
        Content::Device(device) => ("device", device.problem.is_some(), self::device(device)),
        Content::DeviceConsent(consent) => {
            let application_name = application.map_or(&page.frame.pool, |a| &a.name);
            ("device-consent", false, device_consent(consent, application_name))
        }
        Content::DeviceDone(done) => {
            let title = if done.allowed { "device-done" } else { "device-refused" };
            (title, false, value(done))
        }
        Content::SignOut(sign_out) => ("sign-out", false, value(sign_out)),
        Content::SignedOut(signed_out) => {
            let title = if signed_out.stayed { "signed-out-stayed" } else { "signed-out" };
            (title, false, value(signed_out))
        }
        Content::Error(error) => (problem_key(&error.problem), true, self::error(error, mode)),
        Content::FormPost(post) => ("form-post", false, form_post(post)),
        Content::WebMessage(message) => ("web-message", false, web_message(message)),
        Content::Advisor(advisor) => ("advisor", false, self::advisor(advisor)),
        Content::Account(page) => account::context(page),
    };
    context! {
        frame => value(&page.frame),
        application => value(application),
        page_key,
        title_key => if failed { "title-failed" } else { "title" },
        place => application.map_or(page.frame.pool.as_str(), |a| a.name.as_str()),
        style_href => asset::style_href(),
        icon_href => Endpoint::Icon.path(),
        ..content
    }
}

/// A value of ours as a value of the templates.
pub(super) fn value(of: impl Serialize) -> Value {
    Value::from(Serde(of))
}

fn sign_in(sign_in: &SignIn) -> Value {
    let minutes = match sign_in.problem {
        Some(SignInProblem::TooManyTries { minutes }) => Some(minutes),
        _ => None,
    };
    context! { problem_key => value(sign_in.problem.map(sign_in_problem_key)), minutes => value(minutes), notice_key => value(sign_in.notice.map(sign_in_notice_key)), ..value(sign_in) }
}

fn change_password(change: &ChangePassword) -> Value {
    choose_password(["change-password-lead", "change-password-button"], change)
}

/// The form for a new password, with the sentence that says why, and its button.
pub(super) fn choose_password([lead_key, button_key]: [&'static str; 2], change: &ChangePassword) -> Value {
    let mistakes: Vec<Mistake> = change.problems.iter().map(|p| new_password_mistake(*p)).collect();
    context! { lead_key, button_key, mistakes => value(mistakes), minutes => value(None::<i64>), ..value(change) }
}

fn consent(consent: &Consent, application_name: &str) -> Value {
    let items: Vec<Item<'_>> = consent.items.iter().map(Item::from).collect();
    context! { items => value(items), application_name, ..value(consent) }
}

fn device(device: &Device) -> Value {
    let minutes = match device.problem {
        Some(DeviceProblem::TooManyTries { minutes }) => Some(minutes),
        _ => None,
    };
    context! { problem_key => value(device.problem.map(device_problem_key)), minutes => value(minutes), ..value(device) }
}

fn device_consent(consent: &DeviceConsent, application_name: &str) -> Value {
    let items: Vec<Item<'_>> = consent.items.iter().map(Item::from).collect();
    context! { items => value(items), application_name, ..value(consent) }
}

fn error(error: &ErrorPage, mode: Mode) -> Value {
    let (minutes, address) = match &error.problem {
        Problem::TooMany { minutes } => (Some(*minutes), None),
        Problem::Address { address } => (None, Some(address)),
        _ => (None, None),
    };
    let developer: &[(String, String)] = if mode.developer { &error.developer } else { &[] };
    // Where the server has another address, the way on is that address.
    let back = error.back.as_ref().or(address);
    context! {
        error => error.error.as_str(),
        minutes => value(minutes),
        address => value(address),
        developer => value(developer),
        back => value(back),
    }
}

fn advisor(advisor: &Advisor) -> Value {
    let heading = match &advisor.step {
        AdvisorStep::Question { ask, .. } => ask,
        AdvisorStep::Advice(advice) => &advice.title,
    };
    let (boxes, lines) = map::draw(&advisor.map);
    context! {
        heading,
        boxes => value(boxes),
        lines => value(lines),
        map_width => map::WIDTH,
        map_height => map::HEIGHT,
        ..value(advisor)
    }
}

fn form_post(post: &FormPost) -> Value {
    context! { script => Value::from_safe_string(policy::SUBMIT.to_owned()), ..value(post) }
}

fn web_message(message: &WebMessage) -> Value {
    context! { script => Value::from_safe_string(policy::MESSAGE.to_owned()), ..value(message) }
}

/// The sentence for what was done before.
const fn sign_in_notice_key(notice: SignInNotice) -> &'static str {
    match notice {
        SignInNotice::PasswordChosen => "sign-in-notice-password-chosen",
        SignInNotice::FirstPassword => "sign-in-notice-first-password",
        SignInNotice::AccountMade => "sign-in-notice-account-made",
    }
}

/// The sentence for a try that failed.
const fn sign_in_problem_key(problem: SignInProblem) -> &'static str {
    match problem {
        SignInProblem::IdentifierMissing => "sign-in-problem-identifier-missing",
        SignInProblem::PasswordMissing => "sign-in-problem-password-missing",
        SignInProblem::Mismatch => "sign-in-problem-mismatch",
        SignInProblem::TooManyTries { .. } => "sign-in-problem-too-many-tries",
        SignInProblem::Busy => "sign-in-problem-busy",
        SignInProblem::Stale => "sign-in-problem-stale",
    }
}

/// One thing that was wrong with a form: the id of its field, empty where it is about none, and the sentence.
#[derive(Serialize)]
pub(super) struct Mistake {
    pub(super) at: &'static str,
    pub(super) key: &'static str,
}

/// What is wrong with a new password, at the field where it is.
pub(super) const fn new_password_mistake(problem: NewPasswordProblem) -> Mistake {
    let at = match problem {
        NewPasswordProblem::Busy => "",
        NewPasswordProblem::Different => "new-password-again",
        _ => "new-password",
    };
    Mistake { at, key: new_password_problem_key(problem) }
}

/// The sentence for a password that cannot be.
pub(super) const fn new_password_problem_key(problem: NewPasswordProblem) -> &'static str {
    match problem {
        NewPasswordProblem::TooShort => "new-password-problem-too-short",
        NewPasswordProblem::TooLong => "new-password-problem-too-long",
        NewPasswordProblem::Unprintable => "new-password-problem-unprintable",
        NewPasswordProblem::Common => "new-password-problem-common",
        NewPasswordProblem::Expected => "new-password-problem-expected",
        NewPasswordProblem::Pattern => "new-password-problem-pattern",
        NewPasswordProblem::Known => "new-password-problem-known",
        NewPasswordProblem::Different => "new-password-problem-different",
        NewPasswordProblem::Same => "new-password-problem-same",
        NewPasswordProblem::Busy => "new-password-problem-busy",
    }
}

/// The sentence for a code that leads nowhere.
const fn device_problem_key(problem: DeviceProblem) -> &'static str {
    match problem {
        DeviceProblem::Missing => "device-problem-missing",
        DeviceProblem::Wrong => "device-problem-wrong",
        DeviceProblem::TooManyTries { .. } => "device-problem-too-many-tries",
        DeviceProblem::Busy => "device-problem-busy",
        DeviceProblem::Stale => "device-problem-stale",
    }
}

/// The sentences for an error: what happened, with `.why` and `.next`.
const fn problem_key(problem: &Problem) -> &'static str {
    match problem {
        Problem::UnknownApplication => "problem-unknown-application",
        Problem::ReturnAddress => "problem-return-address",
        Problem::Request => "problem-request",
        Problem::Expired => "problem-expired",
        Problem::DeviceCode => "problem-device-code",
        Problem::OtherBrowser => "problem-other-browser",
        Problem::Forged => "problem-forged",
        Problem::Link => "problem-link",
        Problem::SignOut => "problem-sign-out",
        Problem::NotFound => "problem-not-found",
        Problem::Method => "problem-method",
        Problem::TooLarge => "problem-too-large",
        Problem::TooMany { .. } => "problem-too-many",
        Problem::Address { .. } => "problem-address",
        Problem::NoPool => "problem-no-pool",
        Problem::Internal => "problem-internal",
        Problem::Unavailable => "problem-unavailable",
    }
}

/// One thing that an application asks for: a sentence of ours, or the words of an administrator.
#[derive(Serialize)]
pub(super) struct Item<'a> {
    key: Option<&'static str>,
    detail: Option<&'static str>,
    words: Option<&'a str>,
    name: Option<&'a str>,
    claim: Option<&'a str>,
}

impl<'a> From<&'a ConsentItem> for Item<'a> {
    fn from(item: &'a ConsentItem) -> Self {
        let ours = |key, detail| Item { key: Some(key), detail, words: None, name: None, claim: None };
        match item {
            ConsentItem::Identity => ours("consent-item-identity", Some("consent-item-identity.detail")),
            ConsentItem::Profile => ours("consent-item-profile", Some("consent-item-profile.detail")),
            ConsentItem::Email => ours("consent-item-email", None),
            ConsentItem::Phone => ours("consent-item-phone", None),
            ConsentItem::Address => ours("consent-item-address", None),
            ConsentItem::OfflineAccess => {
                ours("consent-item-offline-access", Some("consent-item-offline-access.detail"))
            }
            ConsentItem::Scope { description: Some(words), .. } if !words.trim().is_empty() => {
                Item { key: None, detail: None, words: Some(words), name: None, claim: None }
            }
            ConsentItem::Scope { name, .. } => Item {
                name: Some(name),
                ..ours("consent-item-unnamed-scope", Some("consent-item-unnamed-scope.detail"))
            },
            ConsentItem::Claim { name } => Item { claim: Some(name), ..ours("consent-item-claim", None) },
        }
    }
}
