//! The reads of grants for a person whom a signed token names: one statement gives the application's credentials, the person, what they
//! have consented to, and of an ID token the session, the application and the grant that it came from.

use super::client::secret_columns;
use super::session::session_columns;
use super::{ClientSecrets, SessionRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::fold::IdentifierKey;
use usher_types::{GrantId, PoolId, Timestamp, UserId};

/// How a token names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By nothing that is known here.
    Nobody,
    /// By their `sub`.
    Id(UserId),
    /// By a login name.
    Key(IdentifierKey),
}

/// An ID token, as it names itself.
#[derive(Debug, Clone, Copy)]
pub struct IdTokenNames<'a> {
    /// The person.
    pub user_id: UserId,
    /// The `sid` of their session.
    pub sid: &'a str,
    /// The application that it was issued to.
    pub client_id: &'a str,
    /// The first moment after its birth.
    pub made_before: Timestamp,
}

/// What a grant for a named person is decided on.
#[derive(Debug, Clone)]
pub struct AssertedRead {
    /// The application's credentials, if there is one of that name.
    pub client: Option<ClientSecrets>,
    /// The person.
    pub person: Option<AssertedPerson>,
}

/// The person that a token names.
#[derive(Debug, Clone)]
pub struct AssertedPerson {
    /// Their id.
    pub id: UserId,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether they must choose another password before anything else.
    pub must_change_password: bool,
    /// Their profile, as stored.
    pub profile: String,
    /// The scope that they have consented to for the application.
    pub consented_scope: Option<String>,
}

/// What an exchange of an ID token is decided on.
#[derive(Debug, Clone)]
pub struct IdTokenRead {
    /// The credentials of the application that brings it, and the person.
    pub asserted: AssertedRead,
    /// Its session, if it is there.
    pub session: Option<SessionRow>,
    /// Whether the application that it was issued to is there and enabled.
    pub client_enabled: bool,
    /// The grant that it came from, as far as can be told: the newest that the person gave the application in the session before the
    /// token was made and that still stands; and its end.
    pub grant: Option<(GrantId, Timestamp)>,
}

macro_rules! columns {
    () => {
        concat!(secret_columns!(), ", u.id, u.enabled, u.must_change_password, u.profile, c.scope")
    };
}
macro_rules! consent_join {
    () => {
        " LEFT JOIN consents c ON c.pool_id = $1 AND c.user_id = u.id AND c.client_id = $2"
    };
}

statements! {
    BY_ID = concat!("SELECT ", columns!(), " FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = $3", consent_join!(), "
        WHERE p.id = $1");
    BY_NAME = concat!("SELECT ", columns!(), " FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN identifiers i ON i.pool_id = $1 AND i.identifier_key = $3
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = i.user_id", consent_join!(), "
        WHERE p.id = $1");
    // A grant with a parent was given by an exchange, which gives no ID tokens.
    BY_ID_TOKEN = concat!("SELECT ", columns!(), ", o.enabled, g.id, g.expires_at, ", session_columns!(), " FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = $3", consent_join!(), "
        LEFT JOIN sessions s ON s.pool_id = $1 AND s.user_id = u.id AND s.sid = $4
        LEFT JOIN clients o ON o.pool_id = $1 AND o.client_id = $5
        LEFT JOIN grants g ON g.pool_id = $1 AND g.id = (
            SELECT x.id FROM grants x
            WHERE x.pool_id = $1 AND x.session_id = s.id AND x.user_id = u.id AND x.client_id = $5
              AND x.parent_id IS NULL AND x.revoked_at IS NULL AND x.created_at < $6 AND x.expires_at > $7
            ORDER BY x.created_at DESC, x.id DESC LIMIT 1)
        WHERE p.id = $1");
}

/// Where the columns after the secrets begin.
const S: usize = ClientSecrets::COLUMNS;
/// Where the columns after the person begin.
const T: usize = S + 5;

impl Store {
    /// What a grant for a person whom a token names is decided on.
    pub async fn asserted(
        &self,
        pool: PoolId,
        client_id: &str,
        named: &Named,
    ) -> Result<AssertedRead, Fault> {
        let row = match named {
            Named::Key(key) => self.find(BY_NAME, params![pool, client_id, key.as_str()]).await?,
            Named::Id(id) => self.find(BY_ID, params![pool, client_id, *id]).await?,
            Named::Nobody => self.find(BY_ID, params![pool, client_id, None::<UserId>]).await?,
        };
        AssertedRead::read(&row.ok_or_else(|| Fault::bug("a pool without a row"))?)
    }

    /// What an exchange of an ID token is decided on; without a token, the credentials alone.
    pub async fn id_token(
        &self,
        pool: PoolId,
        client_id: &str,
        token: Option<IdTokenNames<'_>>,
        now: Timestamp,
    ) -> Result<IdTokenRead, Fault> {
        let (user, sid) = (token.map(|t| t.user_id), token.map(|t| t.sid));
        let (issued_to, before) = (token.map(|t| t.client_id), token.map(|t| t.made_before));
        let row = self
            .find(BY_ID_TOKEN, params![pool, client_id, user, sid, issued_to, before, now])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        let grant = match row.get::<Option<GrantId>>(T + 1)? {
            Some(id) => Some((id, row.get(T + 2)?)),
            None => None,
        };
        Ok(IdTokenRead {
            asserted: AssertedRead::read(&row)?,
            session: SessionRow::read(&row, T + 3)?,
            client_enabled: row.get::<Option<bool>>(T)?.unwrap_or(false),
            grant,
        })
    }
}

impl AssertedRead {
    fn read(row: &Row) -> Result<Self, Fault> {
        let client = ClientSecrets::read(row, 0)?;
        let Some(id) = row.get::<Option<UserId>>(S)? else { return Ok(Self { client, person: None }) };
        let person = AssertedPerson {
            id,
            enabled: row.get(S + 1)?,
            must_change_password: row.get(S + 2)?,
            profile: row.get(S + 3)?,
            consented_scope: row.get(S + 4)?,
        };
        Ok(Self { client, person: Some(person) })
    }
}
