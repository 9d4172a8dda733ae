//! Wrong authorization requests. The demo sends them itself, as a browser in which nobody is signed in would, and follows no redirect.

use super::Scene;
use crate::options::{AuthorizationRequest, Options, To, address};
use crate::ways::{Asker, Front, PAGE, Redirect};
use crate::wire::{self, Exchange, Outgoing};
use http::Method;
use usher_types::Params;

/// Sends a request that is right but for what is wrong with it.
pub(super) async fn send(scene: &Scene<'_>, request: Front) -> Exchange {
    let endpoint = scene.provider.authorization_endpoint.as_str();
    let base = &scene.app.demo.base;
    let redirect_uri = match (request.redirect, scene.walk.and_then(|walk| walk.request())) {
        (Redirect::Other(uri), _) => uri.to_owned(),
        (Redirect::Own, Some(of_walk)) => of_walk.redirect_uri.clone(),
        (Redirect::Own, None) => format!("{base}/{}/callback", scene.kind.name()),
    };
    let client_id = match request.by {
        Asker::Walker => scene.credentials.client_id(),
        Asker::Strict => &scene.app.demo.clients.strict.client_id,
    };
    let form = Params::parse(b"scope=openid&scope=profile").unwrap_or_default();
    let made = AuthorizationRequest::new(
        To { endpoint, client_id, redirect_uri },
        &Options::read(scene.kind, &form),
    );
    let mut parameters = made.parameters;
    for (name, value) in request.changed {
        match parameters.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => (*value).clone_into(old),
            None => parameters.push((name, (*value).to_owned())),
        }
    }
    parameters.retain(|(_, value)| !value.is_empty());
    let url = address(endpoint, &parameters);
    let mut exchange = wire::send(Outgoing {
        title: "Authorization request",
        method: Method::GET,
        url: &url,
        authorization: None,
        form: Vec::new(),
        secrets: Vec::new(),
    })
    .await;
    if let Ok(answer) = &mut exchange.outcome
        && answer.body.starts_with("<!doctype html>")
    {
        answer.body = format!("(a page of {} bytes for the person)", answer.body.len());
    }
    exchange
}

/// The error of an authorization response in the address that the browser is sent to, or [`PAGE`].
pub(super) fn refusal(exchange: &Exchange) -> Option<String> {
    let status = exchange.outcome.as_ref().ok()?.status;
    if (400..500).contains(&status) {
        return Some(PAGE.to_owned());
    }
    let (_, parameters) = exchange.header("location")?.split_once(['?', '#'])?;
    Params::parse(parameters.as_bytes()).ok()?.one("error").ok()?.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Answer;

    #[test]
    fn a_refusal_is_read_from_query_fragment_and_page() {
        let of = |status, head: &str| {
            let outcome = Ok(Answer { status, head: head.to_owned(), body: String::new() });
            let (title, note, request) = ("A", String::new(), String::new());
            refusal(&Exchange { title, note, request, outcome, secrets: Vec::new(), apart: Vec::new() })
        };
        let located = |to: &str| of(303, &format!("HTTP/1.1 303 See Other\nlocation: {to}\n"));
        assert_eq!(located("http://a/cb?error=invalid_request&state=s").as_deref(), Some("invalid_request"));
        assert_eq!(located("http://a/cb#error=unauthorized_client").as_deref(), Some("unauthorized_client"));
        assert_eq!(located("http://a/sign-in?interaction=i"), None);
        assert_eq!(of(400, "HTTP/1.1 400 Bad Request\n").as_deref(), Some(PAGE));
        assert_eq!(of(200, "HTTP/1.1 200 OK\n"), None);
    }
}
