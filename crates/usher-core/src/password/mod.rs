//! Passwords by NIST SP 800-63B-4 §3.1.1.2: what can be one in a pool. One rule for every door that stores a password: pages, command
//! line, configuration. Who asks is left to `new_password` and `registration`, hashing to `hashing`, guessing to `login`.

mod guessable;
mod known;

pub use known::KnownPasswords;

use crate::pool::PoolSettings;
use crate::profile::Profile;
use guessable::Guessable;
use std::sync::Arc;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use usher_crypto::password::{Hasher, PasswordCost};
use usher_store::Fault;
use usher_types::page::NewPasswordProblem;
use usher_types::{Random, Secret, limits};

/// A password that a pool accepts, in the form in which it is hashed. Made by [`Rule::check`] only, or drawn.
#[derive(Clone)]
pub struct Password(Secret);

impl Password {
    /// A password that was drawn by the server: 256 random bits need no rule.
    pub const fn drawn(secret: Secret) -> Self {
        Self(secret)
    }

    /// What is hashed.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

/// The rule of one pool.
#[derive(Clone)]
pub struct Rule {
    least: usize,
    /// Names of the service, which are expected in its passwords.
    names: Vec<String>,
    known: Option<Arc<KnownPasswords>>,
}

/// Why a text cannot be a password.
#[derive(Debug)]
pub enum Problem {
    /// What is wrong with it.
    Password(NewPasswordProblem),
    /// The operator's list cannot be read any more, so that nothing is known to be safe.
    Unreadable(String),
}

impl From<NewPasswordProblem> for Problem {
    fn from(problem: NewPasswordProblem) -> Self {
        Self::Password(problem)
    }
}

impl Rule {
    /// The rule of a pool of this name, apart from the operator's list.
    pub fn new(settings: &PoolSettings, pool: &str) -> Self {
        let names = settings.display_name.iter().cloned().chain([pool.to_owned()]).collect();
        Self { least: settings.password_characters(), names, known: None }
    }

    /// With the operator's list of passwords.
    #[must_use]
    pub fn with_known(self, known: Option<Arc<KnownPasswords>>) -> Self {
        Self { known, ..self }
    }

    /// With more names of the service.
    #[must_use]
    pub fn with_names(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.names.extend(names);
        self
    }

    /// Checks a text, on the calling thread.
    pub fn check(&self, text: &str, about: &Profile) -> Result<Password, Problem> {
        let password = normalised(text);
        if text.len() > limits::PASSWORD_BYTES || password.len() > limits::PASSWORD_BYTES {
            return Err(NewPasswordProblem::TooLong.into());
        }
        // Each code point counts as one character.
        if password.chars().count() < self.least {
            return Err(NewPasswordProblem::TooShort.into());
        }
        // Neither can be typed at every keyboard, and U+0000 is stored by no database.
        if password.chars().any(char::is_control) {
            return Err(NewPasswordProblem::Unprintable.into());
        }
        // SP 800-63B-4 §3.1.1.2: "verifiers SHALL compare the prospective secret against a blocklist that contains known commonly used,
        // expected, or compromised passwords. The entire password SHALL be subject to comparison, not substrings".
        let expected: Vec<&str> = self.names.iter().map(String::as_str).chain(about.texts()).collect();
        match Guessable::find(&password, &expected) {
            Some(Guessable::Common) => return Err(NewPasswordProblem::Common.into()),
            Some(Guessable::Expected) => return Err(NewPasswordProblem::Expected.into()),
            Some(Guessable::Pattern) => return Err(NewPasswordProblem::Pattern.into()),
            None => {}
        }
        if let Some(known) = &self.known
            && known.contains(&password).map_err(|e| Problem::Unreadable(e.to_string()))?
        {
            return Err(NewPasswordProblem::Known.into());
        }
        Ok(Password(Secret::from(password.as_str())))
    }

    /// What is wrong, in words for administrators.
    pub fn in_words(&self, problem: &Problem) -> String {
        let problem = match problem {
            Problem::Password(problem) => *problem,
            Problem::Unreadable(why) => return format!("the list of known passwords cannot be read: {why}"),
        };
        match problem {
            NewPasswordProblem::TooShort => format!(
                "at least {} characters are needed (NIST SP 800-63B; the pool's setting password_min_characters lowers it)",
                self.least
            ),
            NewPasswordProblem::TooLong => format!("at most {} bytes are allowed", limits::PASSWORD_BYTES),
            NewPasswordProblem::Unprintable => "line breaks, tabs and other control characters are not allowed".to_owned(),
            NewPasswordProblem::Common => {
                "it is among the passwords and words that are tried first: choose several words that have nothing to do with each other".to_owned()
            }
            NewPasswordProblem::Expected => {
                "it is made of names or addresses of this person or this service, which are tried first: choose something else".to_owned()
            }
            NewPasswordProblem::Pattern => {
                "it is a repetition, a sequence or a row of keys, which are tried first: choose something else".to_owned()
            }
            NewPasswordProblem::Known => {
                "it is on the list of known passwords (password_block_list): choose something else".to_owned()
            }
            NewPasswordProblem::Different | NewPasswordProblem::Same | NewPasswordProblem::Busy => {
                "it cannot be checked now".to_owned()
            }
        }
    }
}

/// A password in the form in which it is hashed and compared (SP 800-63B-4 §3.1.1.2 asks for one). NFC is taken, as by RFC 8265
/// §4.2.2: the ways of typing one character become one, and characters that people see as different stay different.
pub fn normalised(text: &str) -> String {
    text.nfc().collect()
}

/// The forms in which a typed password is compared, the normalised one first. There is a second one only where the text as it was typed
/// is another: a hash that was made elsewhere, of the text as it was, is then still found.
pub(crate) fn forms(typed: &Secret) -> (Secret, Option<Secret>) {
    match std::str::from_utf8(typed.expose()) {
        Ok(text) if !is_nfc(text) => (Secret::from(normalised(text).as_str()), Some(typed.clone())),
        _ => (typed.clone(), None),
    }
}

/// Hashes a password at today's cost, on the calling thread.
pub fn hash(password: &Password, random: &dyn Random) -> Result<String, Fault> {
    Hasher::new()
        .hash(password.0.expose(), PasswordCost::TODAY, random)
        .map_err(|e| Fault::bug(&format!("a password: {e}")))
}

#[cfg(test)]
mod tests;
