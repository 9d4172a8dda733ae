//! The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): parse, read once, decide, and answer with a redirect
//! to the application, to one of the pages, or with an error page where no redirect is safe.

mod claims;
pub(crate) mod decide;
mod error;
mod issue;
mod prompt;
mod request;
mod response;

use crate::posted;
use decide::Decision;
use error::AuthorizeError;
use issue::Issue;
use request::AuthorizationRequest;
use std::sync::Arc;
use usher_core::browser::Browser;
use usher_core::interaction::{self, Door, Interaction, InteractionError, Open, Progress, Standing};
use usher_core::{AuthnContext, Cx, Reply, Request};
use usher_store::tables::AuthorizeRow;
use usher_store::{Applied, Batch};
use usher_types::page::Problem;
use usher_types::{Endpoint, Opaque, Params};

pub use claims::parse as parse_claims_parameter;
pub use prompt::{Prompt, parse_prompt};

/// Answers an authorization request.
pub async fn authorize(cx: &Cx, request: Request) -> Reply {
    let answer = begin(cx, &request).await;
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

/// Answers when the pages hand a request back.
pub async fn resume(cx: &Cx, request: Request) -> Reply {
    let answer = go_on(cx, &request).await;
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

async fn begin(cx: &Cx, request: &Request) -> Result<Reply, AuthorizeError> {
    if request.method == http::Method::POST {
        let form = request
            .form()
            .map_err(|e| AuthorizeError::page(cx, "invalid_request", Problem::Request, e.to_string()))?;
        // What would be refused anyway is not stored.
        AuthorizationRequest::parse(cx, &form)?;
        return Ok(posted::keep(cx, Endpoint::Authorize, &form.only(request::KNOWN)).await?);
    }
    let query = request
        .query_params()
        .map_err(|e| AuthorizeError::page(cx, "invalid_request", Problem::Request, e.to_string()))?;
    let Some(params) = posted::params(cx, Endpoint::Authorize, query).await? else {
        return Err(AuthorizeError::page(
            cx,
            "invalid_request",
            Problem::Expired,
            "the posted request is not here any more".to_owned(),
        ));
    };
    let asked = AuthorizationRequest::parse(cx, &params)?;
    // What was posted is named, not copied, so that a short address cannot write it again and again.
    let kept = posted::named_by(request).unwrap_or_else(|| params.only(request::KNOWN));
    // The consent may change at the same moment; then this is decided again.
    for _ in 0..TRIES {
        let browser = Browser::of(cx, request);
        let row = cx.store().authorize(cx.here(browser.as_ref()), asked.client.id()).await?;
        if let Some(reply) = start(cx, &kept, &asked, browser, &row).await? {
            return Ok(reply);
        }
    }
    finished(None)
}

/// Decides a request that no interaction belongs to yet. `None` where what it was decided on has changed.
async fn start(
    cx: &Cx,
    kept: &Params,
    asked: &AuthorizationRequest,
    browser: Option<Browser>,
    row: &AuthorizeRow,
) -> Result<Option<Reply>, AuthorizeError> {
    let people = AuthnContext::all(cx, browser.as_ref(), row);
    match decide::decide(cx, asked, row, &people, None)? {
        Decision::Issue(person) => {
            let issue = Issue { asked, browser: browser.as_ref(), person, open: None, row };
            issue.respond(cx).await
        }
        Decision::Ask(page, person) => {
            let (browser, cookie) = interaction::browser_for(cx, browser, row.browser_hash);
            let interaction = Interaction {
                door: Door::Authorize,
                client_id: asked.client.id().to_owned(),
                request: kept.encode(),
                locale: asked.locale,
                identifier: asked.login_hint.clone(),
                scope: asked.scope.clone(),
                claims: asked.single_claims(),
                return_host: asked.redirect.host(),
                somebody_here: !people.is_empty(),
                began_with: browser.hash,
            };
            let mut batch = Batch::new();
            let handle = interaction::begin(cx, &mut batch, &browser, interaction, person);
            let _ = cx.store().apply(batch).await?;
            let page = interaction::page_address(cx, page, &handle);
            Ok(Some(Reply::see_other(&page).with_cookie(cookie)))
        }
    }
}

async fn go_on(cx: &Cx, request: &Request) -> Result<Reply, AuthorizeError> {
    let gone =
        || AuthorizeError::page(cx, "invalid_request", Problem::Expired, "no such interaction".to_owned());
    let query = request.query_params().map_err(|_| gone())?;
    let text = query.one("interaction").ok().flatten().ok_or_else(gone)?;
    let handle = Opaque::parse(text).map_err(|_| gone())?;
    let browser = Browser::of(cx, request);
    // Another tab may answer the same interaction at the same moment; then this one is decided again.
    for _ in 0..TRIES {
        let (open, row) = interaction::read(cx, &handle, browser.as_ref()).await.map_err(|e| match e {
            InteractionError::Gone => gone(),
            InteractionError::OtherBrowser => {
                AuthorizeError::page(cx, "invalid_request", Problem::OtherBrowser, e.to_string())
            }
            InteractionError::Fault(fault) => fault.into(),
        })?;
        if open.interaction.door != Door::Authorize {
            return Err(gone());
        }
        let kept = Params::parse(open.interaction.request.as_bytes()).map_err(|_| gone())?;
        let params = posted::params(cx, Endpoint::Authorize, kept.clone()).await?.ok_or_else(gone)?;
        let asked = AuthorizationRequest::parse(cx, &params)?;
        if open.standing == Standing::Former {
            if let Some(reply) = start(cx, &kept, &asked, None, &row).await? {
                return Ok(reply);
            }
            continue;
        }
        let people = AuthnContext::all(cx, browser.as_ref(), &row);
        match decide::decide(cx, &asked, &row, &people, Some(&open))? {
            Decision::Issue(person) => {
                let issue =
                    Issue { asked: &asked, browser: browser.as_ref(), person, open: Some(&open), row: &row };
                if let Some(reply) = issue.respond(cx).await? {
                    return Ok(reply);
                }
            }
            Decision::Ask(page, person) => {
                // The page and the next decision must speak of the same person and of the browser's present secret.
                let (Some(browser), progress) = (browser.as_ref(), &open.progress) else {
                    return Err(gone());
                };
                let progress = Progress { session: person.or(progress.session), ..progress.clone() };
                if (open.standing == Standing::Bound && progress == open.progress)
                    || open.record_alone(cx, &progress, browser).await? == Applied::Done
                {
                    return Ok(Reply::see_other(&interaction::page_address(cx, page, text)));
                }
            }
        }
    }
    finished(None)
}

/// How often a request is decided again because another tab was first.
const TRIES: usize = 5;

fn finished(reply: Option<Reply>) -> Result<Reply, AuthorizeError> {
    reply.ok_or_else(|| {
        usher_core::Fault::bug("what a request is decided on changed again and again meanwhile").into()
    })
}

/// What was done so far; nothing where no interaction belongs to the request yet.
fn progress(open: Option<&Open>) -> Progress {
    open.map(|o| o.progress.clone()).unwrap_or_default()
}

/// The application of a request.
type SharedClient = Arc<usher_core::Client>;
