//! Links that are sent: single-use tickets. A link's secret is a MAC of the ticket's id under a data key: whoever
//! sends the mail makes it again, and nobody else can. The database holds its SHA-256 only.

use crate::{Cx, Fault};
use serde::de::DeserializeOwned;
use usher_store::tables::{NewTicket, TicketRow, kind};
use usher_types::mail::Letter;
use usher_types::{Endpoint, Opaque, PoolId, Random, TicketId, Timestamp};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Choosing a password.
    Password,
    /// Showing that an e-mail address is one's own.
    VerifyEmail,
    /// Making an account.
    SignUp,
}

impl Purpose {
    /// The kind of ticket.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Password => kind::PASSWORD_LINK,
            Self::VerifyEmail => kind::VERIFY_LINK,
            Self::SignUp => "sign_up_link",
        }
    }

    /// The page that a link of this purpose leads to.
    pub const fn page(self) -> Endpoint {
        match self {
            Self::Password => Endpoint::NewPassword,
            Self::VerifyEmail => Endpoint::VerifyEmail,
            Self::SignUp => Endpoint::SignUpLink,
        }
    }

    /// The purpose of the link in a letter.
    pub const fn of(letter: Letter) -> Option<Self> {
        match letter {
            Letter::Reset => Some(Self::Password),
            Letter::VerifyEmail => Some(Self::VerifyEmail),
            Letter::SignUp => Some(Self::SignUp),
            Letter::PasswordChanged | Letter::EmailChanged | Letter::AlreadyHere | Letter::Nothing => None,
        }
    }
}

/// The secret of the link that a ticket of a pool is.
pub fn token(key: &[u8; 32], pool: PoolId, purpose: Purpose, id: TicketId) -> Opaque {
    let secret = usher_crypto::hmac_sha256(key, &[purpose.kind().as_bytes(), pool.as_bytes(), id.as_bytes()]);
    Opaque::derived(*id.as_bytes(), secret)
}

/// A new ticket for a link, bound to nobody and nothing yet.
pub fn ticket(
    key: &[u8; 32],
    pool: PoolId,
    purpose: Purpose,
    (now, expires_at): (Timestamp, Timestamp),
    random: &dyn Random,
) -> NewTicket {
    let id = TicketId::new(now, random);
    let secret = token(key, pool, purpose, id);
    NewTicket {
        id,
        secret_hash: usher_crypto::sha256(secret.secret().expose()),
        client_id: None,
        user_id: None,
        session_id: None,
        grant_id: None,
        browser: None,
        payload: "{}".to_owned(),
        state: String::new(),
        created_at: now,
        expires_at,
    }
}

/// The path and query of a link, below the pool's base.
pub fn address(page: &str, token: &Opaque) -> String {
    format!("{page}?token={}", token.reveal())
}

/// The ticket of a link that is good: known, not spent, not expired. One read.
pub(super) async fn find(cx: &Cx, purpose: Purpose, token: &str) -> Result<Option<TicketRow>, Fault> {
    let Ok(token) = Opaque::parse(token) else { return Ok(None) };
    let ticket = cx.store().ticket(cx.pool.id, purpose.kind(), TicketId::from_bytes(token.id())).await?;
    let hash = usher_crypto::sha256(token.secret().expose());
    Ok(ticket.filter(|t| {
        usher_crypto::matches(&t.secret_hash, &hash) && t.consumed_at.is_none() && t.expires_at > cx.now
    }))
}

/// What a ticket stands for.
pub(super) fn payload<T: DeserializeOwned>(ticket: &TicketRow) -> Result<T, Fault> {
    serde_json::from_str(&ticket.payload).map_err(|e| Fault::bug(&format!("a stored link: {e}")))
}
