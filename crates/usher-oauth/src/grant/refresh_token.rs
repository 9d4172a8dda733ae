//! The refresh token grant (RFC 6749 §6, RFC 9700 §4.14.2): rotation by a counter on the grant's row. A token whose successor was used
//! is a theft and ends the grant; one spent a moment ago whose successor was not used is a lost answer and gets that very successor.

use super::authorization_code::revoke;
use crate::OauthError;
use crate::client_auth::AuthenticatedClient;
use crate::mint::{self, Mint};
use usher_core::grant::{Granted, RefreshToken};
use usher_core::trail::Event;
use usher_core::{Cx, Fault, Reply};
use usher_store::tables::write::grant::Rotation;
use usher_store::tables::{GrantRow, RefreshRead, write};
use usher_store::{Applied, Batch};
use usher_types::{Params, Scope};

/// The parameters of a refresh.
pub(crate) struct RefreshRequest {
    token: String,
    scope: Option<Scope>,
}

impl RefreshRequest {
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        let token = params
            .one("refresh_token")?
            .ok_or_else(|| OauthError::invalid_request("refresh_token is missing"))?;
        let scope = params.one("scope")?.map(Scope::parse).transpose();
        Ok(Self {
            token: token.to_owned(),
            scope: scope.map_err(|e| OauthError::refused("invalid_scope", e.to_string()))?,
        })
    }

    /// The one read of a refresh.
    pub(crate) async fn read(&self, cx: &Cx, client_id: &str) -> Result<RefreshRead, Fault> {
        cx.store().refresh(cx.pool.id, client_id, RefreshToken::parse(&self.token).map(|t| t.grant)).await
    }
}

/// What a right token of a living grant is to be answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The next generation is born.
    Rotate,
    /// The present generation, given once and lost, is given again.
    GiveAgain,
    /// The token stays the one that it is.
    Keep,
}

/// Answers a refresh. Another use of the same token at the same moment is noticed by the batch and decided anew.
pub(crate) async fn refresh(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &RefreshRequest,
    first: RefreshRead,
) -> Result<Reply, OauthError> {
    let token = RefreshToken::parse(&request.token)
        .ok_or_else(|| OauthError::invalid_grant("not a refresh token of this server's"))?;
    let mut read = first;
    for _ in 0..TRIES {
        let grant = check(cx, client, token, &read)?;
        let Some(step) = step(cx, client, token, grant) else {
            let whose = (grant.id, Some(grant.user_id));
            revoke(cx, client, whose, (Event::RefreshTokenReused, Some(REUSED))).await?;
            return Err(OauthError::invalid_grant(REUSED));
        };
        let profile = read.profile.as_deref().unwrap_or_default();
        if let Some(reply) = answer(cx, client, request, grant, step, profile).await? {
            return Ok(reply);
        }
        read = request.read(cx, client.client().id()).await?;
    }
    Err(OauthError::invalid_grant("the grant changed again and again while it was refreshed"))
}

const REUSED: &str = "a refresh token whose successor was used: its grant is revoked";

/// How often a refresh is decided again because another use of the token was first.
const TRIES: usize = 5;

/// The grant of a right token, if it still lives.
fn check<'a>(
    cx: &Cx,
    client: &AuthenticatedClient,
    token: RefreshToken,
    read: &'a RefreshRead,
) -> Result<&'a GrantRow, OauthError> {
    let wrong = |cause: &'static str| Err(OauthError::invalid_grant(cause));
    let Some(grant) = read.grant.as_ref() else { return wrong("no such grant") };
    if !token.stands_for(&cx.app, cx.pool.id, grant) {
        return wrong("a refresh token with a wrong MAC");
    }
    // RFC 6749 §6: "validate … that the refresh token was issued to the authenticated client".
    if grant.client_id != client.client().id() {
        return wrong("the refresh token was issued to another application");
    }
    if grant.revoked_at.is_some() {
        return wrong("the grant is revoked");
    }
    if !client.client().scope.contains("offline_access") {
        return wrong("the application may no longer have refresh tokens");
    }
    if !grant.offline {
        return wrong("the grant has no refresh token");
    }
    if grant.idle_expires_at <= cx.now || grant.expires_at <= cx.now {
        return wrong("the refresh token has expired");
    }
    if !read.user_enabled {
        return wrong("the person is disabled");
    }
    Ok(grant)
}

/// What to answer; `None` for a token whose successor was used.
fn step(cx: &Cx, client: &AuthenticatedClient, token: RefreshToken, grant: &GrantRow) -> Option<Step> {
    let rotates = client.client().is_public() || client.client().settings.refresh_token_rotation;
    let age = grant.generation.checked_sub(i64::from(token.generation))?;
    let grace = client.client().refresh_grace();
    match age {
        0 if rotates => Some(Step::Rotate),
        0 => Some(Step::Keep),
        1 if cx.now.since(grant.rotated_at) < grace => Some(Step::GiveAgain),
        _ => None,
    }
}

/// The one batch of a refresh; `None` where another use was first.
async fn answer(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &RefreshRequest,
    grant: &GrantRow,
    step: Step,
    profile: &str,
) -> Result<Option<Reply>, OauthError> {
    let granted = Granted::parse(&grant.payload)?;
    // RFC 6749 §6: "The requested scope MUST NOT include any scope not originally granted by the resource owner, and if omitted is
    // treated as equal to the scope originally granted".
    let scope = match &request.scope {
        Some(scope) if !scope.is_within(&granted.scope) => {
            return Err(OauthError::refused(
                "invalid_scope",
                format!("only a part of the granted scope can be asked for: {}", granted.scope),
            ));
        }
        Some(scope) => scope,
        None => &granted.scope,
    };
    // What the application may no longer ask for, it no longer gets.
    let scope = scope.filtered(|s| client.client().scope.contains(s));
    let to = if step == Step::Rotate { grant.generation.saturating_add(1) } else { grant.generation };
    let idle_expires_at = cx.now.plus(client.client().refresh_idle());
    let mut batch = Batch::new();
    match step {
        Step::Rotate => {
            let rotation = Rotation { from: grant.generation, to, idle_expires_at };
            write::grant::rotate(&mut batch, GRANT, cx.pool.id, grant.id, &rotation, cx.now);
        }
        Step::Keep => {
            write::grant::prolong(&mut batch, GRANT, cx.pool.id, grant.id, grant.generation, idle_expires_at);
        }
        Step::GiveAgain => write::grant::still_there(&mut batch, GRANT, cx.pool.id, grant.id),
    }
    let generation =
        u32::try_from(to).map_err(|_| OauthError::invalid_grant("the grant was refreshed too often"))?;
    let refresh_token = Some(RefreshToken::reveal(&cx.app, cx.pool.id, grant.id, generation, &grant.salt));
    let tokens = Mint {
        client: client.client(),
        secret_sealed: client.secret_sealed(),
        grant_id: grant.id,
        user_id: grant.user_id,
        granted: &granted,
        scope: &scope,
        profile,
    };
    let reply = mint::reply(&tokens.answer(cx, &mut batch, refresh_token)?);
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(Some(reply)),
        Applied::Refused { .. } => Ok(None),
    }
}

const GRANT: &str = "the grant is as it was read";
