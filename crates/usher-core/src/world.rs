//! The seams to the world: what a test replaces.

use std::sync::Arc;
use usher_types::{Clock, Random};

/// Clock and randomness.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}
