//! Targets for new passwords and for the operator's list of known ones.

use crate::input::{first_line, utf8};
use std::sync::atomic::{AtomicU32, Ordering};
use usher_core::password::{KnownPasswords, Problem, Rule, normalised};
use usher_core::pool::PoolSettings;
use usher_core::profile::{Claims, Profile};
use usher_types::page::NewPasswordProblem;
use usher_types::{Timestamp, limits};

/// New passwords: the first line is one, the rest the name of its person.
pub fn new_password(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let (password, name) = first_line(text);
    let claims = Claims { name: Some(name.to_owned()), ..Claims::default() };
    let about = Profile::new(&claims, Some("alice"), Timestamp::from_millis(0));
    let rule = Rule::new(&PoolSettings::default(), "main");
    let once = normalised(password);
    match rule.check(password, &about) {
        Ok(accepted) => {
            assert_eq!(accepted.secret().expose(), once.as_bytes(), "what is hashed is the normalised form");
            assert!((1..=limits::PASSWORD_BYTES).contains(&once.len()));
            assert!(
                once.chars().count() >= limits::PASSWORD_CHARACTERS && !once.chars().any(char::is_control)
            );
            assert!(rule.check(&once, &about).is_ok(), "a form of it is refused");
            assert!(once.trim() != name.trim() || name.is_empty(), "it is the person's name");
        }
        Err(problem) => {
            assert!(!rule.in_words(&problem).is_empty());
            assert!(matches!(problem, Problem::Password(_)), "there is no list");
            let Problem::Password(problem) = problem else { return };
            assert!(!matches!(problem, NewPasswordProblem::Known | NewPasswordProblem::Busy));
        }
    }
}

/// Lists of known passwords: a file's bytes. A line of a list that opens is on it; looking something up always ends.
pub fn known_passwords(data: &[u8]) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("usher-fuzz-{}-{number}", std::process::id()));
    if std::fs::write(&path, data).is_err() {
        return;
    }
    let opened = KnownPasswords::open(&path);
    let removed = std::fs::remove_file(&path);
    let list = match opened {
        Ok(list) => list,
        Err(why) => {
            assert!(!why.is_empty() && removed.is_ok());
            return;
        }
    };
    let looked = list.contains("purple elephants on parade");
    let digests = utf8(data).is_some_and(|text| {
        let first = text.lines().next().unwrap_or_default();
        first.len() >= 40 && first.bytes().take(40).all(|b| b.is_ascii_hexdigit())
    });
    if let Some(text) = utf8(data).filter(|_| !digests) {
        assert!(looked.is_ok(), "a list in memory is always read");
        for line in text.lines().filter(|line| !line.is_empty()) {
            assert!(list.contains(line).is_ok_and(|found| found), "{line:?}");
        }
    }
}
