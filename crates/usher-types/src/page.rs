//! What each page shows: the contract between the doors, which decide, and the pages, which render.
//! Names of fields and buttons are fixed in the templates; nothing here is HTML.

mod account;
mod advisor;
mod error;
mod link;

pub use account::{
    AccountContent, AccountNotice, AccountPage, AccountPassword, AccountPlace, Ago, ApplicationItem,
    ClaimField, FieldProblem, OwnApplications, OwnPasswordProblem, OwnProfile, OwnSessions, SessionItem,
};
pub use advisor::{
    Advisor, AdvisorNote, AdvisorStep, AnsweredQuestion, Choice, CodeSample, MapAnswer, MapQuestion,
    MapState, ModeAdvice, TokenAdvice,
};

pub use error::{ErrorPage, Problem};
pub use link::{
    ConfirmLink, Done, FinishProblem, FinishSignUp, ForgotPassword, ForgotProblem, LinkPage, Notice,
    SignInFirst, SignUp, SignUpProblem, VerifyEmail,
};

use crate::Locale;
use serde::Serialize;

/// A page to be rendered.
#[derive(Debug, Clone)]
pub struct Page {
    /// What stands around the content.
    pub frame: Frame,
    /// The content.
    pub content: Content,
}

/// What every page shows around its content.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// The page's language.
    pub locale: Locale,
    /// The pool's name for people, small below the card.
    pub pool: String,
    /// The pool's base path: empty for the first pool, `/<pool>` for the others.
    pub base: String,
    /// The application on whose behalf the page is shown.
    pub application: Option<Application>,
    /// Small print for support.
    pub request_id: String,
}

/// How an application presents itself.
#[derive(Debug, Clone, Serialize)]
pub struct Application {
    /// Its name for people.
    pub name: String,
    /// The address of its logo on this server.
    pub logo: Option<String>,
    /// The address of its stylesheet on this server: its colour as `--accent`.
    pub style: Option<String>,
    /// Its home page.
    pub home: Option<String>,
    /// Its privacy policy.
    pub policy: Option<String>,
    /// Its terms of service.
    pub terms: Option<String>,
}

/// The content of a page.
#[derive(Debug, Clone)]
pub enum Content {
    /// Name and password.
    SignIn(SignIn),
    /// Which of the people in this browser.
    ChooseAccount(ChooseAccount),
    /// A new password before going on.
    ChangePassword(ChangePassword),
    /// Around a link in a mail.
    Link(Box<LinkPage>),
    /// What the application will see and do.
    Consent(Consent),
    /// The code that a device shows.
    Device(Device),
    /// What the application on a device will see and do.
    DeviceConsent(DeviceConsent),
    /// The person can go back to the device.
    DeviceDone(DeviceDone),
    /// Whether to sign out.
    SignOut(SignOut),
    /// Done.
    SignedOut(SignedOut),
    /// What went wrong.
    Error(ErrorPage),
    /// Delivers an authorization response by POST (OAuth 2.0 Form Post Response Mode).
    FormPost(FormPost),
    /// Which authorization mode an application should use.
    Advisor(Box<Advisor>),
    /// A person's own account.
    Account(Box<AccountPage>),
    /// Delivers an authorization response by a message to another window.
    WebMessage(WebMessage),
}

impl Content {
    /// Whether the page only delivers an authorization response: it has nothing to click, and the application may frame it.
    pub const fn is_delivery(&self) -> bool {
        matches!(self, Self::FormPost(_) | Self::WebMessage(_))
    }
}

/// What every form carries.
#[derive(Debug, Clone, Serialize)]
pub struct Form {
    /// Where it posts to, on this server.
    pub action: String,
    /// The value of the hidden field `interaction`.
    pub interaction: String,
    /// The value of the hidden field `form_token`.
    pub form_token: String,
}

/// The sign-in form: fields `identifier`, `password`, `remember`; button `sign-in`.
#[derive(Debug, Clone, Serialize)]
pub struct SignIn {
    /// The form.
    pub form: Form,
    /// What stands in the field for the name.
    pub identifier: String,
    /// Whether the box "stay signed in" is ticked.
    pub remember: bool,
    /// What was wrong with the last try.
    pub problem: Option<SignInProblem>,
    /// What was done before, so that the person now signs in with it.
    pub notice: Option<SignInNotice>,
    /// The address of the account chooser, when people are signed in here.
    pub choose_account: Option<String>,
    /// The address for people who forgot their password, where they can have another one.
    pub forgot_password: Option<String>,
    /// The address for people who want an account, where they can make one.
    pub sign_up: Option<String>,
}

/// What was done by a link, after which the sign-in that waited goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInNotice {
    /// The person chose another password.
    PasswordChosen,
    /// The person chose their first password.
    FirstPassword,
    /// The person made an account.
    AccountMade,
}

impl SignInNotice {
    /// Its name in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PasswordChosen => "password",
            Self::FirstPassword => "first-password",
            Self::AccountMade => "account",
        }
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::PasswordChosen, Self::FirstPassword, Self::AccountMade]
            .into_iter()
            .find(|notice| notice.name() == name)
    }
}

/// What was wrong with a try to sign in. None of these tells whether the account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignInProblem {
    /// The name was not filled in.
    IdentifierMissing,
    /// The password was not filled in.
    PasswordMissing,
    /// Name and password do not go together.
    Mismatch,
    /// Too many wrong tries for this name or from this network.
    TooManyTries {
        /// Minutes to wait, rounded up.
        minutes: i64,
    },
    /// More people are signing in than the machine can check.
    Busy,
    /// The form came from an older page or another browser window.
    Stale,
}

