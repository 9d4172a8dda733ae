//! The advisor's page in a language: words of the advisor, addresses of this page.

use usher_core::advisor::{
    Advice, Answer, Answers, Kit, Mode, Note, Question, Step, Yield, next, walk, words,
};
use usher_types::Locale;
use usher_types::page::{
    Advisor, AdvisorNote, AdvisorStep, AnsweredQuestion, Choice, CodeSample, MapAnswer, MapQuestion,
    MapState, ModeAdvice, TokenAdvice,
};

/// The page for these answers, itself at this path.
pub(super) fn advisor(locale: Locale, path: &str, answers: Answers, kit: &Kit) -> Advisor {
    let taken = walk(&answers);
    let so_far = |count: usize| {
        taken
            .iter()
            .take(count)
            .fold(Answers::default(), |all, (question, answer)| all.with(*question, *answer))
    };
    let here = so_far(taken.len());
    let step = match next(&here) {
        Step::Ask(question) => self::question(locale, path, question, here),
        Step::Advice(mode) => AdvisorStep::Advice(Box::new(advice(locale, mode, kit))),
    };
    let answered = taken.iter().enumerate().map(|(number, (question, answer))| AnsweredQuestion {
        ask: words::question(locale, *question).ask.to_owned(),
        label: label(locale, *question, *answer).to_owned(),
        href: address(path, so_far(number)),
    });
    Advisor { step, path: answered.collect(), map: map(locale, here), start: path.to_owned() }
}

/// This page with these answers.
fn address(path: &str, answers: Answers) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answers.given().map(|(question, answer)| (question.name(), answer.as_str())));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn label(locale: Locale, question: Question, answer: Answer) -> &'static str {
    let said = words::question(locale, question).answers;
    let mut pairs = question.answers().into_iter().zip(said);
    pairs.find(|(a, _)| *a == answer).map_or(answer.as_str(), |(_, said)| said.label)
}

fn question(locale: Locale, path: &str, question: Question, here: Answers) -> AdvisorStep {
    let said = words::question(locale, question);
    let choices = question.answers().into_iter().zip(said.answers).map(|(answer, said)| Choice {
        label: said.label.to_owned(),
        meaning: said.meaning.to_owned(),
        href: address(path, here.with(question, answer)),
    });
    AdvisorStep::Question { ask: said.ask.to_owned(), why: said.why.to_owned(), choices: choices.collect() }
}

fn advice(locale: Locale, mode: Mode, kit: &Kit) -> ModeAdvice {
    let said = words::mode(locale, mode);
    let tokens = mode.tokens();
    let Advice { commands, declaration, samples, .. } = Advice::new(mode, kit);
    let token = |given: Yield| TokenAdvice {
        given: given != Yield::Never,
        when: words::token(locale, given).to_owned(),
    };
    let samples = samples.into_iter().map(|s| CodeSample {
        title: s.title.to_owned(),
        install: s.install.to_owned(),
        code: s.code,
    });
    ModeAdvice {
        title: said.title.to_owned(),
        mode: mode.as_str(),
        reason: said.reason.to_owned(),
        tokens: [token(tokens.access), token(tokens.id), token(tokens.refresh)],
        storage: notes(locale, mode.storage()),
        practice: notes(locale, mode.best_practice()),
        cost: notes(locale, mode.cost()),
        commands,
        declaration,
        samples: samples.collect(),
    }
}

fn notes(locale: Locale, notes: &[Note]) -> Vec<AdvisorNote> {
    let said = |note: &Note| AdvisorNote {
        text: words::note(locale, *note).to_owned(),
        references: note.references().iter().map(|r| (r.title().to_owned(), r.url().to_owned())).collect(),
    };
    notes.iter().map(said).collect()
}

/// Every question with where it stands, and the modes that its answers lead to at once.
fn map(locale: Locale, here: Answers) -> Vec<MapQuestion> {
    let asked = match next(&here) {
        Step::Ask(question) => Some(question),
        Step::Advice(_) => None,
    };
    let of = |question: Question| {
        let given = here.get(question);
        let state = match given {
            Some(_) => MapState::Taken,
            None if asked == Some(question) => MapState::Here,
            None => MapState::Open,
        };
        let said = words::question(locale, question);
        let answers = question.answers().into_iter().zip(said.answers).map(|(answer, said)| MapAnswer {
            value: answer.as_str(),
            label: said.label.to_owned(),
            taken: given == Some(answer),
            mode: leads_to(question, answer).map(|mode| words::mode(locale, mode).short.to_owned()),
        });
        MapQuestion { name: question.name(), label: said.short.to_owned(), state, answers: answers.collect() }
    };
    Question::ALL.map(of).to_vec()
}

/// The mode that an answer decides on the way that leads to its question.
fn leads_to(question: Question, answer: Answer) -> Option<Mode> {
    match next(&way_to(question).with(question, answer)) {
        Step::Advice(mode) => Some(mode),
        Step::Ask(_) => None,
    }
}

/// The answers by which a question is reached.
fn way_to(question: Question) -> Answers {
    let mut open = vec![Answers::default()];
    while let Some(answers) = open.pop() {
        match next(&answers) {
            Step::Ask(asked) if asked == question => return answers,
            Step::Ask(asked) => open.extend(asked.answers().map(|a| answers.with(asked, a))),
            Step::Advice(_) => {}
        }
    }
    Answers::default()
}
