//! The seams to the world: what a test replaces.

use crate::mailer::Mailer;
use crate::password::KnownPasswords;
use std::sync::Arc;
use usher_types::{Clock, Random};

/// Clock, randomness, what the world knows, and who takes mails.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The operator's list of passwords that nobody may choose.
    pub known_passwords: Option<Arc<KnownPasswords>>,
    /// Who takes mails; nobody, where none can be sent.
    pub mailer: Option<Arc<dyn Mailer>>,
}
