//! The seams to the world: what a test replaces.

use crate::password::KnownPasswords;
use std::sync::Arc;
use usher_types::{Clock, Random};

/// Clock, randomness, and what the world knows.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The operator's list of passwords that nobody may choose.
    pub known_passwords: Option<Arc<KnownPasswords>>,
}
