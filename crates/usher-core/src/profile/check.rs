//! The form of each standard claim (OpenID Connect Core §5.1), whoever sets it: a seed, an administrator, the person.

use super::Claims;
use serde_json::Value;
use usher_types::limits;
use usher_types::page::FieldProblem;

/// The first claim that cannot be as it is: its name, with its member's name behind a dot where it is the address, and why.
pub fn first_problem(claims: &Claims) -> Option<(String, FieldProblem)> {
    let Ok(Value::Object(all)) = serde_json::to_value(claims) else { return None };
    for (name, value) in all.iter().filter(|(name, _)| *name != "custom") {
        match value {
            Value::String(text) => {
                if let Some(problem) = problem(name, text) {
                    return Some((name.clone(), problem));
                }
            }
            Value::Object(members) => {
                for (member, value) in members {
                    let name = format!("{name}.{member}");
                    if let Some(problem) = value.as_str().and_then(|text| problem(&name, text)) {
                        return Some((name, problem));
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// What is wrong with a claim, or with a member of the address (`address.locality`).
pub fn problem(name: &str, text: &str) -> Option<FieldProblem> {
    if text.len() > limits::CLAIM_BYTES {
        return Some(FieldProblem::TooLong);
    }
    // OpenID Connect Core §5.1.1: "formatted … MAY contain multiple lines, separated by newlines"; the same is said of street_address.
    let lines = matches!(name, "address.formatted" | "address.street_address");
    if text.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\r'))) {
        return Some(FieldProblem::Control);
    }
    let (is_right, otherwise) = match name {
        "email" => (is_email(text), FieldProblem::Email),
        "phone_number" => (is_phone(text), FieldProblem::Phone),
        "birthdate" => (is_birthdate(text), FieldProblem::Date),
        "profile" | "picture" | "website" => (is_web_address(text), FieldProblem::WebAddress),
        "locale" => (is_language(text), FieldProblem::Language),
        "zoneinfo" => (is_time_zone(text), FieldProblem::TimeZone),
        _ => return None,
    };
    (!is_right).then_some(otherwise)
}

/// In words for an administrator.
pub const fn in_words(problem: FieldProblem) -> &'static str {
    match problem {
        FieldProblem::TooLong => "is longer than 2048 bytes",
        FieldProblem::Control => "has a control character",
        FieldProblem::Email => "is no e-mail address, such as name@example.com",
        FieldProblem::Phone => "is no telephone number with its country's code, such as +41441234567 (E.164)",
        FieldProblem::Date => "is no date: YYYY-MM-DD, 0000-MM-DD without the year, or YYYY",
        FieldProblem::WebAddress => "is no web address that begins with https:// or http://",
        FieldProblem::Language => "is no language tag, such as en-GB or zh-CN (BCP 47)",
        FieldProblem::TimeZone => "is no name of a time zone, such as Europe/Paris",
        FieldProblem::Needed => "is the only login name",
    }
}

/// RFC 5321 §4.5.3.1: 64 bytes before the last `@`, 254 altogether; what more is an address only its mail server knows.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let printed = !text.chars().any(|c| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';'));
    printed
        && text.len() <= 254
        && (1..=64).contains(&local.len())
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

/// Core §5.1: "E.164 … is RECOMMENDED …, for example, +1 (425) 555-1212"; with an extension, RFC 3966: "+1 (604) 555-1234;ext=5678".
fn is_phone(text: &str) -> bool {
    let (number, extension) = text.split_once(";ext=").map_or((text, None), |(n, e)| (n, Some(e)));
    let Some(rest) = number.strip_prefix('+') else { return false };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let extension =
        extension.is_none_or(|e| (1..=10).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_digit()));
    (7..=15).contains(&digits)
        && !rest.starts_with('0')
        && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')'))
        && extension
}

/// Core §5.1: "represented as an ISO 8601-1 YYYY-MM-DD format. The year MAY be 0000, indicating that it is omitted. To represent only the
/// year, YYYY format is allowed."
fn is_birthdate(text: &str) -> bool {
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())?
    };
    let mut parts = text.split('-');
    let Some(year) = parts.next().and_then(|p| number(p, 4)) else { return false };
    let Some(month) = parts.next() else { return year > 0 };
    let (Some(month), Some(day), None) =
        (number(month, 2), parts.next().and_then(|p| number(p, 2)), parts.next())
    else {
        return false;
    };
    let leap = year == 0 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_web_address(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\'));
    let lower = text.to_ascii_lowercase();
    let parsed = url::Url::parse(text).ok().filter(|u| u.has_host() && u.username().is_empty());
    plain && (lower.starts_with("https://") || lower.starts_with("http://")) && parsed.is_some()
}

/// Core §5.1: "This is typically an ISO 639 Alpha-2 language code in lowercase and an ISO 3166-1 Alpha-2 country code in uppercase, separated
/// by a dash … some implementations have used an underscore as the separator".
fn is_language(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    text.len() <= 35
        && (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The form of the names in the IANA time zone database; which of them there are changes each year.
fn is_time_zone(text: &str) -> bool {
    let part = |p: &str| {
        p.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'))
    };
    text.len() <= 64 && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_claim_has_its_form() {
        for (name, right, wrong) in [
            (
                "email",
                &["a@b", "first.last+tag@mail.example.com", "\u{674e}@\u{4f8b}.example"][..],
                &["", "a", "@b", "a@", "a@b..c", "a b@c", "a@-b.c", "<a@b>", "a@b,c@d"][..],
            ),
            (
                "phone_number",
                &["+41441234567", "+1 (425) 555-1212", "+1 (604) 555-1234;ext=5678"],
                &[
                    "",
                    "0441234567",
                    "+0441234567",
                    "+1",
                    "+1234567890123456",
                    "+41 44 abc 45 67",
                    "+14255551212;ext=",
                ],
            ),
            (
                "birthdate",
                &["1990-02-28", "2000-02-29", "0000-02-29", "1990"],
                &[
                    "",
                    "0000",
                    "1990-02-30",
                    "1900-02-29",
                    "1990-13-01",
                    "90-01-01",
                    "1990-1-1",
                    "1990-01-01-01",
                    "01.02.1990",
                ],
            ),
            (
                "website",
                &["https://example.com", "http://example.com/a?b#c"],
                &[
                    "",
                    "example.com",
                    "javascript:alert(1)",
                    "JAVASCRIPT://example.com/%0aalert(1)",
                    "data:text/html,x",
                    "https://",
                    "https://a@b",
                    "https://a b",
                ],
            ),
            (
                "locale",
                &["en", "zh-CN", "en_US", "zh-Hans-CN"],
                &["", "e", "en-", "en GB", "\u{4e2d}\u{6587}"],
            ),
            (
                "zoneinfo",
                &["Europe/Paris", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
                &["", "/Paris", "Europe/", "../etc/passwd", "Europe Paris", "+01:00"],
            ),
        ] {
            for text in right {
                assert_eq!(problem(name, text), None, "{name} {text}");
            }
            for text in wrong {
                assert!(problem(name, text).is_some(), "{name} {text}");
            }
        }
        assert_eq!(problem("name", "a\nb"), Some(FieldProblem::Control));
        assert_eq!(problem("address.formatted", "a\nb"), None);
        assert_eq!(problem("nickname", &"a".repeat(2049)), Some(FieldProblem::TooLong));
    }
}
