//! The seams to the world, as they are in the running program.

use std::sync::Arc;
use usher_core::world::World;
use usher_crypto::SystemRandom;
use usher_types::{Clock, Timestamp};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the seam that everything else goes through")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's clock and randomness.
pub fn system() -> World {
    World { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
}
