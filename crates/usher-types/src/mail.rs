//! What a mail tells: the contract between the parts that queue one, the pages' crate, which renders it, and the program, which sends it.

use crate::Locale;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Letter {
    /// A link by which a person who forgot their password chooses another one.
    Reset,
    /// The password is another one from now on.
    PasswordChanged,
    /// A link by which a person shows that the address is theirs.
    VerifyEmail,
    /// The account has another address from now on: told to the one that it had.
    EmailChanged,
    /// A link by which an account is made.
    SignUp,
    /// Somebody wanted to make an account with an address that has one.
    AlreadyHere,
    /// Nothing is sent. It is queued where a mail would tell what an answer must not, so that as much is written in vain.
    Nothing,
}

impl Letter {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Reset,
        Self::PasswordChanged,
        Self::VerifyEmail,
        Self::EmailChanged,
        Self::SignUp,
        Self::AlreadyHere,
        Self::Nothing,
    ];

    /// Its name in the database and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::PasswordChanged => "password_changed",
            Self::VerifyEmail => "verify_email",
            Self::EmailChanged => "email_changed",
            Self::SignUp => "sign_up",
            Self::AlreadyHere => "already_here",
            Self::Nothing => "nothing",
        }
    }

    /// The letter of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|letter| letter.as_str() == name)
    }
}

/// A mail as data.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its language.
    pub locale: Locale,
    /// What it is about.
    pub letter: Letter,
    /// The pool's name for people.
    pub pool: String,
    /// The name that the person signs in with, or the address that it is about.
    pub identifier: String,
    /// The network that the request came from.
    pub network: String,
    /// Where it leads to, a full address of this server.
    pub link: Option<String>,
    /// How many minutes the link is good for.
    pub minutes: i64,
}
