//! Which key of an algorithm does what at a moment. A key is published, signs from a moment on that lies far enough ahead for everybody to
//! have read the key set again, until a later key does; it stays published until all that it signed has expired, and known for as long as
//! an ID token that it signed may come back as a hint. Pure functions of what is stored, so that every node comes to the same.

use usher_store::tables::KeyRow;
use usher_types::{Span, Timestamp, limits};

/// What a key does at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is published and does not sign yet.
    Next,
    /// It signs.
    Signing,
    /// A later one signs; it is published still.
    Retired,
    /// It is not published any more.
    Withdrawn,
}

/// The place of a new key in the order: from when on it signs, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// Its number among the keys of its algorithm.
    pub generation: i64,
}

impl State {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Retired => "retired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The position of the key that signs, in the keys of one algorithm as the store lists them.
pub fn signer(keys: &[KeyRow], now: Timestamp) -> Option<usize> {
    let begun = keys.iter().position(|k| k.signs_from <= now);
    let earliest = || keys.iter().enumerate().min_by_key(|(_, k)| k.signs_from).map(|(at, _)| at);
    begun.or_else(earliest)
}

/// What the key at a position does.
pub fn state(keys: &[KeyRow], at: usize, now: Timestamp) -> State {
    match (signer(keys, now), keys.get(at)) {
        (Some(signer), _) if at == signer => State::Signing,
        (Some(signer), _) if at < signer => State::Next,
        (_, Some(key)) if key.is_published => State::Retired,
        _ => State::Withdrawn,
    }
}

/// When the key at a position ended, or will end, to sign: when the key before it in the list began. Of keys that are older than the
/// schedule nobody knows.
pub fn ends_at(keys: &[KeyRow], at: usize) -> Option<Timestamp> {
    let later = keys.get(..at)?.iter().rev();
    later.map(|k| k.signs_from).find(|from| from.millis() > 0)
}

/// How long a key stays published after it has signed for the last time: what lives longest ends within it, whatever lifetimes were
/// changed meanwhile, and on a node whose clock is behind.
pub const fn published_after_end() -> Span {
    limits::LONGEST_TOKEN.and(limits::CLOCK_SKEW)
}

/// The key that is to be made now, if one is: the first, or the next one when the one that signs comes near the end of its life. Its life
/// is that of the pool's settings; `None` where keys rotate by command only.
pub fn due(keys: &[KeyRow], life: Option<Span>, now: Timestamp) -> Option<Stage> {
    let Some(last) = keys.first() else { return Some(Stage { signs_from: now, generation: 1 }) };
    if last.signs_from > now {
        return None;
    }
    let since = last.signs_from.max(last.created_at);
    let end = since.plus(life?);
    let published = now.plus(limits::KEY_AHEAD);
    (end <= published).then(|| Stage { signs_from: end.max(published), generation: following(keys) })
}

/// The number of the key after these.
pub fn following(keys: &[KeyRow]) -> i64 {
    keys.iter().filter_map(|k| k.generation).max().unwrap_or(0).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const LIFE: Option<Span> = Some(limits::SIGNING_KEY);

    fn key(kid: &str, signs_from: Timestamp, generation: Option<i64>) -> KeyRow {
        KeyRow {
            kid: kid.to_owned(),
            algorithm: "RS256".to_owned(),
            sealed: Vec::new(),
            created_at: NOW.minus(Span::days(100)).max(signs_from.minus(limits::KEY_AHEAD)),
            signs_from,
            generation,
            is_published: true,
        }
    }

    #[test]
    fn the_first_key_signs_at_once() {
        assert_eq!(due(&[], LIFE, NOW), Some(Stage { signs_from: NOW, generation: 1 }));
        assert_eq!(due(&[], None, NOW), Some(Stage { signs_from: NOW, generation: 1 }));
    }

    #[test]
    fn the_next_one_is_made_a_day_before_the_end_and_never_signs_earlier_than_a_day_after_it_was_made() {
        let young = [key("a", NOW.minus(Span::days(89)).plus(Span::seconds(1)), Some(1))];
        assert_eq!(due(&young, LIFE, NOW), None);
        let old = [key("a", NOW.minus(Span::days(89)), Some(1))];
        let next = Stage { signs_from: NOW.plus(Span::days(1)), generation: 2 };
        assert_eq!(due(&old, LIFE, NOW), Some(next));
        // A server that was down for a year.
        let ancient = [key("a", NOW.minus(Span::days(365)), Some(4))];
        assert_eq!(due(&ancient, LIFE, NOW), Some(Stage { generation: 5, ..next }));
        assert_eq!(due(&ancient, None, NOW), None, "by command only");
        let waits =
            [key("b", NOW.plus(Span::hours(1)), Some(5)), key("a", NOW.minus(Span::days(365)), Some(4))];
        assert_eq!(due(&waits, LIFE, NOW), None, "one is enough");
    }

    #[test]
    fn each_key_has_one_state_and_one_of_them_signs_at_any_moment() {
        let keys = [
            key("c", NOW.plus(Span::hours(2)), Some(3)),
            key("b", NOW.minus(Span::days(1)), Some(2)),
            key("a", NOW.minus(Span::days(91)), Some(1)),
        ];
        let states = |now| (0..3).map(|at| state(&keys, at, now)).collect::<Vec<_>>();
        assert_eq!(states(NOW), [State::Next, State::Signing, State::Retired]);
        assert_eq!(states(NOW.plus(Span::hours(2))), [State::Signing, State::Retired, State::Retired]);
        assert_eq!(ends_at(&keys, 0), None);
        assert_eq!(ends_at(&keys, 1), Some(NOW.plus(Span::hours(2))));
        assert_eq!(ends_at(&keys, 2), Some(NOW.minus(Span::days(1))));
        // A node whose clock is far behind signs by the oldest rather than by none.
        assert_eq!(states(NOW.minus(Span::days(400))), [State::Next, State::Next, State::Signing]);
    }

    #[test]
    fn keys_older_than_the_schedule_sign_as_before_and_retire_when_the_first_scheduled_one_begins() {
        let zero = Timestamp::from_millis(0);
        let old = [key("told to sign", zero, None), key("before it", zero, None)];
        assert_eq!(signer(&old, NOW), Some(0));
        assert_eq!(ends_at(&old, 1), None, "nobody knows since when");
        let next = due(&old, LIFE, NOW).unwrap();
        assert_eq!(next, Stage { signs_from: NOW.plus(limits::KEY_AHEAD), generation: 1 });
        let [a, b] = old;
        let all = [key("new", next.signs_from, Some(1)), a, b];
        assert_eq!([ends_at(&all, 1), ends_at(&all, 2)], [Some(next.signs_from); 2]);
    }
}
