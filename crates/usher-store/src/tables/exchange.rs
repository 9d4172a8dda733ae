//! The reads of the token endpoint: one statement gives the application's credentials together with what is exchanged.

use super::client::secret_columns;
use super::grant::grant_columns;
use super::ticket::ticket_columns;
use super::{ClientSecrets, GrantRow, TicketRow, statements};
use crate::{Fault, Store, params};
use usher_types::{GrantId, PoolId, TicketId};

/// What a code exchange is decided on.
#[derive(Debug, Clone)]
pub struct CodeRead {
    /// The application's credentials, if there is one of that name.
    pub client: Option<ClientSecrets>,
    /// The code's ticket.
    pub code: Option<TicketRow>,
    /// Whether its person may sign in.
    pub user_enabled: bool,
    /// The person's profile, as stored.
    pub profile: Option<String>,
    /// Whether its session goes on.
    pub session_goes_on: bool,
}

/// What a refresh is decided on.
#[derive(Debug, Clone)]
pub struct RefreshRead {
    /// The application's credentials, if there is one of that name.
    pub client: Option<ClientSecrets>,
    /// The grant.
    pub grant: Option<GrantRow>,
    /// Whether its person may sign in.
    pub user_enabled: bool,
    /// The person's profile, as stored.
    pub profile: Option<String>,
}

statements! {
    CODE = concat!("SELECT ", secret_columns!(), ", u.enabled, u.profile, s.id, s.ended_at, ", ticket_columns!(), "
        FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN tickets t ON t.pool_id = $1 AND t.id = $3 AND t.kind = $4
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = t.user_id
        LEFT JOIN sessions s ON s.pool_id = $1 AND s.id = t.session_id
        WHERE p.id = $1");
    REFRESH = concat!("SELECT ", secret_columns!(), ", u.enabled, u.profile, ", grant_columns!(), "
        FROM pools p
        LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
        LEFT JOIN grants g ON g.pool_id = $1 AND g.id = $3
        LEFT JOIN users u ON u.pool_id = $1 AND u.id = g.user_id
        WHERE p.id = $1");
}

/// Where the columns after the secrets begin.
const S: usize = ClientSecrets::COLUMNS;

impl Store {
    /// What the exchange of a code, or of another ticket of this kind, by an application is decided on.
    pub async fn code_exchange(
        &self,
        pool: PoolId,
        client_id: &str,
        kind: &'static str,
        code: Option<TicketId>,
    ) -> Result<CodeRead, Fault> {
        let row = self
            .find(CODE, params![pool, client_id, code, kind])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        let session_there = row.get::<Option<[u8; 16]>>(S + 2)?.is_some();
        Ok(CodeRead {
            client: ClientSecrets::read(&row, 0)?,
            user_enabled: row.get::<Option<bool>>(S)?.unwrap_or(false),
            profile: row.get(S + 1)?,
            session_goes_on: session_there && row.get::<Option<i64>>(S + 3)?.is_none(),
            code: TicketRow::read(&row, S + 4)?,
        })
    }

    /// What a refresh by an application is decided on.
    pub async fn refresh(
        &self,
        pool: PoolId,
        client_id: &str,
        grant: Option<GrantId>,
    ) -> Result<RefreshRead, Fault> {
        let row = self
            .find(REFRESH, params![pool, client_id, grant])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        Ok(RefreshRead {
            client: ClientSecrets::read(&row, 0)?,
            user_enabled: row.get::<Option<bool>>(S)?.unwrap_or(false),
            profile: row.get(S + 1)?,
            grant: GrantRow::read(&row, S + 2)?,
        })
    }
}
