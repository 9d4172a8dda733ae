//! What the templates of an account's pages are given.

use super::name::clean;
use super::view::{Item, Mistake, new_password_mistake, value};
use minijinja::context;
use minijinja::value::Value;
use serde::Serialize;
use usher_types::page::{
    AccountContent, AccountNotice, AccountPage, AccountPassword, AccountPlace, ApplicationItem, FieldProblem,
    OwnApplications, OwnPasswordProblem, OwnProfile,
};

/// The template of a page.
pub(super) const fn template(page: &AccountPage) -> &'static str {
    match &page.content {
        AccountContent::Overview => "account_overview.html",
        AccountContent::Profile(_) => "account_profile.html",
        AccountContent::Password(_) => "account_password.html",
        AccountContent::Sessions(_) => "account_sessions.html",
        AccountContent::Applications(_) => "account_applications.html",
    }
}

/// The key of a page's title, whether a try failed, and the variables of its template.
pub(super) fn context(page: &AccountPage) -> (&'static str, bool, Value) {
    let (place, failed, content) = match &page.content {
        AccountContent::Overview => (AccountPlace::Overview, false, Value::from(())),
        AccountContent::Profile(profile) => (
            AccountPlace::Profile,
            profile.fields.iter().any(|f| f.problem.is_some()),
            self::profile(profile),
        ),
        AccountContent::Password(password) => {
            (AccountPlace::Password, !password.problems.is_empty(), self::password(password))
        }
        AccountContent::Sessions(sessions) => (AccountPlace::Sessions, false, value(sessions)),
        AccountContent::Applications(list) => (AccountPlace::Applications, false, applications(list)),
    };
    let ways: Vec<Way<'_>> = page
        .ways
        .iter()
        .map(|(to, address)| Way { key: place_key(*to), address, current: *to == place })
        .collect();
    let content = if content.is_none() {
        context! {}
    } else {
        content
    };
    let page = context! {
        ways => value(ways),
        notice_key => value(page.notice.map(notice_key)),
        notice_is_good => page.notice.is_some_and(is_good),
        ..context! { ..value(page), ..content }
    };
    (place_key(place), failed, page)
}

/// A way to a place.
#[derive(Serialize)]
struct Way<'a> {
    key: &'static str,
    address: &'a str,
    current: bool,
}

fn profile(profile: &OwnProfile) -> Value {
    let field = |f: &usher_types::page::ClaimField| {
        context! {
            name => f.name.as_str(),
            id => f.name.replace(['.', '_'], "-"),
            // A part of the address is named by its own name.
            claim => f.name.rsplit('.').next().unwrap_or_default(),
            value => f.value.lines().map(clean).collect::<Vec<_>>().join("\n"),
            kind => kind(&f.name),
            autocomplete => autocomplete(&f.name),
            lines => matches!(f.name.as_str(), "address.street_address" | "address.formatted"),
            hint_key => value(hint_key(&f.name)),
            problem_key => value(f.problem.map(field_problem_key)),
        }
    };
    let (address, own): (Vec<_>, Vec<_>) =
        profile.fields.iter().partition(|f| f.name.starts_with("address."));
    let fields = |of: Vec<_>| Value::from(of.into_iter().map(field).collect::<Vec<Value>>());
    context! { fields => fields(own), address => fields(address), fixed => value(&profile.fixed), waiting => value(&profile.waiting) }
}

fn password(password: &AccountPassword) -> Value {
    let minutes = password.problems.iter().find_map(|problem| match problem {
        OwnPasswordProblem::TooManyTries { minutes } => Some(*minutes),
        _ => None,
    });
    let mistakes: Vec<Mistake> = password.problems.iter().map(|p| own_password_mistake(*p)).collect();
    context! { mistakes => value(mistakes), minutes => value(minutes), least => password.least }
}

const fn own_password_mistake(problem: OwnPasswordProblem) -> Mistake {
    match problem {
        OwnPasswordProblem::Present => Mistake { at: "password", key: "own-password-problem-present" },
        OwnPasswordProblem::TooManyTries { .. } => Mistake { at: "", key: "sign-in-problem-too-many-tries" },
        OwnPasswordProblem::New(problem) => new_password_mistake(problem),
    }
}

