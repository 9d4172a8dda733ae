//! What a program asks the advisor: answers by the names of their questions, and what fills settings and samples. Strict: a member
//! that is not known, a value that is not allowed and anything given twice is an error that names what is allowed.

use serde_json::Value;
use usher_core::advisor::{AnswerError, Answers, Kit, KitError, Question};
use usher_crypto::jose::parse_unique_object;
use usher_types::{Params, ParamsError, limits};

/// A request that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The answers.
    pub answers: Answers,
    /// What fills settings and samples.
    pub kit: Kit,
}

/// Why a request does not make sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The body is of another type.
    #[error("the body must be application/json")]
    MediaType,
    /// The body is not an object, or a member is there twice.
    #[error("the body must be one JSON object, with every member once")]
    Json,
    /// The query cannot be read.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// An answer.
    #[error(transparent)]
    Answer(AnswerError),
    /// A member that means nothing.
    #[error("{0:?} is not known; known are {list}", list = known())]
    Unknown(String),
    /// A value of another kind.
    #[error("{name}: {expected} is expected")]
    Kind {
        /// The member.
        name: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// Given twice.
    #[error("client_id is given more than once")]
    Repeated,
    /// What cannot stand in settings and samples.
    #[error(transparent)]
    Kit(#[from] KitError),
}

/// The application's id in settings and samples.
const CLIENT_ID: &str = "client_id";
/// Its callbacks in settings and samples.
const REDIRECT_URIS: &str = "redirect_uris";

fn known() -> String {
    let mut names = Question::ALL.map(Question::name).to_vec();
    names.extend([CLIENT_ID, REDIRECT_URIS]);
    names.join(", ")
}

impl From<AnswerError> for AskError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Question(name) => Self::Unknown(name),
            other => Self::Answer(other),
        }
    }
}

/// Reads a query. An empty value counts as not given.
pub fn parse_query(query: &str, mut kit: Kit) -> Result<Asked, AskError> {
    let params = Params::parse(query.as_bytes())?;
    let mut answers = Answers::default();
    let mut named = false;
    for (name, value) in params.pairs().iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            CLIENT_ID if named => return Err(AskError::Repeated),
            CLIENT_ID => {
                kit = kit.named(value)?;
                named = true;
            }
            REDIRECT_URIS => kit = kit.returning_to(value)?,
            question => answers.give(question, value)?,
        }
    }
    Ok(Asked { answers, kit })
}

/// Reads a body: an object with the names of a query, `redirect_uris` being a list.
pub fn parse_json(body: &[u8], mut kit: Kit) -> Result<Asked, AskError> {
    let members = parse_unique_object(body).map_err(|_| AskError::Json)?;
    let mut answers = Answers::default();
    for (name, value) in members {
        match (name.as_str(), value) {
            (CLIENT_ID, Value::String(text)) => kit = kit.named(&text)?,
            (CLIENT_ID, _) => return Err(AskError::Kind { name: CLIENT_ID, expected: "a text" }),
            (REDIRECT_URIS, Value::Array(items)) if items.len() <= limits::REGISTERED_URIS => {
                for item in items {
                    let expected = AskError::Kind { name: REDIRECT_URIS, expected: "a list of texts" };
                    kit = kit.returning_to(item.as_str().ok_or(expected)?)?;
                }
            }
            (REDIRECT_URIS, _) => {
                return Err(AskError::Kind { name: REDIRECT_URIS, expected: "a list of at most 100 texts" });
            }
            (question, Value::String(answer)) => answers.give(question, &answer)?,
            (other, _) => {
                let question = Question::find(other)
                    .ok_or_else(|| AskError::Unknown(other.chars().take(64).collect()))?;
                return Err(AskError::Kind {
                    name: question.name(),
                    expected: "one of its answers as a text",
                });
            }
        }
    }
    Ok(Asked { answers, kit })
}
