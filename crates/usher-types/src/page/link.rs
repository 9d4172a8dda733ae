//! Pages around links in mails: asking for one, following one, and what is said when something was done.

use super::{Account, ChangePassword, Form};
use serde::Serialize;

/// A page around a link in a mail.
#[derive(Debug, Clone)]
pub enum LinkPage {
    /// Asking for a link.
    Forgot(ForgotPassword),
    /// A click that says that a link is meant.
    Confirm(ConfirmLink),
    /// A password that is chosen by a link.
    NewPassword(ChangePassword),
    /// What was done, and what comes next.
    Notice(Notice),
}

/// The form of somebody who forgot their password: field `identifier`; button `send`.
#[derive(Debug, Clone, Serialize)]
pub struct ForgotPassword {
    /// The form; its `interaction` is empty where no sign-in waits.
    pub form: Form,
    /// What stands in the field.
    pub identifier: String,
    /// What was wrong with the last try.
    pub problem: Option<ForgotProblem>,
    /// Back to signing in.
    pub back: Option<String>,
}

/// What was wrong with asking for a link. Nothing of it tells whether the account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ForgotProblem {
    /// The name was not filled in.
    Missing,
    /// The form came from an older page or another browser window.
    Stale,
    /// Too much was asked from this network.
    TooMany {
        /// Minutes to wait, rounded up.
        minutes: i64,
    },
}

/// A link that was followed in a browser where nobody said that it is meant: button `continue`.
#[derive(Debug, Clone, Serialize)]
pub struct ConfirmLink {
    /// The form; its `interaction` is the link's token.
    pub form: Form,
    /// Whose link it is.
    pub account: Account,
    /// The network that asked for it; none where an administrator made it.
    pub network: Option<String>,
    /// Whole minutes since it was made.
    pub minutes: i64,
}

/// What was done: element id `notice`.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// What.
    pub what: Done,
    /// The way on, on this server.
    pub way: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// If there is such a person, a link is on its way.
    LinkSent,
    /// The password is another one.
    PasswordChosen,
}

impl Done {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::LinkSent, Self::PasswordChosen];
}
