//! Tests of the advisor in a terminal, with texts for its keyboard and its screen.

use super::*;
use clap::Parser;
use std::io::Cursor;
use usher_core::advisor::words;
use usher_types::Locale;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    advise: AdviseArguments,
}

fn arguments(flags: &str) -> AdviseArguments {
    let line = format!("advise --config /nowhere/usher.toml {flags}");
    Line::try_parse_from(line.split_whitespace()).unwrap().advise
}

/// What is printed for these flags and these lines of typing.
fn printed(flags: &str, typed: &str) -> Result<String, AdviseError> {
    let mut out = Vec::new();
    let (arguments, mut input) = (arguments(flags), Cursor::new(typed.as_bytes().to_vec()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let done = runtime.block_on(run(&arguments, &mut input, &mut out));
    done.map(|ended| {
        assert_eq!(ended, Ended::Well);
        String::from_utf8(out).unwrap()
    })
}

/// Flags that lead to each mode, and what is typed to come there.
const WAYS: [(Mode, &str, &str); 6] = [
    (Mode::ClientCredentials, "--person no", "2\n"),
    (Mode::AuthorizationCode, "--person yes --public-code no --one-party no", "1\n2\n2\n"),
    (Mode::NativeCode, "--person yes --public-code yes --application native", "yes\nYes\nnative app\n"),
    (
        Mode::SinglePageCode,
        "--person yes --public-code yes --application single_page --web-crypto yes",
        "y\ny\nsingle-page\ny\n",
    ),
    (
        Mode::Implicit,
        "--person yes --public-code yes --application single_page --web-crypto no",
        "1\n1\nsingle_page\nno\n",
    ),
    (
        Mode::Password,
        "--person yes --public-code no --one-party yes --trusted-with-passwords yes --other-modes-fit no",
        "1\n2\n1\n1\n2\n",
    ),
];

#[test]
fn flags_and_typing_lead_to_the_same_advice() {
    for (mode, flags, typed) in WAYS {
        let by_flags = printed(flags, "").unwrap();
        let said = words::mode(Locale::English, mode);
        assert!(by_flags.starts_with(&format!("{}\n===", said.title)), "{by_flags}");
        let by_typing = printed("", typed).unwrap();
        assert!(by_typing.ends_with(&by_flags), "{mode:?}: {by_typing}");
        assert!(by_typing.starts_with("Which sign-in mode"));
    }
}

#[test]
fn answers_that_are_flags_are_not_asked_for() {
    let printed = printed("--person yes --public-code yes", "2\n").unwrap();
    assert!(!printed.contains(words::question(Locale::English, Question::Person).ask));
    assert!(printed.contains("3. Is it a single-page or a native app?"));
    assert!(printed.contains("for a native app\n==="));
}

#[test]
fn nonsense_is_answered_politely_and_asked_again() {
    for nonsense in ["3", "maybe", "0", "", " ", "-1", "1 2", "ja", &"x".repeat(10_000), "\u{1b}[2J"] {
        let printed = printed("", &format!("{nonsense}\n2\n")).unwrap();
        let said = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains("is not one of the answers. Please type 1 for Yes or 2 for No"),
            "{nonsense:?}"
        );
        assert!(printed.contains("Client credentials\n==="));
        assert!(!printed.contains('\u{1b}'));
    }
}

#[test]
fn b_goes_back_one_question_and_at_the_first_stays_there() {
    let printed = printed("", "b\n1\n1\nb\n2\nb\nb\n2\n").unwrap();
    assert!(printed.contains("Client credentials\n==="), "{printed}");
    assert_eq!(printed.matches("1. Is a person using it?").count(), 3);
}

#[test]
fn the_end_of_the_input_and_q_end_without_advice() {
    for typed in ["", "1\n", "1\n1\n", "q\n", "1\nquit\n", "nonsense"] {
        let error = printed("", typed).unwrap_err();
        assert!(matches!(error, AdviseError::Ended), "{typed:?}: {error}");
        assert_eq!(error.status(), 1);
    }
}

#[test]
fn prose_is_no_wider_than_a_hundred_columns_and_commands_are_one_to_a_shell() {
    for (mode, flags, typed) in WAYS {
        let text = printed("", typed).unwrap();
        let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= text::WIDTH, "{mode:?}: {widest}");
        let advice = Advice::new(mode, &Kit::new(EXAMPLE));
        let unfolded = printed(flags, "").unwrap().replace(" \\\n   ", "");
        for command in &advice.commands {
            assert!(unfolded.contains(&format!("\n  {command}\n")), "{unfolded}");
        }
    }
}

#[test]
fn code_is_printed_whole_where_it_is_asked_for() {
    for (mode, flags, _) in WAYS {
        let kit = Kit::new(EXAMPLE).returning_to("https://books.test/cb").unwrap();
        let text = printed(&format!("{flags} --samples --redirect https://books.test/cb"), "").unwrap();
        let without = printed(flags, "").unwrap();
        for sample in Advice::new(mode, &kit).samples {
            assert!(text.contains(&sample.code), "{}", sample.title);
            assert!(without.contains(sample.title) && !without.contains(&sample.code), "{}", sample.title);
        }
    }
}

#[test]
fn json_is_what_the_api_answers_and_asks_nothing() {
    let mut answers = Answers::default();
    for (flags, given) in
        [("", None), ("--person yes", Some(("person", "yes"))), ("--person no", Some(("person", "no")))]
    {
        answers = Answers::default();
        if let Some((question, answer)) = given {
            answers.give(question, answer).unwrap();
        }
        let printed = printed(&format!("{flags} --json"), "").unwrap();
        let value: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(value, document(&answers, &Kit::new(EXAMPLE)));
    }
    assert!(matches!(next(&answers), Step::Advice(Mode::ClientCredentials)));
}

#[test]
fn a_callback_that_could_not_be_registered_is_refused_in_one_sentence() {
    for wrong in ["http://books.test/cb", "javascript:x", "https://books.test/$x", "books"] {
        let error = printed(&format!("--person no --redirect {wrong}"), "").unwrap_err();
        assert_eq!(error.status(), 2);
        assert!(error.to_string().starts_with("redirect_uri: "), "{error}");
    }
}

#[test]
fn a_flag_for_each_question_takes_its_answers_and_no_others() {
    for question in Question::ALL {
        let flag = format!("--{}", question.name().replace('_', "-"));
        for answer in question.answers() {
            let line = ["advise", &flag, answer.as_str()];
            let parsed = Line::try_parse_from(line).unwrap().advise;
            assert_eq!(parsed.answers().unwrap().get(question), Some(answer));
        }
        for wrong in ["maybe", "", "YES"] {
            let error = Line::try_parse_from(["advise", &flag, wrong]).map(|_| ()).unwrap_err().to_string();
            assert!(
                question.answers().iter().all(|a| error.contains(a.as_str())) || wrong.is_empty(),
                "{error}"
            );
        }
    }
}
