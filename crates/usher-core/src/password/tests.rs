//! What a password may be: length, forms, reasons.

use super::*;
use crate::profile::Claims;
use usher_types::Timestamp;

fn profile() -> Profile {
    let claims = Claims {
        name: Some("Alice Arden".to_owned()),
        email: Some("alice@example.com".to_owned()),
        ..Claims::default()
    };
    Profile::new(&claims, Some("alice"), Timestamp::from_millis(0))
}

fn rule() -> Rule {
    Rule::new(
        &PoolSettings { display_name: Some("Northwind Traders".to_owned()), ..PoolSettings::default() },
        "main",
    )
}

fn problem(text: &str) -> Option<NewPasswordProblem> {
    rule().check(text, &profile()).err().map(|problem| match problem {
        Problem::Password(problem) => problem,
        Problem::Unreadable(why) => panic!("{why}"),
    })
}

#[test]
fn characters_are_counted_after_composition_and_none_is_demanded() {
    assert_eq!(problem("fourteen chars"), Some(NewPasswordProblem::TooShort));
    assert_eq!(problem("fifteen  chars!"), None);
    assert_eq!(problem("wpqkzmvhtrxjyla"), None);
    // Fifteen code points as they are typed, fourteen characters as they are hashed.
    assert_eq!(problem("wpqkzmvhtrxjye\u{301}"), Some(NewPasswordProblem::TooShort));
    assert_eq!(problem("wpqkzmvhtrxjyle\u{301}"), None);
    assert_eq!(problem(&"wq".repeat(513)), Some(NewPasswordProblem::TooLong));
    assert_eq!(problem("wpqkzmvh\ttrxjyla"), Some(NewPasswordProblem::Unprintable));
    assert_eq!(problem("  spaces are characters  "), None);
}

#[test]
fn two_ways_of_typing_one_password_are_hashed_alike() {
    let composed = rule().check("le caf\u{e9} de la gare", &profile()).unwrap();
    let decomposed = rule().check("le cafe\u{301} de la gare", &profile()).unwrap();
    assert_eq!(composed.secret().expose(), decomposed.secret().expose());
    let (first, second) = forms(&Secret::from("cafe\u{301}"));
    assert_eq!(first.expose(), "caf\u{e9}".as_bytes());
    assert_eq!(second.unwrap().expose(), "cafe\u{301}".as_bytes());
    assert!(forms(&Secret::from("caf\u{e9}")).1.is_none());
}

#[test]
fn what_is_tried_first_is_refused_with_its_reason() {
    assert_eq!(problem("Password20242025"), Some(NewPasswordProblem::Common));
    assert_eq!(problem("alice@example.com"), Some(NewPasswordProblem::Expected));
    assert_eq!(problem("NorthwindTraders1"), Some(NewPasswordProblem::Expected));
    assert_eq!(problem("qwertyuiopasdfgh"), Some(NewPasswordProblem::Pattern));
}

#[test]
fn every_problem_is_a_sentence_for_administrators() {
    for problem in [
        NewPasswordProblem::TooShort,
        NewPasswordProblem::TooLong,
        NewPasswordProblem::Unprintable,
        NewPasswordProblem::Common,
        NewPasswordProblem::Expected,
        NewPasswordProblem::Pattern,
        NewPasswordProblem::Known,
    ] {
        let words = rule().in_words(&problem.into());
        assert!(words.len() > 20 && words.lines().count() == 1, "{words}");
    }
}
