//! The birth of a person's grant, whichever way it was given: the grant's row, its audit row, its first tokens and the answer, all for
//! the one batch that also spends what the grant is given for.

use crate::OauthError;
use crate::client_auth::AuthenticatedClient;
use crate::mint::{self, Mint};
use serde::{Deserialize, Serialize};
use usher_core::audit::About;
use usher_core::client::GrantType;
use usher_core::grant::{Granted, RefreshToken};
use usher_core::trail::{Event, Party};
use usher_core::{Client, Cx, Reply};
use usher_store::Batch;
use usher_store::tables::{AuditEvent, NewGrant, write};
use usher_types::{GrantId, Scope, SessionId, UserId};

/// A grant that is about to be.
pub(crate) struct Birth<'a> {
    /// The application.
    pub(crate) client: &'a AuthenticatedClient,
    /// By which way.
    pub(crate) by: GrantType,
    /// Its id.
    pub(crate) id: GrantId,
    /// The person.
    pub(crate) user_id: UserId,
    /// The session that it hangs on.
    pub(crate) session_id: Option<SessionId>,
    /// What is granted.
    pub(crate) granted: &'a Granted,
    /// The person's profile, as stored.
    pub(crate) profile: &'a str,
    /// Whether a refresh token goes with it.
    pub(crate) refresh: Refresh,
}

/// Whether a refresh token goes with a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// It was asked for and everything that it needs is there.
    Given,
    /// Nobody asked.
    NotAsked,
    /// It was asked for and is not given.
    Withheld(Withheld),
}

/// Why a refresh token that was asked for is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The grant is off.
    GrantOff,
    /// The scope is not the application's.
    ScopeOff,
    /// Nobody consented to it.
    NoConsent,
    /// The response has no code.
    FrontChannel,
    /// An assertion was brought.
    Assertion,
}

impl Withheld {
    /// A sentence for administrators and developers.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::GrantOff => {
                "no refresh token: the grant refresh_token is not switched on for the application"
            }
            Self::ScopeOff => "no refresh token: the scope offline_access is not among the application's",
            Self::NoConsent => {
                "no refresh token: offline_access came without prompt=consent and without an earlier consent to it"
            }
            Self::FrontChannel => {
                "no refresh token: it never leaves by the front channel; ask for a response_type with code"
            }
            Self::Assertion => {
                "no refresh token: an application that brings an assertion brings another one when its token ends"
            }
        }
    }
}

impl Refresh {
    /// What settings alone decide about a request for `offline_access`.
    pub(crate) fn by_settings(client: &Client, asked: &Scope) -> Self {
        match asked.contains("offline_access") {
            false => Self::NotAsked,
            true if !client.may_use(GrantType::RefreshToken) => Self::Withheld(Withheld::GrantOff),
            true if !client.scope.contains("offline_access") => Self::Withheld(Withheld::ScopeOff),
            true => Self::Given,
        }
    }
}

/// Adds a grant with its first tokens to a batch, and gives the answer that may go out when the batch is done.
pub(crate) fn give(cx: &Cx, batch: &mut Batch, birth: &Birth<'_>) -> Result<Reply, OauthError> {
    let client = birth.client.client();
    let offline = birth.refresh == Refresh::Given;
    // RFC 6749 §5.1: the answer's scope is "the scope of the access token"; without a refresh token nothing in it is offline.
    let without;
    let granted = if offline || !birth.granted.scope.contains("offline_access") {
        birth.granted
    } else {
        let scope = birth.granted.scope.filtered(|s| s != "offline_access");
        without = Granted { scope, ..birth.granted.clone() };
        &without
    };
    let mut salt = [0; 16];
    cx.random().fill(&mut salt);
    let (idle, absolute) = match offline {
        true => (cx.now.plus(client.refresh_idle()), cx.now.plus(client.refresh_absolute())),
        false => {
            let own = cx.now.plus(client.access_token_lifetime());
            let end = granted.until.map_or(own, |until| own.min(until));
            (end, end)
        }
    };
    let grant = NewGrant {
        id: birth.id,
        client_id: client.id().to_owned(),
        user_id: birth.user_id,
        session_id: birth.session_id,
        offline,
        payload: granted.to_text(),
        salt,
        created_at: cx.now,
        idle_expires_at: idle,
        expires_at: absolute,
        parent_id: granted.parent,
    };
    write::grant::insert(batch, cx.pool.id, grant);
    let mut detail = serde_json::json!({
        "grant": birth.id, "by": birth.by.as_str(), "scope": granted.scope, "offline": offline
    });
    if let Refresh::Withheld(why) = birth.refresh {
        mint::put(&mut detail, "refresh_token", why.sentence().into());
    }
    let event = AuditEvent {
        event: Event::Grant.name(),
        client_id: Some(client.id().to_owned()),
        user_id: Some(birth.user_id),
        network: Some(cx.peer.network()),
        detail: detail.to_string(),
    };
    // Where the person was not there, the application did it on what it had in hand.
    let actor = match birth.by {
        GrantType::JwtBearer | GrantType::TokenExchange => Party::Application(client.id().to_owned()),
        _ => Party::User(birth.user_id),
    };
    cx.audit_about(
        batch,
        event,
        About { actor: Some(actor), target: Some(Party::Grant(birth.id)), cause: None },
    );
    let refresh_token = offline.then(|| RefreshToken::reveal(&cx.app, cx.pool.id, birth.id, 0, &salt));
    let tokens = Mint {
        client,
        secret_sealed: birth.client.secret_sealed(),
        grant_id: birth.id,
        user_id: birth.user_id,
        granted,
        scope: &granted.scope,
        profile: birth.profile,
    };
    let mut answer = match birth.by {
        GrantType::TokenExchange => tokens.exchanged(cx, batch)?,
        _ => tokens.answer(cx, batch, refresh_token)?,
    };
    if let Refresh::Withheld(why) = birth.refresh {
        // Users of the model are baffled by the silence: an administrator sees why, and in development the application's developer.
        cx.refused(why.sentence(), birth.by.as_str(), client.id());
        if cx.app.settings.developer {
            mint::put(&mut answer, "refresh_token_withheld", why.sentence().into());
        }
    }
    Ok(mint::reply(&answer))
}
