//! The advisor for people and for programs. Answers travel in the address or in the body and are kept nowhere: nothing here reads the
//! store or sets a cookie. What is advised is decided in `usher_core::advisor`.

mod request;
mod view;

pub use request::{AskError, Asked, parse_json, parse_query};

use http::{Method, StatusCode, header};
use usher_core::advisor::{Answers, Kit, Question, document};
use usher_core::{Cx, Reply, Request};
use usher_types::page::Content;
use usher_types::{Endpoint, Locale};

/// Shows the next question, or the advice. What is no answer counts as not given: its question is asked again.
pub fn page(cx: &Cx, request: &Request) -> Reply {
    let params = request.query_params().unwrap_or_default();
    let mut answers = Answers::default();
    for question in Question::ALL {
        let given = params.one(question.name()).ok().flatten();
        // A value that is not among the answers changes nothing.
        let answer = given.and_then(|g| question.answers().into_iter().find(|a| a.as_str() == g));
        answers = answer.map_or(answers, |a| answers.with(question, a));
    }
    let content = content(cx.locale, &cx.path(Endpoint::Advisor), &answers, &kit(cx));
    Reply::page(StatusCode::OK, cx.page(None, cx.locale, content))
}

/// What the page shows for these answers, itself being at this path.
pub fn content(locale: Locale, path: &str, answers: &Answers, kit: &Kit) -> Content {
    Content::Advisor(Box::new(view::advisor(locale, path, *answers, kit)))
}

/// Answers with the next question or the advice as JSON.
pub fn api(cx: &Cx, request: &Request) -> Reply {
    let asked = match request.method {
        Method::POST if !is_json(request) => Err(AskError::MediaType),
        Method::POST => parse_json(&request.body, kit(cx)),
        _ => parse_query(&request.query, kit(cx)),
    };
    match asked {
        Ok(Asked { answers, kit }) => Reply::json(StatusCode::OK, &document(&answers, &kit)),
        Err(error) => Reply::json(
            StatusCode::BAD_REQUEST,
            &serde_json::json!({ "error": "invalid_request", "error_description": error.to_string() }),
        ),
    }
}

/// The addresses of this server and pool.
fn kit(cx: &Cx) -> Kit {
    let kit = Kit::new(&format!("{}{}", cx.pool.origin(), cx.pool.base));
    if cx.pool.is_first { kit } else { kit.in_pool(&cx.pool.name) }
}

/// RFC 9110 §8.3.1: "The type and subtype tokens are case-insensitive."
fn is_json(request: &Request) -> bool {
    let media_type = request.header(&header::CONTENT_TYPE).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