/// The form for a new password: fields `new_password`, `new_password_again`; button `change-password`.
#[derive(Debug, Clone, Serialize)]
pub struct ChangePassword {
    /// The form.
    pub form: Form,
    /// Who chooses.
    pub account: Account,
    /// The least number of characters.
    pub least: usize,
    /// All that was wrong with the last try.
    pub problems: Vec<NewPasswordProblem>,
}

/// What was wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NewPasswordProblem {
    /// Fewer characters than the pool asks for.
    TooShort,
    /// More bytes than are read.
    TooLong,
    /// A line break, a tab or another control character is in it.
    Unprintable,
    /// It is among the passwords and words that are tried first, or made of one or two of them.
    Common,
    /// It is made of names or addresses of the person or of the service.
    Expected,
    /// It is a repetition, a sequence or a row of keys.
    Pattern,
    /// It is on the operator's list of known passwords.
    Known,
    /// The two fields differ.
    Different,
    /// It is the present password.
    Same,
    /// More people are signing in than the machine can check.
    Busy,
}

/// The account chooser: one button `session` per person, and button `another`.
#[derive(Debug, Clone, Serialize)]
pub struct ChooseAccount {
    /// The form.
    pub form: Form,
    /// The people signed in in this browser.
    pub accounts: Vec<Account>,
}

/// A person, as shown to themself.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// The session's id, the value of the button `session`.
    pub session: String,
    /// Their name for people.
    pub name: String,
    /// The name they sign in with.
    pub identifier: String,
}

/// The consent form: button ids `allow` and `deny`, both named `decision`.
#[derive(Debug, Clone, Serialize)]
pub struct Consent {
    /// The form.
    pub form: Form,
    /// Who is asked.
    pub account: Account,
    /// What the application will see and do, most important first.
    pub items: Vec<ConsentItem>,
    /// Whether the application belongs to the pool's owner.
    pub first_party: bool,
    /// The host to which the person returns.
    pub return_host: String,
}

/// One thing that an application asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConsentItem {
    /// Scope `openid`: who the person is.
    Identity,
    /// Scope `profile`.
    Profile,
    /// Scope `email`.
    Email,
    /// Scope `phone`.
    Phone,
    /// Scope `address`.
    Address,
    /// Scope `offline_access`.
    OfflineAccess,
    /// A scope of the application's own.
    Scope {
        /// The scope-token.
        name: String,
        /// Its description, as an administrator wrote it.
        description: Option<String>,
    },
    /// A single claim asked for by the `claims` parameter.
    Claim {
        /// The claim's name.
        name: String,
    },
}

/// The form for a device's code: field `user_code`; button `continue`.
#[derive(Debug, Clone, Serialize)]
pub struct Device {
    /// The form; nothing waits for the person yet, so its `interaction` is empty.
    pub form: Form,
    /// What stands in the field.
    pub user_code: String,
    /// Whether the code came with a link, so that the person has to compare it with the one on the device.
    pub from_link: bool,
    /// What was wrong with the last try.
    pub problem: Option<DeviceProblem>,
}

/// What was wrong with a device's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceProblem {
    /// It was not filled in.
    Missing,
    /// It is no code that waits for somebody: mistyped, expired or used.
    Wrong,
    /// Too many wrong codes from this network, or altogether.
    TooManyTries {
        /// Minutes to wait, rounded up.
        minutes: i64,
    },
    /// More codes are being tried than may be looked at together.
    Busy,
    /// The form came from an older page or another browser window.
    Stale,
}

/// The consent form of a device's request: button ids `allow` and `deny`, both named `decision`.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceConsent {
    /// The form.
    pub form: Form,
    /// Who is asked.
    pub account: Account,
    /// What the application will see and do, most important first.
    pub items: Vec<ConsentItem>,
    /// Whether the application belongs to the pool's owner.
    pub first_party: bool,
    /// The code that the device must be showing.
    pub user_code: String,
    /// The network from which the device asked.
    pub network: String,
    /// Whether that is the network of this browser.
    pub same_network: bool,
    /// How many whole minutes ago the device asked.
    pub minutes: i64,
}

/// The end of a device's request: element id `device-done`.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceDone {
    /// Whether the person allowed it.
    pub allowed: bool,
}

/// The sign-out form: button id `sign-out`; button `everyone` where several people are signed in.
#[derive(Debug, Clone, Serialize)]
pub struct SignOut {
    /// The form.
    pub form: Form,
    /// Who will be signed out.
    pub account: Option<Account>,
    /// How many other people are signed in here.
    pub others: usize,
}

/// The signed-out page: element id `signed-out`.
#[derive(Debug, Clone, Serialize)]
pub struct SignedOut {
    /// Who is still signed in here.
    pub remaining: usize,
    /// Whether the person chose to stay, so that nobody was signed out.
    pub stayed: bool,
    /// The way on, on this server: to the account, which begins with signing in where nobody is.
    pub way: String,
}

/// A form that posts itself, or by a button where scripts are off: to an application, as a response mode.
#[derive(Debug, Clone, Serialize)]
pub struct FormPost {
    /// The registered redirection URI.
    pub target: String,
    /// Names and values of the hidden fields.
    pub parameters: Vec<(String, String)>,
}

/// A page that gives a response to the window that opened or holds it, as a response mode.
#[derive(Debug, Clone, Serialize)]
pub struct WebMessage {
    /// The origin of the registered redirection URI: only a window of it receives the message.
    pub target_origin: String,
    /// Names and values of the response.
    pub parameters: Vec<(String, String)>,
}
