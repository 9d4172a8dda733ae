//! Asking the questions in a terminal: numbered answers, a way back, and patience with what is none of them.

use super::text::wrapped;
use std::io::{self, BufRead, Write};
use usher_core::advisor::words::{self, QuestionWords};
use usher_core::advisor::{Answer, Answers, Mode, Question, Step, next, walk};
use usher_types::Locale;

/// What somebody typed.
enum Typed {
    Answer(Answer),
    Back,
    Quit,
    Nonsense(String),
}

/// Asks until there is a mode; `None` where the answers end before that.
pub(super) fn until_advised(
    given: Answers,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> io::Result<Option<Mode>> {
    let opening =
        "Which sign-in mode should the application use? Answer by number or word; b goes back, q ends.";
    writeln!(out, "{}\n", wrapped(opening, "", ""))?;
    let mut answers = given;
    loop {
        let question = match next(&answers) {
            Step::Advice(mode) => {
                writeln!(out)?;
                return Ok(Some(mode));
            }
            Step::Ask(question) => question,
        };
        let said = words::question(Locale::English, question);
        show(question, &said, walk(&answers).len() + 1, out)?;
        match read(question, &said, input, out)? {
            None => return Ok(None),
            Some(Typed::Answer(answer)) => answers = answers.with(question, answer),
            Some(_) => answers = back(answers),
        }
    }
}

fn show(question: Question, said: &QuestionWords, number: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", wrapped(said.ask, &format!("{number}. "), "   "))?;
    writeln!(out, "{}\n", wrapped(said.why, "   ", "   "))?;
    let widest = said.answers.iter().map(|a| a.label.len()).max().unwrap_or_default();
    for (at, (_, answer)) in question.answers().iter().zip(said.answers).enumerate() {
        let first = format!("   {}) {:widest$}  ", at + 1, answer.label);
        let rest = " ".repeat(first.len());
        writeln!(out, "{}", wrapped(answer.meaning, &first, &rest))?;
    }
    writeln!(out)
}

/// Reads lines until one means something; `None` at the end of the input or where somebody has had enough.
fn read(
    question: Question,
    said: &QuestionWords,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> io::Result<Option<Typed>> {
    let [one, other] = said.answers.map(|a| a.label);
    loop {
        write!(out, "   1 or 2: ")?;
        out.flush()?;
        let mut line = Vec::new();
        // A line is bounded, so that an endless one does not fill the memory.
        let count = io::Read::take(&mut *input, 4096).read_until(b'\n', &mut line)?;
        if count == 0 {
            writeln!(out)?;
            return Ok(None);
        }
        match meaning(question, said, &String::from_utf8_lossy(&line)) {
            Typed::Quit => return Ok(None),
            Typed::Nonsense(text) => {
                let hint = format!(
                    "{text:?} is not one of the answers. Please type 1 for {one} or 2 for {other}; b goes back, q ends."
                );
                writeln!(out, "{}", wrapped(&hint, "   ", "   "))?;
            }
            typed => {
                writeln!(out)?;
                return Ok(Some(typed));
            }
        }
    }
}

/// What a line means: a number, the answer's value or label or the beginning of one, or a way out.
fn meaning(question: Question, said: &QuestionWords, line: &str) -> Typed {
    let typed = line.trim().to_lowercase();
    let named = |(answer, label): (&Answer, &str)| {
        let names = [answer.as_str().to_owned(), answer.as_str().replace('_', "-"), label.to_lowercase()];
        !typed.is_empty() && names.iter().any(|name| name.starts_with(&typed))
    };
    let answers = question.answers();
    let by_name =
        answers.iter().zip(said.answers.map(|a| a.label)).find(|pair| named(*pair)).map(|(a, _)| *a);
    let [one, other] = answers;
    match typed.as_str() {
        "1" => Typed::Answer(one),
        "2" => Typed::Answer(other),
        "b" | "back" => Typed::Back,
        "q" | "quit" | "exit" => Typed::Quit,
        _ => by_name.map_or_else(|| Typed::Nonsense(line.trim().chars().take(40).collect()), Typed::Answer),
    }
}

/// The same answers without the last one that bears on the mode.
fn back(answers: Answers) -> Answers {
    let mut path = walk(&answers);
    path.pop();
    path.into_iter().fold(Answers::default(), |all, (question, answer)| all.with(question, answer))
}
