//! A moment as an administrator writes it: RFC 3339, a day in UTC, or so long ago.

use crate::audit::Time;
use crate::change::read_seconds;
use crate::error::AdminError;
use usher_types::{Span, Timestamp};

/// From and until when, as far as it is said.
pub(super) fn span(time: &Time, now: Timestamp) -> Result<(Timestamp, Timestamp), AdminError> {
    let read = |name: &str, text: &Option<String>| {
        text.as_deref().map(|text| read(text, now).ok_or_else(|| wrong(name, text))).transpose()
    };
    let since = read("since", &time.since)?.unwrap_or(Timestamp::from_millis(0));
    let until = read("until", &time.until)?.unwrap_or(now.plus(Span::days(1)));
    if since >= until {
        return Err(AdminError::setting("since", "it must be before until, and not in the future"));
    }
    Ok((since, until))
}

fn wrong(name: &str, text: &str) -> AdminError {
    let message = format!(
        "{text:?}: a moment such as 2026-11-30T09:00:00Z, a day such as 2026-11-30, or so long ago, such as 24h, is expected"
    );
    AdminError::setting(name, &message)
}

fn read(text: &str, now: Timestamp) -> Option<Timestamp> {
    let moment =
        |at: jiff::Timestamp| Timestamp::from_millis(at.as_millisecond()).max(Timestamp::from_millis(0));
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(moment(at));
    }
    if text.len() == "2026-11-30".len()
        && let Ok(day) = format!("{text}T00:00:00Z").parse::<jiff::Timestamp>()
    {
        return Some(moment(day));
    }
    // A number alone says nothing about its unit.
    let has_unit = text.ends_with(['s', 'm', 'h', 'd']);
    let ago = read_seconds(text).filter(|_| has_unit)?;
    Some(now.minus(Span::seconds(ago)).max(Timestamp::from_millis(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_days_and_times_ago_are_read_and_nothing_else() {
        let now = Timestamp::from_seconds(1_796_000_000);
        for (text, seconds) in [
            ("1970-01-02T00:00:00Z", 86_400),
            ("1970-01-02T01:00:00+01:00", 86_400),
            ("1970-01-02", 86_400),
            ("24h", 1_796_000_000 - 86_400),
            ("7d", 1_796_000_000 - 7 * 86_400),
            ("90s", 1_796_000_000 - 90),
            ("1900-01-01", 0),
        ] {
            assert_eq!(read(text, now), Some(Timestamp::from_seconds(seconds)), "{text}");
        }
        for text in
            ["", "yesterday", "24", "-1h", "1.5h", "2026-13-01", "2026-11-30T25:00:00Z", "9999999999d"]
        {
            assert_eq!(read(text, now), None, "{text}");
        }
    }
}
