//! The reads of grants for a person whom a signed token names: one statement gives the application's credentials, the person, what they
//! have consented to, and the session that the token came from.

use super::client::secret_columns;
use super::session::session_columns;
use super::{ClientSecrets, SessionRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::fold::IdentifierKey;
use usher_types::{PoolId, UserId};

/// How a token names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By nothing that is known here.
    Nobody,
    /// By their `sub`.
    Id(UserId),
    /// By a login name.
    Key(IdentifierKey),
    /// By their `sub` and the `sid` of a session of theirs.
    Session(UserId, String),
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
    /// Their profile, as stored.
    pub profile: String,
    /// The scope that they have consented to for the application.
    pub consented_scope: Option<String>,
    /// The session, where the token named one that is there.
    pub session: Option<SessionRow>,
}

macro_rules! columns {
    () => {
        concat!(secret_columns!(), ", u.id, u.enabled, u.profile, c.scope, ", session_columns!())
    };
}
macro_rules! joins {
    () => {
        " LEFT JOIN consents c ON c.pool_id = $1 AND c.user_id = u.id AND c.client_id = $2
          LEFT JOIN sessions s ON s.pool_id = $1 AND s.user_id = u.id AND s.sid = $4
          WHERE p.id = $1"
    };
}

statements! {
    BY_ID = concat!("SELECT ", columns!(), " FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = $3", joins!());
    BY_NAME = concat!("SELECT ", columns!(), " FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN identifiers i ON i.pool_id = $1 AND i.identifier_key = $3
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = i.user_id", joins!());
}

/// Where the columns after the secrets begin.
const S: usize = ClientSecrets::COLUMNS;

impl Store {
    /// What a grant for a person whom a token names is decided on.
    pub async fn asserted(
        &self,
        pool: PoolId,
        client_id: &str,
        named: &Named,
    ) -> Result<AssertedRead, Fault> {
        let (id, sid) = match named {
            Named::Nobody | Named::Key(_) => (None, None),
            Named::Id(id) => (Some(*id), None),
            Named::Session(id, sid) => (Some(*id), Some(sid.as_str())),
        };
        let row = match named {
            Named::Key(key) => self.find(BY_NAME, params![pool, client_id, key.as_str(), sid]).await?,
            _ => self.find(BY_ID, params![pool, client_id, id, sid]).await?,
        };
        AssertedRead::read(&row.ok_or_else(|| Fault::bug("a pool without a row"))?)
    }
}

impl AssertedRead {
    fn read(row: &Row) -> Result<Self, Fault> {
        let client = ClientSecrets::read(row, 0)?;
        let Some(id) = row.get::<Option<UserId>>(S)? else { return Ok(Self { client, person: None }) };
        let person = AssertedPerson {
            id,
            enabled: row.get(S + 1)?,
            profile: row.get(S + 2)?,
            consented_scope: row.get(S + 3)?,
            session: SessionRow::read(row, S + 4)?,
        };
        Ok(Self { client, person: Some(person) })
    }
}
