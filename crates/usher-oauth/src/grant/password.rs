//! The resource owner password credentials grant (RFC 6749 §4.3), for applications of the pool's owner where no other mode fits. It goes
//! the same way as the sign-in page (same counters but for the source, same statements, one hash) and can show nothing: a person who has to do more than
//! type a password is sent to a mode that can.

use super::birth::{self, Birth, Refresh};
use crate::OauthError;
use crate::client_auth::AuthenticatedClient;
use usher_core::client::GrantType;
use usher_core::grant::Granted;
use usher_core::login::{self, Attempt, NameKind, Proven, Source, Verdict};
use usher_core::{Cx, Fault, Reply, session};
use usher_store::tables::ClientSecrets;
use usher_store::{Applied, Batch};
use usher_types::page::SignInProblem;
use usher_types::{GrantId, Params, Scope, Secret};

/// The parameters of a password grant.
pub(crate) struct PasswordRequest {
    identifier: String,
    kind: NameKind,
    password: Secret,
    scope: Scope,
}

impl PasswordRequest {
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        let mut named = Vec::new();
        for (name, kind) in
            [("username", NameKind::Username), ("email", NameKind::Email), ("phone", NameKind::Phone)]
        {
            named.extend(params.one(name)?.map(|value| (value.to_owned(), kind)));
        }
        let Ok([(identifier, kind)]) = <[_; 1]>::try_from(named) else {
            return Err(OauthError::invalid_request("exactly one of username, email and phone is needed"));
        };
        let password =
            params.one("password")?.ok_or_else(|| OauthError::invalid_request("password is missing"))?;
        let scope = params.one("scope")?.map(Scope::parse).transpose();
        Ok(Self {
            identifier,
            kind,
            password: Secret::from(password),
            scope: scope
                .map_err(|e| OauthError::refused("invalid_scope", e.to_string()))?
                .unwrap_or_default(),
        })
    }

    /// The read of the application; the person is read when it is known who asks.
    pub(crate) async fn read(&self, cx: &Cx, client_id: &str) -> Result<Option<ClientSecrets>, Fault> {
        cx.store().client_secrets(cx.pool.id, client_id).await
    }
}

/// Checks the password and gives tokens.
pub(crate) async fn sign_in(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: PasswordRequest,
) -> Result<Reply, OauthError> {
    // The network at the other end is the backend's, and a stranger who types nonsense into the application's form must not use up what
    // everybody else behind it has.
    let source = match client.client().is_public() {
        true => Source::Network,
        false => Source::Application(client.client().id().to_owned()),
    };
    let attempt = Attempt {
        identifier: request.identifier,
        kind: Some(request.kind),
        password: request.password,
        source,
        device: None,
    };
    let proven = match login::check(cx, attempt).await? {
        Verdict::Right(proven) => proven,
        Verdict::Refused(SignInProblem::TooManyTries { .. } | SignInProblem::Busy, wait) => {
            return Err(OauthError::Later { wait, cause: "password: too many tries" });
        }
        Verdict::Refused(..) => return Err(mismatch("password: name and password do not go together")),
    };
    // The password was right, but something has to be shown first, which this mode cannot do.
    if proven.user().must_change_password {
        return Err(super::new_password_first());
    }
    give(cx, client, &proven, &request.scope).await
}

/// One batch: the password still stands, the counters, the grant, its audit row.
async fn give(
    cx: &Cx,
    client: &AuthenticatedClient,
    proven: &Proven,
    asked: &Scope,
) -> Result<Reply, OauthError> {
    let refresh = Refresh::by_settings(client.client(), asked);
    let granted = Granted {
        scope: asked.filtered(|s| client.client().scope.contains(s)),
        auth_time: Some(cx.now),
        amr: "pwd".to_owned(),
        acr: session::ACR_ONE_FACTOR.to_owned(),
        ..Granted::default()
    };
    let user = proven.user();
    let mut batch = Batch::new();
    proven.stands(cx, &mut batch);
    let birth = Birth {
        client,
        by: GrantType::Password,
        id: GrantId::new(cx.now, cx.random()),
        user_id: user.id,
        session_id: None,
        granted: &granted,
        profile: &user.profile,
        refresh,
    };
    let reply = birth::give(cx, &mut batch, &birth)?;
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(reply),
        Applied::Refused { .. } => Err(mismatch("password: disabled or changed meanwhile")),
    }
}

/// RFC 6749 §5.2, invalid_grant: "The provided … resource owner credentials … is invalid". The same text for every cause.
fn mismatch(cause: &'static str) -> OauthError {
    OauthError::Refused {
        error: "invalid_grant",
        description: "name and password do not go together".to_owned(),
        cause: Some(cause),
    }
}
