//! A person's own account. What all its pages share is here: whose account it is, the sign-in that a change needs, the proof that this
//! server's own page sent the form. Whoever is missing something is sent to the sign-in pages by an interaction, and comes back.

mod applications;
mod overview;
mod page;
mod password;
mod profile;
mod resume;
mod sessions;
mod visit;

pub use applications::applications;
pub use overview::overview;
pub use password::password;
pub use profile::profile;
pub use resume::resume;
pub use sessions::sessions;

use super::form::Refused;
use usher_core::{Cx, Fault, Reply};

/// Why a page of an account is not shown, or a change not made.
enum Away {
    /// The person goes somewhere else first.
    Elsewhere(Box<Reply>),
    /// A page that says why.
    Refused(Refused),
}

impl From<Fault> for Away {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

impl From<Refused> for Away {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Away {
    fn into_reply(self, cx: &Cx) -> Reply {
        match self {
            Self::Elsewhere(reply) => *reply,
            Self::Refused(refused) => refused.into_reply(cx),
        }
    }
}
