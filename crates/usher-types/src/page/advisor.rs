//! What the advisor's page shows.

use serde::Serialize;

/// The advisor: a question with its answers as links, or the advice; beside it the path taken, drawn and in words.
#[derive(Debug, Clone, Serialize)]
pub struct Advisor {
    /// What is asked or advised.
    pub step: AdvisorStep,
    /// The questions that are answered, in order.
    pub path: Vec<AnsweredQuestion>,
    /// Every question, for the drawing.
    pub map: Vec<MapQuestion>,
    /// The address of the first question.
    pub start: String,
}

/// What the advisor has come to.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AdvisorStep {
    /// The next question.
    Question {
        /// The question.
        ask: String,
        /// Why it is asked.
        why: String,
        /// Its answers.
        choices: Vec<Choice>,
    },
    /// The mode.
    Advice(Box<ModeAdvice>),
}

/// An answer that can be chosen.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// The answer.
    pub label: String,
    /// What it means.
    pub meaning: String,
    /// Where it leads, on this server.
    pub href: String,
}

/// A question that is answered.
#[derive(Debug, Clone, Serialize)]
pub struct AnsweredQuestion {
    /// The question.
    pub ask: String,
    /// The answer.
    pub label: String,
    /// Where it can be answered otherwise, on this server.
    pub href: String,
}

/// A question in the drawing.
#[derive(Debug, Clone, Serialize)]
pub struct MapQuestion {
    /// Its name, which decides its place.
    pub name: &'static str,
    /// The question in a few words.
    pub label: String,
    /// Where it stands.
    pub state: MapState,
    /// Its answers.
    pub answers: Vec<MapAnswer>,
}

/// Where a question or a mode of the drawing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MapState {
    /// Answered.
    Taken,
    /// Where the person is.
    Here,
    /// Not come to.
    Open,
}

/// An answer in the drawing.
#[derive(Debug, Clone, Serialize)]
pub struct MapAnswer {
    /// Its value, which decides its place.
    pub value: &'static str,
    /// The answer.
    pub label: String,
    /// Whether the path goes along it.
    pub taken: bool,
    /// The mode that it leads to at once, in a few words.
    pub mode: Option<String>,
}

/// What is advised.
#[derive(Debug, Clone, Serialize)]
pub struct ModeAdvice {
    /// The mode's name for people.
    pub title: String,
    /// The mode's name for programs, as `data-mode` in the page.
    pub mode: &'static str,
    /// Why this mode.
    pub reason: String,
    /// Whether the mode gives an access token, an ID token and a refresh token.
    pub tokens: [TokenAdvice; 3],
    /// What to keep where.
    pub storage: Vec<AdvisorNote>,
    /// What today's best practice asks.
    pub practice: Vec<AdvisorNote>,
    /// What turning the mode on costs.
    pub cost: Vec<AdvisorNote>,
    /// What to type to create the application.
    pub commands: Vec<String>,
    /// The same for the configuration file.
    pub declaration: String,
    /// Code for its common clients.
    pub samples: Vec<CodeSample>,
}

/// Whether a token is given.
#[derive(Debug, Clone, Serialize)]
pub struct TokenAdvice {
    /// Whether it ever is.
    pub given: bool,
    /// When it is.
    pub when: String,
}

/// Something to know, and who says so.
#[derive(Debug, Clone, Serialize)]
pub struct AdvisorNote {
    /// What.
    pub text: String,
    /// Title and address of each specification.
    pub references: Vec<(String, String)>,
}

/// Code to be copied.
#[derive(Debug, Clone, Serialize)]
pub struct CodeSample {
    /// Language and library.
    pub title: String,
    /// What to install; empty where nothing is.
    pub install: String,
    /// The code.
    pub code: String,
}
