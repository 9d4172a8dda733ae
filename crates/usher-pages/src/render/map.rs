//! The drawing of the advisor's whole way: where each question and each mode stands, and the lines between them. Places are by the
//! names of questions and the values of answers; which of them are taken comes with the page.

use serde::Serialize;
use usher_types::page::{MapAnswer, MapQuestion, MapState};

/// Width of the drawing, in its own units: pixels at full size.
pub(super) const WIDTH: i32 = 332;
/// Height of the drawing.
pub(super) const HEIGHT: i32 = 8 * ROW + BOX + 2 * EDGE;

/// From one row to the next.
const ROW: i32 = 50;
/// Height of a box.
const BOX: i32 = 30;
/// Room for the lines of the outermost boxes.
const EDGE: i32 = 2;
const QUESTION_WIDTH: i32 = 112;
const MODE_LEFT: i32 = 212;
const MODE_WIDTH: i32 = WIDTH - MODE_LEFT - EDGE;
/// How far the branches stand in.
const INDENT: i32 = 28;

/// A question or a mode.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Box {
    kind: &'static str,
    state: MapState,
    label: String,
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    radius: i32,
    text_x: i32,
    text_y: i32,
}

/// An answer, and the line that it goes along.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    d: String,
    label: String,
    x: i32,
    y: i32,
    centred: bool,
    taken: bool,
}

/// Where a question stands: its row, and how far in.
fn place(question: &str) -> Option<(i32, i32)> {
    Some(match question {
        "person" => (0, 0),
        "public_code" => (1, 0),
        "application" => (2, INDENT),
        "web_crypto" => (3, INDENT),
        "one_party" => (5, INDENT),
        "trusted_with_passwords" => (6, INDENT),
        "other_modes_fit" => (7, INDENT),
        _ => return None,
    })
}

/// Which way an answer's line goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Across, to a mode in the same row.
    Across,
    /// Down, to the question in the next row.
    Down,
    /// Down and across, to a mode in the next row.
    DownAcross,
    /// Down the margin, past the other branch.
    Margin,
}

fn way(question: &str, answer: &MapAnswer) -> Way {
    match (question, answer.value) {
        ("public_code", "no") => Way::Margin,
        ("web_crypto" | "other_modes_fit", "no") => Way::DownAcross,
        _ if answer.mode.is_some() => Way::Across,
        _ => Way::Down,
    }
}

/// Boxes and lines of the drawing.
pub(super) fn draw(questions: &[MapQuestion]) -> (Vec<Box>, Vec<Line>) {
    let mut boxes = Vec::new();
    let mut lines = Vec::new();
    for question in questions {
        let Some((row, indent)) = place(question.name) else { continue };
        let left = EDGE + indent;
        boxes.push(a_box("question", question.state, &question.label, (left, top(row), QUESTION_WIDTH)));
        for answer in &question.answers {
            let way = way(question.name, answer);
            lines.push(line(way, row, left, answer));
            if let Some(mode) = &answer.mode {
                let row = if way == Way::DownAcross { row + 1 } else { row };
                let state = if answer.taken { MapState::Here } else { MapState::Open };
                boxes.push(a_box("mode", state, mode, (MODE_LEFT, top(row), MODE_WIDTH)));
            }
        }
    }
    (boxes, lines)
}

const fn top(row: i32) -> i32 {
    EDGE + row * ROW
}

fn a_box(kind: &'static str, state: MapState, label: &str, (x, y, width): (i32, i32, i32)) -> Box {
    let radius = if kind == "mode" { BOX / 2 } else { 6 };
    let (text_x, text_y) = (x + width / 2, y + BOX / 2 + 4);
    Box { kind, state, label: label.to_owned(), x, y, width, height: BOX, radius, text_x, text_y }
}

fn line(way: Way, row: i32, left: i32, answer: &MapAnswer) -> Line {
    let (bottom, middle, right) = (top(row) + BOX, top(row) + BOX / 2, left + QUESTION_WIDTH);
    let down = left + QUESTION_WIDTH / 2;
    let (d, x, y) = match way {
        Way::Across => {
            (format!("M{right} {middle}H{MODE_LEFT}"), i32::midpoint(right, MODE_LEFT), middle - 5)
        }
        Way::Down => (format!("M{down} {bottom}V{}", top(row + 1)), down + 6, bottom + 14),
        Way::DownAcross => (format!("M{down} {bottom}V{}H{MODE_LEFT}", middle + ROW), down + 6, bottom + 14),
        Way::Margin => {
            let margin = left + 10;
            let end = EDGE + INDENT;
            (format!("M{margin} {bottom}V{}H{end}", middle + 4 * ROW), margin + 6, bottom + 14)
        }
    };
    Line { d, label: answer.label.clone(), x, y, centred: way == Way::Across, taken: answer.taken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::advisor::content;
    use std::collections::HashSet;
    use usher_core::advisor::{Answers, Kit, Question};
    use usher_types::Locale;
    use usher_types::page::Content;

    fn drawn(answers: Answers) -> (Vec<Box>, Vec<Line>) {
        let content = content(Locale::English, "/advisor", &answers, &Kit::new("https://id.example"));
        let Content::Advisor(advisor) = content else { panic!("another page") };
        draw(&advisor.map)
    }

    #[test]
    fn every_question_every_answer_and_every_way_to_a_mode_is_drawn_in_a_place_of_its_own() {
        let (boxes, lines) = drawn(Answers::default());
        assert_eq!(boxes.iter().filter(|b| b.kind == "question").count(), Question::ALL.len());
        assert_eq!(boxes.iter().filter(|b| b.kind == "mode").count(), 8);
        assert_eq!(lines.len(), 2 * Question::ALL.len());
        let places: HashSet<(i32, i32)> = boxes.iter().map(|b| (b.x, b.y)).collect();
        assert_eq!(places.len(), boxes.len());
        let ways: HashSet<&str> = lines.iter().map(|l| l.d.as_str()).collect();
        assert_eq!(ways.len(), lines.len());
        for b in &boxes {
            assert!(b.x >= EDGE && b.x + b.width <= WIDTH - EDGE && b.y + b.height <= HEIGHT - EDGE, "{b:?}");
        }
    }

    #[test]
    fn the_path_taken_is_marked_to_its_end() {
        let mut answers = Answers::default();
        for (question, answer) in [("person", "yes"), ("public_code", "yes"), ("application", "native")] {
            answers.give(question, answer).unwrap();
        }
        let (boxes, lines) = drawn(answers);
        let taken: Vec<&str> = lines.iter().filter(|l| l.taken).map(|l| l.label.as_str()).collect();
        assert_eq!(taken, ["Yes", "Yes", "Native app"]);
        let here: Vec<&str> =
            boxes.iter().filter(|b| b.state == MapState::Here).map(|b| b.label.as_str()).collect();
        assert_eq!(here, ["Code + PKCE"]);
        let (boxes, _) = drawn(Answers::default());
        let here: Vec<&str> =
            boxes.iter().filter(|b| b.state == MapState::Here).map(|b| b.label.as_str()).collect();
        assert_eq!(here, ["A person?"]);
    }
}
