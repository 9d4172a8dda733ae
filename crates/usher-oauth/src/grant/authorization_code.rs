//! The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.6): spending the code and the birth of its tokens are one batch. A code
//! that is presented wrongly is burnt; one that is presented twice takes back what it gave.

use crate::OauthError;
use crate::client_auth::AuthenticatedClient;
use crate::grant::birth::{self, Birth, Refresh, Withheld};
use serde::{Deserialize, Serialize};
use usher_core::audit::About;
use usher_core::client::GrantType;
use usher_core::grant::Granted;
use usher_core::trail::{Event, Party};
use usher_core::{Cx, Fault, Reply};
use usher_store::tables::{AuditEvent, CodeRead, TicketRow, write};
use usher_store::{Applied, Batch};
use usher_types::{GrantId, Opaque, Params, SessionId, TicketId, UserId};

/// The kind of ticket that codes are.
pub const KIND: &str = usher_core::consent::CODE;

/// What a code stands for, as stored with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CodePayload {
    /// Where the code was sent.
    pub redirect_uri: String,
    /// Whether the authorization request named that URI.
    pub redirect_uri_given: bool,
    /// The S256 challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// Why a refresh token that was asked for is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// What was granted.
    pub granted: Granted,
}

/// The parameters of a code exchange.
pub(crate) struct CodeRequest {
    code: String,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

impl CodeRequest {
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        let code = params.one("code")?.ok_or_else(|| OauthError::invalid_request("code is missing"))?;
        Ok(Self {
            code: code.to_owned(),
            redirect_uri: params.one("redirect_uri")?.map(str::to_owned),
            code_verifier: params.one("code_verifier")?.map(str::to_owned),
        })
    }

    /// The one read of an exchange.
    pub(crate) async fn read(&self, cx: &Cx, client_id: &str) -> Result<CodeRead, Fault> {
        let id = Opaque::parse(&self.code).ok().map(|c| TicketId::from_bytes(c.id()));
        cx.store().code_exchange(cx.pool.id, client_id, KIND, id).await
    }
}

/// A code that was checked in everything but whether it is still unspent, which only the batch can tell.
struct Checked {
    id: TicketId,
    grant_id: GrantId,
    user_id: UserId,
    session_id: SessionId,
    payload: CodePayload,
}

/// Exchanges a code for tokens.
pub(crate) async fn exchange(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &CodeRequest,
    read: CodeRead,
) -> Result<Reply, OauthError> {
    let code =
        Opaque::parse(&request.code).map_err(|_| OauthError::invalid_grant("not a code of this server's"))?;
    let ticket = read
        .code
        .as_ref()
        .filter(|t| usher_crypto::matches(&t.secret_hash, &usher_crypto::sha256(code.secret().expose())));
    let ticket = ticket.ok_or_else(|| OauthError::invalid_grant("no such code"))?;
    if ticket.consumed_at.is_some() {
        return Err(
            replayed(cx, client, ticket.grant_id.map(|grant| (grant, ticket.user_id)), &REPLAY).await?
        );
    }
    let checked = match check(cx, client, request, ticket) {
        Ok(checked) => checked,
        Err(cause) => {
            burn(cx, ticket.id).await?;
            return Err(OauthError::invalid_grant(cause));
        }
    };
    if !read.user_enabled || !read.session_goes_on {
        return Err(OauthError::invalid_grant(
            "the person was disabled, or signed out, since the code was given",
        ));
    }
    spend(cx, client, checked, read.profile.as_deref().unwrap_or_default()).await
}

/// Everything that must fit between the code and who presents it. Every failure is a sentence for the log.
fn check(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &CodeRequest,
    ticket: &TicketRow,
) -> Result<Checked, &'static str> {
    // RFC 6749 §4.1.3: "ensure that the authorization code was issued to the authenticated confidential client, or if the client is
    // public, ensure that the code was issued to "client_id" in the request".
    if ticket.client_id.as_deref() != Some(client.client().id()) {
        return Err("the code was issued to another application");
    }
    if ticket.expires_at <= cx.now {
        return Err("the code has expired");
    }
    let payload: CodePayload =
        serde_json::from_str(&ticket.payload).map_err(|_| "a stored code cannot be read")?;
    // RFC 6749 §4.1.3: "ensure that the "redirect_uri" parameter is present if the "redirect_uri" parameter was included in the initial
    // authorization request …, and if included ensure that their values are identical."
    match request.redirect_uri.as_deref() {
        Some(uri) if uri != payload.redirect_uri => {
            return Err("another redirect_uri than in the authorization request");
        }
        None if payload.redirect_uri_given => return Err("redirect_uri is missing"),
        _ => {}
    }
    check_verifier(payload.code_challenge.as_deref(), request.code_verifier.as_deref())?;
    let links = ticket.grant_id.zip(ticket.user_id).zip(ticket.session_id);
    let ((grant_id, user_id), session_id) = links.ok_or("a code without a person")?;
    Ok(Checked { id: ticket.id, grant_id, user_id, session_id, payload })
}

