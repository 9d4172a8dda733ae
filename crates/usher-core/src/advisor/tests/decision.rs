//! The decision, over every combination of answers, against a table written from the mission and not from the code.

use crate::advisor::{Answer, AnswerError, Answers, Mode, Question, Step, next, walk};
use std::collections::BTreeSet;

/// The mission's table: an answer to each question in order, `*` for whichever, and the mode. No two rows fit the same answers.
const TABLE: [([&str; 7], Mode); 8] = [
    (["no", "*", "*", "*", "*", "*", "*"], Mode::ClientCredentials),
    (["yes", "yes", "native", "*", "*", "*", "*"], Mode::NativeCode),
    (["yes", "yes", "single_page", "yes", "*", "*", "*"], Mode::SinglePageCode),
    (["yes", "yes", "single_page", "no", "*", "*", "*"], Mode::Implicit),
    (["yes", "no", "*", "*", "no", "*", "*"], Mode::AuthorizationCode),
    (["yes", "no", "*", "*", "yes", "no", "*"], Mode::AuthorizationCode),
    (["yes", "no", "*", "*", "yes", "yes", "yes"], Mode::AuthorizationCode),
    (["yes", "no", "*", "*", "yes", "yes", "no"], Mode::Password),
];

/// The mode of a whole set of answers, by the table.
fn expected(answers: Answers) -> Mode {
    let given = Question::ALL.map(|q| answers.get(q).unwrap().as_str());
    let fits = |row: &&([&str; 7], Mode)| row.0.iter().zip(given).all(|(r, g)| *r == "*" || *r == g);
    let rows: Vec<_> = TABLE.iter().filter(fits).collect();
    assert_eq!(rows.len(), 1, "{given:?} fits {} rows", rows.len());
    rows[0].1
}

/// Every set of answers that leaves the questions of `open` open and answers the others: 3 to the 7th in all.
fn every_set() -> Vec<Answers> {
    Question::ALL.into_iter().fold(vec![Answers::default()], |sets, question| {
        let more = |set: Answers| {
            let answered = question.answers().map(|a| set.with(question, a));
            [set, answered[0], answered[1]]
        };
        sets.into_iter().flat_map(more).collect()
    })
}

/// Every way to answer what is still open.
fn completions(answers: Answers) -> Vec<Answers> {
    Question::ALL.into_iter().fold(vec![answers], |sets, question| match answers.get(question) {
        Some(_) => sets,
        None => sets.into_iter().flat_map(|s| question.answers().map(|a| s.with(question, a))).collect(),
    })
}

#[test]
fn every_combination_of_answers_has_the_mode_of_the_mission_s_table() {
    let whole: Vec<Answers> =
        every_set().into_iter().filter(|s| s.given().count() == Question::ALL.len()).collect();
    assert_eq!(whole.len(), 128);
    for answers in whole {
        assert_eq!(next(&answers), Step::Advice(expected(answers)), "{answers:?}");
    }
}

#[test]
fn a_mode_is_advised_as_soon_as_no_further_answer_can_change_it_and_no_sooner() {
    let sets = every_set();
    assert_eq!(sets.len(), 2187);
    for answers in sets {
        let modes: BTreeSet<&str> = completions(answers).iter().map(|c| expected(*c).as_str()).collect();
        match next(&answers) {
            Step::Advice(mode) => assert_eq!(modes, BTreeSet::from([mode.as_str()]), "{answers:?}"),
            Step::Ask(_) => assert!(modes.len() > 1, "{answers:?} is {modes:?} already"),
        }
    }
}

#[test]
fn the_question_asked_is_the_first_open_one_that_can_change_the_mode() {
    for answers in every_set() {
        let Step::Ask(asked) = next(&answers) else { continue };
        let can_change = |question: &Question| {
            let [one, other] = question.answers();
            answers.get(*question).is_none()
                && completions(answers)
                    .iter()
                    .any(|c| expected(c.with(*question, one)) != expected(c.with(*question, other)))
        };
        assert_eq!(Question::ALL.into_iter().find(can_change), Some(asked), "{answers:?}");
    }
}

#[test]
fn walking_reaches_every_mode_and_asks_every_question() {
    let mut modes = BTreeSet::new();
    let mut asked = BTreeSet::new();
    let mut open = vec![Answers::default()];
    while let Some(answers) = open.pop() {
        match next(&answers) {
            Step::Advice(mode) => {
                modes.insert(mode.as_str());
            }
            Step::Ask(question) => {
                asked.insert(question);
                open.extend(question.answers().map(|a| answers.with(question, a)));
            }
        }
    }
    assert_eq!(modes, Mode::ALL.iter().map(|m| m.as_str()).collect());
    assert_eq!(asked, Question::ALL.into_iter().collect());
}

#[test]
fn a_path_holds_what_bears_on_the_mode_and_leads_to_the_same_place() {
    for answers in every_set() {
        let path = walk(&answers);
        let of_path = path.iter().fold(Answers::default(), |so_far, (question, answer)| {
            assert_eq!(answers.get(*question), Some(*answer));
            assert!(matches!(next(&so_far), Step::Ask(_)), "{answers:?} goes on past its end");
            so_far.with(*question, *answer)
        });
        assert_eq!(next(&of_path), next(&answers), "{answers:?}");
        assert_eq!(walk(&of_path), path);
        assert!(path.is_sorted_by_key(|(question, _)| *question));
    }
}

#[test]
fn answers_on_a_branch_that_is_not_taken_leave_no_trace() {
    let machine = Answers::default().with(Question::Person, Answer::No);
    for answers in every_set().into_iter().filter(|a| a.get(Question::Person) == Some(Answer::No)) {
        assert_eq!(walk(&answers), walk(&machine));
    }
}

#[test]
fn an_answer_reads_back_by_its_names_and_any_other_is_refused_with_what_is_allowed() {
    for question in Question::ALL {
        for answer in question.answers() {
            let mut answers = Answers::default();
            answers.give(question.name(), answer.as_str()).unwrap();
            assert_eq!(answers.given().collect::<Vec<_>>(), [(question, answer)]);
            assert_eq!(answers.give(question.name(), answer.as_str()), Err(AnswerError::Repeated(question)));
        }
        for wrong in ["", "YES", "true", "1", "yes ", "maybe", "single-page"] {
            let mut answers = Answers::default();
            let error = answers.give(question.name(), wrong).unwrap_err().to_string();
            let allowed = question.answers().map(Answer::as_str);
            assert!(allowed.iter().all(|a| error.contains(a)) && error.contains(question.name()), "{error}");
            assert_eq!(answers, Answers::default());
        }
    }
    let error = Answers::default().give("Person", "yes").unwrap_err().to_string();
    assert!(Question::ALL.iter().all(|q| error.contains(q.name())), "{error}");
    assert!(Answers::default().give("application", "yes").is_err());
    assert!(Answers::default().give("person", "native").is_err());
}

#[test]
fn an_answer_that_is_not_the_question_s_changes_nothing() {
    for question in Question::ALL {
        for answer in [Answer::Yes, Answer::No, Answer::SinglePage, Answer::Native] {
            let set = Answers::default().with(question, answer);
            assert_eq!(set.get(question), question.answers().contains(&answer).then_some(answer));
        }
    }
}
