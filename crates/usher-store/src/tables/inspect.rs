//! The reads of introspection, revocation and UserInfo: one statement gives the caller's credentials, the token's grant, its person
//! and its session.

use super::client::secret_columns;
use super::grant::grant_columns;
use super::{ClientSecrets, GrantRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{GrantId, PoolId, Timestamp, TokenId};

/// The state of a token's grant and of what it hangs on.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// The grant.
    pub grant: GrantRow,
    /// Whether its person may sign in.
    pub user_enabled: bool,
    /// The person's profile, as stored.
    pub profile: String,
    /// Whether the application that it was issued to is enabled.
    pub client_enabled: bool,
    /// Whether its session goes on; a grant that was given without one has none to end.
    pub session_goes_on: bool,
}

/// What an inspection of a token by its grant is decided on.
#[derive(Debug, Clone)]
pub struct TokenRead {
    /// The caller's credentials, if there is an application of that name.
    pub client: Option<ClientSecrets>,
    /// The token's grant.
    pub inspected: Option<Inspected>,
}

/// What an inspection of an opaque access token is decided on.
#[derive(Debug, Clone)]
pub struct OpaqueRead {
    /// As for any token.
    pub token: TokenRead,
    /// SHA-256 of the token's secret half.
    pub secret_hash: Option<[u8; 32]>,
    /// The claims that it stands for, JSON.
    pub payload: Option<String>,
    /// Its end.
    pub expires_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        concat!(secret_columns!(), ", u.enabled, u.profile, o.enabled, s.id, s.ended_at, ", grant_columns!())
    };
}
macro_rules! joins {
    () => {
        " LEFT JOIN users u ON u.pool_id = $1 AND u.id = g.user_id
          LEFT JOIN clients o ON o.pool_id = $1 AND o.client_id = g.client_id
          LEFT JOIN sessions s ON s.pool_id = $1 AND s.id = g.session_id
          WHERE p.id = $1"
    };
}

statements! {
    BY_GRANT = concat!("SELECT ", columns!(), " FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN grants g ON g.pool_id = $1 AND g.id = $3", joins!());
    BY_TOKEN = concat!("SELECT ", columns!(), ", a.secret_hash, a.payload, a.expires_at FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN access_tokens a ON a.pool_id = $1 AND a.id = $3
        LEFT JOIN grants g ON g.pool_id = $1 AND g.id = a.grant_id", joins!());
}

/// Where the columns after the secrets begin.
const S: usize = ClientSecrets::COLUMNS;

impl Store {
    /// The caller and the grant of a token that names its grant.
    pub async fn inspect(
        &self,
        pool: PoolId,
        caller: Option<&str>,
        grant: Option<GrantId>,
    ) -> Result<TokenRead, Fault> {
        let row = self
            .find(BY_GRANT, params![pool, caller, grant])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        TokenRead::read(&row)
    }

    /// The caller and the grant of an opaque access token.
    pub async fn inspect_opaque(
        &self,
        pool: PoolId,
        caller: Option<&str>,
        token: TokenId,
    ) -> Result<OpaqueRead, Fault> {
        let row = self
            .find(BY_TOKEN, params![pool, caller, token])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        let at = S + 5 + GrantRow::COLUMNS;
        Ok(OpaqueRead {
            token: TokenRead::read(&row)?,
            secret_hash: row.get(at)?,
            payload: row.get(at + 1)?,
            expires_at: row.get(at + 2)?,
        })
    }
}

impl TokenRead {
    fn read(row: &Row) -> Result<Self, Fault> {
        let client = ClientSecrets::read(row, 0)?;
        let Some(grant) = GrantRow::read(row, S + 5)? else { return Ok(Self { client, inspected: None }) };
        let has_no_session = grant.session_id.is_none();
        let inspected = Inspected {
            grant,
            user_enabled: row.get::<Option<bool>>(S)?.unwrap_or(false),
            profile: row.get::<Option<String>>(S + 1)?.unwrap_or_default(),
            client_enabled: row.get::<Option<bool>>(S + 2)?.unwrap_or(false),
            session_goes_on: has_no_session
                || (row.get::<Option<[u8; 16]>>(S + 3)?.is_some()
                    && row.get::<Option<i64>>(S + 4)?.is_none()),
        };
        Ok(Self { client, inspected: Some(inspected) })
    }
}
