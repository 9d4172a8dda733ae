//! RP-initiated logout (OpenID Connect RP-Initiated Logout §2). A valid hint of the session that is there ends it at once; anything
//! less asks the person first; and the browser leaves only for a registered URI.

use crate::redirect::with_params;
use crate::{hint, posted};
use http::StatusCode;
use usher_core::browser::Browser;
use usher_core::logout::{self, SignOutRequest};
use usher_core::{AuthnContext, Client, Cx, Fault, Reply, Request};
use usher_store::Batch;
use usher_types::page::{Content, ErrorPage, Problem, SignedOut};
use usher_types::uri::RedirectUri;
use usher_types::{Endpoint, Locale, Params, limits};

/// The parameters that mean something here; others are not even kept.
const KNOWN: &[&str] =
    &["id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// Answers a request to sign out.
pub async fn end_session(cx: &Cx, request: Request) -> Reply {
    match answer(cx, &request).await {
        Ok(reply) => reply,
        Err(Refused::Page { problem, reason, client_id }) => {
            cx.refused(
                "a request to sign out was refused",
                &reason,
                client_id.as_deref().unwrap_or_default(),
            );
            let developer = vec![("reason".to_owned(), reason)];
            let content = ErrorPage { error: "invalid_request".to_owned(), problem, developer, back: None };
            Reply::page(
                StatusCode::BAD_REQUEST,
                cx.page(client_id.as_deref(), cx.locale, Content::Error(content)),
            )
        }
        Err(Refused::Fault(fault)) => cx.fault_page(&fault, "a sign-out failed", "server_error"),
    }
}

enum Refused {
    Page { problem: Problem, reason: String, client_id: Option<String> },
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn refuse(problem: Problem, reason: impl Into<String>, client: Option<&Client>) -> Refused {
    Refused::Page { problem, reason: reason.into(), client_id: client.map(|c| c.id().to_owned()) }
}

async fn answer(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let unreadable = |e: &dyn std::fmt::Display| refuse(Problem::SignOut, e.to_string(), None);
    if request.method == http::Method::POST {
        let form = request.form().map_err(|e| unreadable(&e))?;
        return Ok(posted::keep(cx, Endpoint::EndSession, &form.only(KNOWN)).await?);
    }
    let query = request.query_params().map_err(|e| unreadable(&e))?;
    let params = posted::params(cx, Endpoint::EndSession, query).await?;
    let params =
        params.ok_or_else(|| refuse(Problem::Expired, "the posted request is not here any more", None))?;
    let one = |name| params.one(name).map_err(|e| refuse(Problem::SignOut, e.to_string(), None));

    let named = one("client_id")?.map(|id| {
        cx.pool
            .clients
            .get(id)
            .ok_or_else(|| refuse(Problem::UnknownApplication, "client_id is not known", None))
    });
    let named = named.transpose()?;
    let hint_text = one("id_token_hint")?.filter(|t| t.len() <= limits::HEAD_BYTES);
    let hinted_client = hint_text.and_then(|t| audience_unverified(cx, t));
    let browser = Browser::of(cx, request);
    let client_id = named.or(hinted_client).map(|c| c.id().to_owned());
    let row = cx.store().sign_out(cx.here(browser.as_ref()), client_id.as_deref(), None).await?;

    let asker = client_id.as_deref().and_then(|id| cx.pool.clients.get(id)).map(AsRef::as_ref);
    let sealed = row.client.as_ref().and_then(|c| c.secret_sealed.as_deref());
    let hint = hint_text.map(|t| {
        hint::verify(cx, t, asker, sealed)
            .ok_or_else(|| refuse(Problem::SignOut, "id_token_hint is not an ID token of this issuer", asker))
    });
    let hint = hint.transpose()?;
    // §2: "When both client_id and id_token_hint are present, the OP MUST verify that the Client Identifier matches the one used as the
    // Client ID when issuing the ID Token."
    if let (Some(hint), Some(named)) = (&hint, named)
        && hint.client_id != named.id()
    {
        return Err(refuse(
            Problem::SignOut,
            "client_id is not the application that id_token_hint was issued to",
            Some(named),
        ));
    }
    let client = match &hint {
        Some(hint) => cx.pool.clients.get(&hint.client_id).map(AsRef::as_ref),
        None => named.map(AsRef::as_ref),
    };
    let target = target(&params, client)?;
    let locale = one("ui_locales")?.and_then(Locale::from_tags).unwrap_or(cx.locale);
    let waiting = SignOutRequest { client_id: client.map(|c| c.id().to_owned()), target, locale };

    let people = AuthnContext::all(cx, browser.as_ref(), &row);
    let hinted = hint
        .as_ref()
        .and_then(|h| people.iter().find(|p| h.sid.as_deref() == Some(p.sid()) && p.user_id() == h.user_id));
    match (hinted, browser) {
        (Some(person), Some(browser)) => {
            logout::sign_out(cx, &browser, &[person], waiting.client_id.as_deref()).await?;
            Ok(done(cx, &waiting, people.len() - 1))
        }
        (None, Some(browser)) if !people.is_empty() => {
            let mut batch = Batch::new();
            let handle = logout::begin(cx, &mut batch, &browser, &waiting);
            let _ = cx.store().apply(batch).await?;
            Ok(Reply::see_other(&format!("{}?interaction={handle}", cx.path(Endpoint::SignOut))))
        }
        _ => Ok(done(cx, &waiting, 0)),
    }
}

/// Where the browser goes after a sign-out that is done.
pub fn done(cx: &Cx, request: &SignOutRequest, remaining: usize) -> Reply {
    let forget = (remaining == 0).then(|| Browser::forget_cookie(cx));
    match &request.target {
        Some(target) => Reply::see_other(target).with_cookie(forget),
        None => {
            let content =
                Content::SignedOut(SignedOut { remaining, stayed: false, way: cx.path(Endpoint::Account) });
            Reply::page(StatusCode::OK, cx.page(request.client_id.as_deref(), request.locale, content))
                .with_cookie(forget)
        }
    }
}

/// §3: "the value MUST have been previously registered with the OP"; it is compared byte by byte. With the request's state.
fn target(params: &Params, client: Option<&Client>) -> Result<Option<String>, Refused> {
    let one = |name| params.one(name).map_err(|e| refuse(Problem::SignOut, e.to_string(), client));
    let state = one("state")?.filter(|s| s.len() <= limits::STATE_BYTES);
    let Some(uri) = one("post_logout_redirect_uri")? else { return Ok(None) };
    let Some(client) = client else {
        return Err(refuse(
            Problem::ReturnAddress,
            "post_logout_redirect_uri needs id_token_hint or client_id",
            None,
        ));
    };
    if !client.settings.post_logout_redirect_uris.iter().any(|u| u.as_str() == uri) {
        let registered: Vec<&str> =
            client.settings.post_logout_redirect_uris.iter().map(RedirectUri::as_str).collect();
        let reason = format!(
            "post_logout_redirect_uri {uri:?} is not registered; registered are: {}",
            registered.join(" ")
        );
        return Err(refuse(Problem::ReturnAddress, reason, Some(client)));
    }
    Ok(Some(state.map_or_else(|| uri.to_owned(), |state| with_params(uri, &["state"], &[("state", state)]))))
}

/// The application that a hint claims to be for: only to find the secret that may have signed it.
fn audience_unverified<'a>(cx: &'a Cx, token: &str) -> Option<&'a std::sync::Arc<Client>> {
    let payload = token.split('.').nth(1).and_then(usher_types::opaque::base64url_decode)?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    cx.pool.clients.get(claims.get("aud")?.as_str()?)
}
