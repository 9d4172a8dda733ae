//! The seams to the world, as they are in the running program.

use crate::clock::SystemClock;
use std::sync::Arc;
use usher_core::world::World;
use usher_crypto::SystemRandom;

/// The system's clock and randomness.
pub fn system() -> World {
    World { clock: Arc::new(SystemClock::new()), random: Arc::new(SystemRandom), known_passwords: None }
}