/// RFC 7636 §4.6. RFC 9700 §4.8.2 against downgrade: "ensuring that if there was no code_challenge in the authorization request, a
/// request to the token endpoint containing a code_verifier is rejected."
fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), &'static str> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err("code_verifier without a code_challenge before"),
        (Some(_), None) => Err("code_verifier is missing"),
        (Some(challenge), Some(verifier)) => {
            let legal = (43..=128).contains(&verifier.len())
                && verifier
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
            if legal
                && usher_crypto::matches(usher_crypto::pkce::s256(verifier).as_bytes(), challenge.as_bytes())
            {
                Ok(())
            } else {
                Err("code_verifier does not fit the code_challenge")
            }
        }
    }
}

/// The one batch of an exchange.
async fn spend(
    cx: &Cx,
    client: &AuthenticatedClient,
    checked: Checked,
    profile: &str,
) -> Result<Reply, OauthError> {
    let granted = checked.payload.granted;
    let may = client.client().may_use(GrantType::RefreshToken);
    let refresh = match checked.payload.withheld {
        Some(why) => Refresh::Withheld(why),
        None if !granted.scope.contains("offline_access") => Refresh::NotAsked,
        None if may => Refresh::Given,
        None => Refresh::Withheld(Withheld::GrantOff),
    };
    let mut batch = Batch::new();
    write::ticket::spend(&mut batch, SPEND, cx.pool.id, KIND, checked.id, cx.now);
    write::user::may_sign_in(&mut batch, USER, cx.pool.id, checked.user_id);
    write::session::still_there(&mut batch, SESSION, cx.pool.id, checked.session_id);
    let birth = Birth {
        client,
        by: GrantType::AuthorizationCode,
        id: checked.grant_id,
        user_id: checked.user_id,
        session_id: Some(checked.session_id),
        granted: &granted,
        profile,
        refresh,
    };
    let answer = birth::give(cx, &mut batch, &birth)?;
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(answer),
        Applied::Refused { guard } if guard == SPEND => {
            Err(replayed(cx, client, Some((checked.grant_id, Some(checked.user_id))), &REPLAY).await?)
        }
        Applied::Refused { guard } => Err(OauthError::invalid_grant(guard)),
    }
}

const SPEND: &str = "the code is unspent";
const USER: &str = "the person was disabled while the code was exchanged";
const SESSION: &str = "the session ended while the code was exchanged";

/// A single-use code that comes a second time.
pub(crate) struct Replay {
    /// The event of the audit trail.
    pub(crate) event: Event,
    /// What is true, for the log.
    pub(crate) cause: &'static str,
}

const REPLAY: Replay =
    Replay { event: Event::CodeReplayed, cause: "the code was spent before: its grant is revoked" };

/// RFC 6749 §4.1.2, which holds for every single-use code here: "If an authorization code is used more than once, the authorization server
/// MUST deny the request and SHOULD revoke (when possible) all tokens previously issued based on that authorization code."
pub(crate) async fn replayed(
    cx: &Cx,
    client: &AuthenticatedClient,
    given: Option<(GrantId, Option<UserId>)>,
    replay: &Replay,
) -> Result<OauthError, Fault> {
    if let Some(given) = given {
        revoke(cx, client, given, (replay.event, Some(replay.cause))).await?;
    }
    Ok(OauthError::invalid_grant(replay.cause))
}

/// Revokes a grant with its audit row. One that is revoked already writes nothing, so that nobody fills the audit trail by saying the same
/// again and again.
pub(crate) async fn revoke(
    cx: &Cx,
    client: &AuthenticatedClient,
    (grant, user_id): (GrantId, Option<UserId>),
    (event, cause): (Event, Option<&'static str>),
) -> Result<(), Fault> {
    let mut batch = Batch::new();
    write::grant::revoke(&mut batch, "the grant is not revoked yet", cx.pool.id, grant, cx.now);
    let event = AuditEvent {
        event: event.name(),
        client_id: Some(client.client().id().to_owned()),
        user_id,
        network: Some(cx.peer.network()),
        detail: serde_json::json!({ "grant": grant }).to_string(),
    };
    let actor = Some(Party::Application(client.client().id().to_owned()));
    let about = About { actor, target: Some(Party::Grant(grant)), cause };
    cx.audit_about(&mut batch, event, about);
    let _ = cx.store().apply(batch).await?;
    Ok(())
}

/// A code that was presented wrongly is of no more use to anybody.
async fn burn(cx: &Cx, id: TicketId) -> Result<(), Fault> {
    let mut batch = Batch::new();
    write::ticket::void(&mut batch, cx.pool.id, KIND, id);
    let _ = cx.store().apply(batch).await?;
    Ok(())
}
