//! The pages of a person's own account. Each form carries the hidden field `session`: whose account it is.

use super::{Account, ConsentItem, Form, NewPasswordProblem};
use crate::{Endpoint, Timestamp};
use serde::{Deserialize, Serialize};

/// A page of an account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPage {
    /// Whose account it is.
    pub account: Account,
    /// Addresses of all places, in order.
    pub ways: Vec<(AccountPlace, String)>,
    /// Where another account is chosen.
    pub choose: String,
    /// Where the form to sign out posts to.
    pub sign_out: String,
    /// What the person should know first.
    pub notice: Option<AccountNotice>,
    /// The page's form.
    pub form: Form,
    /// What the place shows.
    #[serde(skip)]
    pub content: AccountContent,
}

/// The places of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPlace {
    /// Whose account it is.
    Overview,
    /// The person's claims.
    Profile,
    /// The password.
    Password,
    /// Where the person is signed in.
    Sessions,
    /// What the person has allowed applications.
    Applications,
}

impl AccountPlace {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::Overview, Self::Profile, Self::Password, Self::Sessions, Self::Applications];

    /// Its endpoint.
    pub const fn endpoint(self) -> Endpoint {
        match self {
            Self::Overview => Endpoint::Account,
            Self::Profile => Endpoint::AccountProfile,
            Self::Password => Endpoint::AccountPassword,
            Self::Sessions => Endpoint::AccountSessions,
            Self::Applications => Endpoint::AccountApplications,
        }
    }
}

/// What a person should know first on a page of their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountNotice {
    /// What was typed is stored.
    Saved,
    /// What was typed is stored, but for the address: it is once the link is followed that was sent there.
    AddressMail,
    /// What was typed is stored, but for the address: too many mails were asked for.
    AddressTooMany,
    /// The link to another address ended.
    AddressWithdrawn,
    /// The password is the new one.
    PasswordChanged,
    /// The session, or the sessions, ended.
    SessionsEnded,
    /// The application's access ended.
    AccessRemoved,
    /// Nothing was changed: the form came from an older page or another window.
    Stale,
    /// Nothing was changed yet: the person had to sign in again first.
    SignedInAgain,
    /// Nothing was changed: what the form was about is not there any more.
    Gone,
}

/// What a place of an account shows.
#[derive(Debug, Clone)]
pub enum AccountContent {
    /// The places, and the button `sign-out`.
    Overview,
    /// The person's claims.
    Profile(OwnProfile),
    /// The form for a new password.
    Password(AccountPassword),
    /// Where the person is signed in.
    Sessions(OwnSessions),
    /// What the person has allowed applications.
    Applications(OwnApplications),
}

/// The form for a person's claims: a field for each, button `save`.
#[derive(Debug, Clone, Serialize)]
pub struct OwnProfile {
    /// The fields, in order.
    pub fields: Vec<ClaimField>,
    /// What is shown and cannot be changed here: claim and value.
    pub fixed: Vec<(String, String)>,
    /// Another address, which waits for its link to be followed: button `withdraw` of a form of its own.
    pub waiting: Option<String>,
}

/// A field for one claim, or for a part of the address.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimField {
    /// The claim's name; `address.` and the member's name for a part of the address.
    pub name: String,
    /// What stands in it.
    pub value: String,
    /// What was wrong with it.
    pub problem: Option<FieldProblem>,
}

/// What was wrong with a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldProblem {
    /// It is longer than is kept.
    TooLong,
    /// It has a line break or a control character.
    Control,
    /// It is no e-mail address.
    Email,
    /// It is no telephone number (E.164).
    Phone,
    /// It is no date (OpenID Connect Core §5.1, `birthdate`).
    Date,
    /// It is no web address.
    WebAddress,
    /// It is no language tag (BCP 47).
    Language,
    /// It is no name of a time zone.
    TimeZone,
    /// Without it the person could not sign in any more.
    Needed,
}

/// The form for a new password: fields `password`, `new_password`, `new_password_again`; button `change-password`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPassword {
    /// The least number of characters.
    pub least: usize,
    /// All that was wrong with the last try.
    #[serde(skip)]
    pub problems: Vec<OwnPasswordProblem>,
}

/// What was wrong with a try to change the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnPasswordProblem {
    /// The present password is wrong, or was not filled in.
    Present,
    /// Too many wrong tries.
    TooManyTries {
        /// Minutes to wait, rounded up.
        minutes: i64,
    },
    /// The new password cannot be.
    New(NewPasswordProblem),
}

/// Where a person is signed in: one form per session with the hidden field `id` and the button `end`; button `end-others`.
#[derive(Debug, Clone, Serialize)]
pub struct OwnSessions {
    /// The sessions, newest first, this one before all others.
    pub sessions: Vec<SessionItem>,
    /// The address of the next part, where there is one.
    pub next: Option<String>,
    /// Whether there are other sessions than this one.
    pub others: bool,
}

/// One session.
#[derive(Debug, Clone, Serialize)]
pub struct SessionItem {
    /// Its id.
    pub id: String,
    /// Whether it is the one at hand.
    pub current: bool,
    /// The browser, where it is known.
    pub browser: Option<String>,
    /// Its operating system, where it is known.
    pub system: Option<String>,
    /// When it began.
    pub began: Ago,
    /// When the person last proved who they are in it.
    pub proved: Ago,
    /// When it was last used.
    pub seen: Ago,
    /// How the person signed in, as RFC 8176 names it.
    pub methods: Vec<String>,
    /// Whether the person asked to be remembered.
    pub remembered: bool,
}

/// What a person has allowed applications: one form per application with the hidden field `client_id` and the button `remove`.
#[derive(Debug, Clone, Serialize)]
pub struct OwnApplications {
    /// The applications.
    pub applications: Vec<ApplicationItem>,
    /// The address of the next part, where there is one.
    pub next: Option<String>,
}

/// One application.
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationItem {
    /// Its client identifier.
    pub client_id: String,
    /// Its name for people.
    pub name: String,
    /// Since when.
    pub since: Ago,
    /// When it last used its access; `None` where it has none at this moment.
    pub used: Option<Ago>,
    /// Whether it keeps its access while the person is away.
    pub offline: bool,
    /// What it may see and do.
    #[serde(skip)]
    pub items: Vec<ConsentItem>,
}

/// How long ago something was, in the largest unit that is full once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ago {
    /// The unit: `minutes`, `hours` or `days`.
    pub unit: &'static str,
    /// How many.
    pub count: i64,
}

impl Ago {
    /// How long before `now` a moment was.
    pub const fn between(then: Timestamp, now: Timestamp) -> Self {
        let minutes = now.since(then).as_seconds() / 60;
        match minutes {
            0..60 => Self { unit: "minutes", count: minutes },
            60..1440 => Self { unit: "hours", count: minutes / 60 },
            _ => Self { unit: "days", count: minutes / 1440 },
        }
    }
}
