//! Pages around links in mails: asking for one, following one, and what is said when something was done.

use super::{Account, ChangePassword, Form, NewPasswordProblem};
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
    /// The same for somebody who never had one.
    FirstPassword(ChangePassword),
    /// A click that says that an address is one's own.
    VerifyEmail(VerifyEmail),
    /// The same where the person has to sign in before.
    SignInFirst(SignInFirst),
    /// Asking for an account.
    SignUp(SignUp),
    /// A click that makes the account that was asked for.
    FinishSignUp(FinishSignUp),
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

/// A link that verifies an address: button `verify`.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyEmail {
    /// The form; its `interaction` is the link's token.
    pub form: Form,
    /// The address.
    pub email: String,
    /// The name by which the person signs in.
    pub account: String,
    /// Whether the person asked for it themselves, instead of the one that they have.
    pub is_change: bool,
}

/// A link that gives an account another address, in a browser where nobody is signed in to that account: button `sign-in`.
#[derive(Debug, Clone, Serialize)]
pub struct SignInFirst {
    /// The form; its `interaction` is the link's token.
    pub form: Form,
    /// The address.
    pub email: String,
    /// The name by which the person signs in.
    pub account: String,
}

/// The form of somebody who wants an account: fields `name`, `email`, `new_password`, `new_password_again`; button `sign-up`.
#[derive(Debug, Clone, Serialize)]
pub struct SignUp {
    /// The form; its `interaction` is empty where no sign-in waits.
    pub form: Form,
    /// What stands in the field for the name.
    pub name: String,
    /// What stands in the field for the address.
    pub email: String,
    /// The least number of characters of the password.
    pub least: usize,
    /// All that was wrong with the last try.
    pub problems: Vec<SignUpProblem>,
    /// Back to signing in.
    pub back: Option<String>,
}

/// What was wrong with asking for an account. Nothing of it tells whether the address has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignUpProblem {
    /// The name was not filled in, or cannot be one.
    Name,
    /// The address was not filled in, or is none.
    Email,
    /// The password cannot be.
    Password(NewPasswordProblem),
    /// The form came from an older page or another browser window.
    Stale,
    /// Too much was asked from this network.
    TooMany {
        /// Minutes to wait, rounded up.
        minutes: i64,
    },
}

/// A link that makes an account: button `make`; field `password` where another browser asked.
#[derive(Debug, Clone, Serialize)]
pub struct FinishSignUp {
    /// The form; its `interaction` is the link's token.
    pub form: Form,
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// Whether the password has to be typed, since another browser asked.
    pub asks_password: bool,
    /// What was wrong with the last try.
    pub problem: Option<FinishProblem>,
}

/// Why the account was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FinishProblem {
    /// The password is not the one that was chosen.
    WrongPassword,
    /// More people are signing in than the machine can check.
    Busy,
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
    /// The address is the person's.
    EmailVerified,
    /// Nothing: the address is another account's.
    AddressTaken,
    /// A mail is on its way to the address.
    SignUpSent,
}

impl Done {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LinkSent, Self::EmailVerified, Self::AddressTaken, Self::SignUpSent];

    /// Its name in addresses and in the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkSent => "link_sent",
            Self::EmailVerified => "email_verified",
            Self::AddressTaken => "address_taken",
            Self::SignUpSent => "sign_up_sent",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }
}