fn applications(list: &OwnApplications) -> Value {
    let one = |application: &ApplicationItem| {
        let items: Vec<Item<'_>> = application.items.iter().map(Item::from).collect();
        context! { items => value(items), ..value(application) }
    };
    let applications: Vec<Value> = list.applications.iter().map(one).collect();
    context! { applications => Value::from(applications), next => value(&list.next) }
}

const fn place_key(place: AccountPlace) -> &'static str {
    match place {
        AccountPlace::Overview => "account-overview",
        AccountPlace::Profile => "account-profile",
        AccountPlace::Password => "account-password",
        AccountPlace::Sessions => "account-sessions",
        AccountPlace::Applications => "account-applications",
    }
}

const fn notice_key(notice: AccountNotice) -> &'static str {
    match notice {
        AccountNotice::Saved => "account-notice-saved",
        AccountNotice::AddressMail => "account-notice-address-mail",
        AccountNotice::AddressTooMany => "account-notice-address-too-many",
        AccountNotice::AddressWithdrawn => "account-notice-address-withdrawn",
        AccountNotice::PasswordChanged => "account-notice-password-changed",
        AccountNotice::SessionsEnded => "account-notice-sessions-ended",
        AccountNotice::AccessRemoved => "account-notice-access-removed",
        AccountNotice::Stale => "account-notice-stale",
        AccountNotice::SignedInAgain => "account-notice-signed-in-again",
        AccountNotice::Gone => "account-notice-gone",
    }
}

/// Whether what the person wanted was done.
const fn is_good(notice: AccountNotice) -> bool {
    match notice {
        AccountNotice::Saved
        | AccountNotice::AddressMail
        | AccountNotice::AddressWithdrawn
        | AccountNotice::PasswordChanged
        | AccountNotice::SessionsEnded
        | AccountNotice::AccessRemoved => true,
        AccountNotice::AddressTooMany
        | AccountNotice::Stale
        | AccountNotice::SignedInAgain
        | AccountNotice::Gone => false,
    }
}

const fn field_problem_key(problem: FieldProblem) -> &'static str {
    match problem {
        FieldProblem::TooLong => "claim-problem-too-long",
        FieldProblem::Control => "claim-problem-control",
        FieldProblem::Email => "claim-problem-email",
        FieldProblem::Phone => "claim-problem-phone",
        FieldProblem::Date => "claim-problem-date",
        FieldProblem::WebAddress => "claim-problem-web-address",
        FieldProblem::Language => "claim-problem-language",
        FieldProblem::TimeZone => "claim-problem-time-zone",
        FieldProblem::Needed => "claim-problem-needed",
    }
}

/// The type of an input: what a telephone's keyboard goes by.
fn kind(name: &str) -> &'static str {
    match name {
        "email" => "email",
        "phone_number" => "tel",
        "website" | "profile" | "picture" => "url",
        _ => "text",
    }
}

/// What a browser may fill in (HTML, "autofill").
fn autocomplete(name: &str) -> &'static str {
    match name {
        "name" => "name",
        "given_name" => "given-name",
        "middle_name" => "additional-name",
        "family_name" => "family-name",
        "nickname" => "nickname",
        "email" => "email",
        "phone_number" => "tel",
        "website" => "url",
        "address.street_address" => "street-address",
        "address.postal_code" => "postal-code",
        "address.locality" => "address-level2",
        "address.region" => "address-level1",
        "address.country" => "country-name",
        _ => "off",
    }
}

/// An example of what a field wants.
fn hint_key(name: &str) -> Option<&'static str> {
    Some(match name {
        "birthdate" => "claim-hint-birthdate",
        "locale" => "claim-hint-locale",
        "zoneinfo" => "claim-hint-zoneinfo",
        "phone_number" => "claim-hint-phone-number",
        "website" | "profile" | "picture" => "claim-hint-web-address",
        "address.formatted" => "claim-hint-formatted",
        _ => return None,
    })
}
