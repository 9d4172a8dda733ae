//! The reads of introspection, revocation and UserInfo: one statement gives the caller's credentials and what decides whether the token
//! is alive: of a person's token its grant, its person and its session; of an account's token the account, its application and the list
//! of denied tokens.

use super::access_key::{credential_columns, credential_joins, key_columns};
use super::client::secret_columns;
use super::grant::grant_columns;
use super::{Credentials, GrantRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{GrantId, PoolId, Timestamp, TokenId};

/// The state of a token's grant and of what it hangs on.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// The grant.
    pub grant: GrantRow,
    /// Whether its person may sign in.
    pub user_enabled: bool,
    /// What they have to do before anything else.
    pub demand: Demand,
    /// The person's profile, as stored.
    pub profile: String,
    /// Whether the application that it was issued to is enabled.
    pub client_enabled: bool,
    /// What became of the grants that it was exchanged for.
    pub origin: Origin,
    /// Whether its session goes on; a grant that was given without one has none to end.
    pub session_goes_on: bool,
}

/// What a person has to do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// Choose another password.
    NewPassword,
}

/// What became of the grants that a grant was exchanged for, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// There are none, or all are there, none is revoked, and their applications are enabled.
    Stands,
    /// One of them is gone, revoked, or its application is disabled.
    Ended,
}

/// The state of an account that tokens without a person were issued to: an access key, or an application itself.
#[derive(Debug, Clone, Default)]
pub struct AccountState {
    /// The access key of that name.
    pub key: Option<KeyState>,
    /// The application that the token names: its birth where it is enabled.
    pub client_since: Option<Timestamp>,
    /// Whether the token was revoked.
    pub denied: bool,
}

/// What is never cached of an access key.
#[derive(Debug, Clone)]
pub struct KeyState {
    /// The application that it belongs to.
    pub client_id: String,
    /// Its birth where it is enabled.
    pub since: Option<Timestamp>,
}

/// What an inspection of a token by its grant is decided on.
#[derive(Debug, Clone)]
pub struct TokenRead {
    /// The caller's credentials.
    pub caller: Credentials,
    /// The token's grant.
    pub inspected: Option<Inspected>,
}

/// A token without a person, as it names itself.
#[derive(Debug, Clone, Copy)]
pub struct AccountToken<'a> {
    /// The account that it was issued to.
    pub account: &'a str,
    /// The application of that account.
    pub client_id: &'a str,
    /// Its id.
    pub id: TokenId,
}

/// What an inspection of an opaque access token is decided on.
#[derive(Debug, Clone)]
pub struct OpaqueRead {
    /// As for any person's token.
    pub token: TokenRead,
    /// As for any token without a person.
    pub account: AccountState,
    /// SHA-256 of the token's secret half.
    pub secret_hash: Option<[u8; 32]>,
    /// The claims that it stands for, JSON.
    pub payload: Option<String>,
    /// Its end.
    pub expires_at: Option<Timestamp>,
}

/// As many steps back as [`usher_types::limits::EXCHANGES`] allows. What is not there any more does not stand.
macro_rules! origin {
    () => {
        "CASE WHEN (g.parent_id IS NULL OR (p1.revoked_at IS NULL AND o1.enabled = 1))
           AND (p1.parent_id IS NULL OR (p2.revoked_at IS NULL AND o2.enabled = 1))
           AND (p2.parent_id IS NULL OR (p3.revoked_at IS NULL AND o3.enabled = 1))
           THEN 1 ELSE 0 END"
    };
}
macro_rules! origin_joins {
    () => {
        " LEFT JOIN grants p1 ON p1.pool_id = $1 AND p1.id = g.parent_id
          LEFT JOIN clients o1 ON o1.pool_id = $1 AND o1.client_id = p1.client_id
          LEFT JOIN grants p2 ON p2.pool_id = $1 AND p2.id = p1.parent_id
          LEFT JOIN clients o2 ON o2.pool_id = $1 AND o2.client_id = p2.client_id
          LEFT JOIN grants p3 ON p3.pool_id = $1 AND p3.id = p2.parent_id
          LEFT JOIN clients o3 ON o3.pool_id = $1 AND o3.client_id = p3.client_id"
    };
}
macro_rules! columns {
    () => {
        concat!(
            credential_columns!(),
            ", u.enabled, u.profile, o.enabled, s.id, s.ended_at, u.must_change_password, ",
            origin!(),
            ", ",
            grant_columns!()
        )
    };
}
macro_rules! account_columns {
    () => {
        "w.client_id, w.enabled, w.created_at, o.enabled, o.created_at, d.id"
    };
}

