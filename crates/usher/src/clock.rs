//! The machine's clock, read so that a jump of it is noticed and does not pass for time that went by.
//!
//! Two clocks of the system are compared: the wall clock, which people, other programs and time services set, and the time since the
//! machine was started, which only goes on. While both agree, the wall clock counts, small corrections included. When the wall clock
//! jumps, time goes on as it was, and the clock is in doubt: nothing is swept, and the server says that it is not ready. The clock is
//! believed again when it is back where it was, or has kept its new time for [`limits::CLOCK_TRUST`]. What cannot be undone, such as
//! removing what has expired, waits until it has been beyond doubt for [`limits::CLOCK_SETTLED`], also after the start: a machine may start
//! with a wrong clock that its time service then corrects.

use rustix::time::{ClockId, clock_gettime};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use usher_types::{Clock, Timestamp, limits};

/// The time since the machine was started, with the time that it slept.
#[cfg(target_os = "linux")]
const UPTIME: ClockId = ClockId::Boottime;
/// The time since the machine was started.
#[cfg(not(target_os = "linux"))]
const UPTIME: ClockId = ClockId::Monotonic;

/// The system's clock.
#[derive(Debug)]
pub struct SystemClock {
    /// The wall clock less the uptime, in milliseconds, as it is believed.
    believed: AtomicI64,
    doubt: Mutex<Option<Doubt>>,
    is_doubtful: AtomicBool,
    /// The uptime since when it has been believed without a jump, and that of the last look.
    settling: AtomicI64,
    seen: AtomicI64,
}

/// A wall clock that shows another time than it should.
#[derive(Debug, Clone, Copy)]
struct Doubt {
    /// The wall clock less the uptime.
    offset: i64,
    /// The uptime when it was first seen there.
    since: i64,
}

/// Both clocks at one moment, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Reading {
    wall: i64,
    uptime: i64,
}

impl SystemClock {
    /// A clock that believes what the wall clock shows now.
    pub fn new() -> Self {
        Self::believing(Reading::take())
    }

    fn believing(Reading { wall, uptime }: Reading) -> Self {
        let believed = AtomicI64::new(wall.saturating_sub(uptime));
        let (settling, seen) = (AtomicI64::new(uptime), AtomicI64::new(uptime));
        Self { believed, doubt: Mutex::new(None), is_doubtful: AtomicBool::new(false), settling, seen }
    }

    fn look(&self, Reading { wall, uptime }: Reading) -> Timestamp {
        let offset = wall.saturating_sub(uptime);
        let believed = self.believed.load(SeqCst);
        self.seen.store(uptime, SeqCst);
        if is_near(offset, believed) {
            self.believed.store(offset, SeqCst);
            if self.is_doubtful.load(SeqCst) {
                self.settle("the machine's clock is back where it was");
            }
            return Timestamp::from_millis(wall);
        }
        let mut doubt = self.doubt.lock().unwrap_or_else(PoisonError::into_inner);
        match *doubt {
            Some(Doubt { offset: other, since }) if is_near(offset, other) => {
                if uptime.saturating_sub(since) >= limits::CLOCK_TRUST.as_millis() {
                    drop(doubt);
                    self.believed.store(offset, SeqCst);
                    self.settling.store(uptime, SeqCst);
                    self.settle("the machine's clock has kept its new time, which counts from now on");
                    return Timestamp::from_millis(wall);
                }
            }
            _ => {
                *doubt = Some(Doubt { offset, since: uptime });
                self.settling.store(uptime, SeqCst);
                self.is_doubtful.store(true, SeqCst);
                let jumped_s = offset.saturating_sub(believed) / 1000;
                tracing::error!(
                    jumped_s,
                    "the machine's clock jumped: time goes on as it was, and the new one counts when it has stayed; check the time service"
                );
            }
        }
        Timestamp::from_millis(uptime.saturating_add(believed))
    }

    fn settle(&self, how: &str) {
        *self.doubt.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if self.is_doubtful.swap(false, SeqCst) {
            tracing::warn!("{how}");
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.look(Reading::take())
    }

    fn is_sure(&self) -> bool {
        !self.is_doubtful.load(SeqCst)
    }

    fn is_settled(&self) -> bool {
        let since = self.seen.load(SeqCst).saturating_sub(self.settling.load(SeqCst));
        self.is_sure() && since >= limits::CLOCK_SETTLED.as_millis()
    }
}

impl Reading {
    fn take() -> Self {
        let millis = |clock| {
            let time = clock_gettime(clock);
            time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
        };
        Self { wall: millis(ClockId::Realtime), uptime: millis(UPTIME) }
    }
}

/// Whether two offsets differ by no more than a correction.
fn is_near(one: i64, other: i64) -> bool {
    one.abs_diff(other) <= limits::CLOCK_STEP.as_millis().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_types::Span;

    const START: i64 = 1_800_000_000_000;

    /// Looks at a clock that was started at uptime 0, some seconds later, with the wall clock off by some seconds.
    fn look(clock: &SystemClock, uptime_s: i64, off_s: i64) -> i64 {
        let uptime = uptime_s * 1000;
        (clock.look(Reading { wall: START + uptime + off_s * 1000, uptime }).millis() - START) / 1000
    }

    fn started() -> SystemClock {
        SystemClock::believing(Reading { wall: START, uptime: 0 })
    }

    #[test]
    fn corrections_are_followed() {
        let clock = started();
        for (uptime, off) in [(1, 0), (2, 9), (3, 18), (4, 10), (5, 0)] {
            assert_eq!(look(&clock, uptime, off), uptime + off);
            assert!(clock.is_sure());
        }
    }

    #[test]
    fn a_jump_does_not_pass_for_time_and_its_end_is_noticed() {
        for jump in [-86_400, -11, 11, 3_600, 31_536_000] {
            let clock = started();
            for uptime in 10..60 {
                assert_eq!(look(&clock, uptime, jump), uptime, "time goes on as it was");
                assert!(!clock.is_sure());
            }
            assert_eq!(look(&clock, 60, 0), 60);
            assert!(clock.is_sure());
        }
    }

    #[test]
    fn a_new_time_that_stays_counts_after_a_minute() {
        for jump in [-86_400, 86_400] {
            let clock = started();
            assert_eq!(look(&clock, 10, jump), 10);
            assert_eq!(look(&clock, 69, jump), 69);
            assert_eq!(look(&clock, 70, jump), 70 + jump);
            assert!(clock.is_sure());
            assert_eq!(look(&clock, 71, jump), 71 + jump);
            assert_eq!(limits::CLOCK_TRUST, Span::minutes(1));
        }
    }

    #[test]
    fn a_clock_that_jumps_about_is_never_believed() {
        let clock = started();
        for uptime in 1..500 {
            assert_eq!(look(&clock, uptime, 1000 + uptime % 7 * 100), uptime);
            assert!(!clock.is_sure());
        }
    }

    #[test]
    fn it_is_settled_an_hour_after_the_start_and_after_each_jump() {
        let clock = started();
        for (uptime, off, is_settled) in [
            (1, 0, false),
            (3_599, 0, false),
            (3_600, 0, true),
            (3_700, 99, false),
            (3_710, 0, false),
            (7_299, 0, false),
            (7_300, 0, true),
        ] {
            look(&clock, uptime, off);
            assert_eq!(clock.is_settled(), is_settled, "{uptime}");
        }
    }

    #[test]
    fn it_shows_the_present_moment() {
        let clock = SystemClock::new();
        let (first, second) = (clock.now(), clock.now());
        assert!(first.millis() > START - 1000 * 86_400 * 365 && second >= first && clock.is_sure());
    }
}
