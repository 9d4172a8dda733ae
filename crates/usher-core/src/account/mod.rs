//! A person's own account: what they see of it and change in it themselves. Whose account it is, is a living session of the browser;
//! every change needs a sign-in of the last minutes ([`is_fresh`]), which the pages see to in one place.

pub mod applications;
pub mod browser_name;
pub mod password;
pub mod profile;
pub mod sessions;

use crate::interaction::{Door, Interaction};
use crate::{AuthnContext, Cx};
use serde::{Deserialize, Serialize};
use usher_types::page::{AccountNotice, AccountPlace};
use usher_types::{Locale, Scope, TicketId, UserId, limits};

/// A visit that waits for a person: to say who they are, or to prove it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Visit {
    /// Where to.
    pub place: AccountPlace,
    /// Whether it needs a sign-in of the last minutes.
    #[serde(default)]
    pub fresh: bool,
    /// Whether the person wants to choose the account, whoever is here.
    #[serde(default)]
    pub choose: bool,
    /// Who began it, where that is known: what was typed is nobody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<UserId>,
    /// What was typed and is not stored yet; never a password.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<(String, String)>,
    /// The link of a mail that the person comes back to instead: its ticket, which is no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<TicketId>,
    /// What the person should know first when they come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<AccountNotice>,
}

impl Visit {
    /// A visit to a place by whoever is here.
    pub const fn to(place: AccountPlace) -> Self {
        Self { place, fresh: false, choose: false, person: None, typed: Vec::new(), link: None, notice: None }
    }

    /// What waits while somebody signs in for it, in this language, with the name filled in where it is known.
    pub fn interaction(&self, locale: Locale, identifier: Option<String>) -> Interaction {
        Interaction {
            door: Door::Account,
            client_id: String::new(),
            request: self.to_text(),
            locale,
            identifier,
            scope: Scope::empty(),
            claims: Vec::new(),
            return_host: String::new(),
            somebody_here: false,
            began_with: [0; 32],
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The stored form.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Whether a person proved lately enough who they are to change something of their account.
pub fn is_fresh(cx: &Cx, person: &AuthnContext) -> bool {
    person.is_young(cx.now, Some(limits::FRESH_SIGN_IN))
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// There is no such thing of this person's.
    NotThere,
}