statements! {
    BY_GRANT = concat!("SELECT ", columns!(), " FROM pools p", credential_joins!(), "
        LEFT JOIN grants g ON g.pool_id = $1 AND g.id = $3
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = g.user_id
        LEFT JOIN clients o ON o.pool_id = $1 AND o.client_id = g.client_id
        LEFT JOIN sessions s ON s.pool_id = $1 AND s.id = g.session_id", origin_joins!(), "
        WHERE p.id = $1");
    BY_ACCOUNT = concat!("SELECT ", credential_columns!(), ", ", account_columns!(), " FROM pools p", credential_joins!(), "
        LEFT JOIN access_keys w ON w.pool_id = $1 AND w.access_key = $3
        LEFT JOIN clients o ON o.pool_id = $1 AND o.client_id = $4
        LEFT JOIN denied_tokens d ON d.pool_id = $1 AND d.id = $5
        WHERE p.id = $1");
    BY_TOKEN = concat!("SELECT ", columns!(), ", ", account_columns!(), ", a.secret_hash, a.payload, a.expires_at
        FROM pools p", credential_joins!(), "
        LEFT JOIN access_tokens a ON a.pool_id = $1 AND a.id = $3
        LEFT JOIN grants g ON g.pool_id = $1 AND g.id = a.grant_id
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = g.user_id
        LEFT JOIN sessions s ON s.pool_id = $1 AND s.id = g.session_id", origin_joins!(), "
        LEFT JOIN access_keys w ON w.pool_id = $1 AND w.access_key = a.client_id
        LEFT JOIN clients o ON o.pool_id = $1 AND o.client_id = COALESCE(g.client_id, w.client_id, a.client_id)
        LEFT JOIN denied_tokens d ON d.pool_id = $1 AND d.id = a.id
        WHERE p.id = $1");
}

/// Where the columns after the credentials begin.
const S: usize = Credentials::COLUMNS;

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

    /// The caller and the account of a token without a person that names its account.
    pub async fn inspect_account(
        &self,
        pool: PoolId,
        caller: Option<&str>,
        token: AccountToken<'_>,
    ) -> Result<(Credentials, AccountState), Fault> {
        let row = self
            .find(BY_ACCOUNT, params![pool, caller, token.account, token.client_id, token.id])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        Ok((Credentials::read(&row)?, AccountState::read(&row, S)?))
    }

    /// The caller and what an opaque access token hangs on.
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
        let account = S + 7 + GrantRow::COLUMNS;
        let at = account + AccountState::COLUMNS;
        Ok(OpaqueRead {
            token: TokenRead::read(&row)?,
            account: AccountState::read(&row, account)?,
            secret_hash: row.get(at)?,
            payload: row.get(at + 1)?,
            expires_at: row.get(at + 2)?,
        })
    }
}

impl TokenRead {
    fn read(row: &Row) -> Result<Self, Fault> {
        let caller = Credentials::read(row)?;
        let Some(grant) = GrantRow::read(row, S + 7)? else { return Ok(Self { caller, inspected: None }) };
        let has_no_session = grant.session_id.is_none();
        let inspected = Inspected {
            grant,
            user_enabled: row.get::<Option<bool>>(S)?.unwrap_or(false),
            demand: match row.get::<Option<bool>>(S + 5)? {
                Some(true) => Demand::NewPassword,
                _ => Demand::Nothing,
            },
            profile: row.get::<Option<String>>(S + 1)?.unwrap_or_default(),
            client_enabled: row.get::<Option<bool>>(S + 2)?.unwrap_or(false),
            origin: if row.get(S + 6)? { Origin::Stands } else { Origin::Ended },
            session_goes_on: has_no_session
                || (row.get::<Option<[u8; 16]>>(S + 3)?.is_some()
                    && row.get::<Option<i64>>(S + 4)?.is_none()),
        };
        Ok(Self { caller, inspected: Some(inspected) })
    }
}

impl AccountState {
    /// Number of columns of an account.
    const COLUMNS: usize = 6;

    fn read(row: &Row, at: usize) -> Result<Self, Fault> {
        let key = match row.get::<Option<String>>(at)? {
            Some(client_id) => Some(KeyState { client_id, since: since(row, at + 1)? }),
            None => None,
        };
        let denied = row.get::<Option<TokenId>>(at + 5)?.is_some();
        Ok(Self { key, client_since: since(row, at + 3)?, denied })
    }
}

/// The birth of what is enabled: the column after the one that says so.
fn since(row: &Row, enabled: usize) -> Result<Option<Timestamp>, Fault> {
    let on = row.get::<Option<bool>>(enabled)?.unwrap_or(false);
    Ok(row.get::<Option<Timestamp>>(enabled + 1)?.filter(|_| on))
}
