//! The seams to the world, as they are in the running program.

use crate::clock::SystemClock;
use std::sync::Arc;
use usher_core::world::World;
use usher_crypto::SystemRandom;

/// The system's clock and randomness; who takes mails, the configuration says.
pub fn system() -> World {
    let (clock, random) = (Arc::new(SystemClock::new()), Arc::new(SystemRandom));
    World { clock, random, known_passwords: None, mailer: None }
}
