//! The read of the authorization endpoint and of the pages behind it: one statement gives the application's state, the interaction,
//! the browser, and every session in it with its person and what that person has consented to.

use super::session::session_columns;
use super::ticket::ticket_columns;
use super::{ClientState, SessionRow, TicketRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{BrowserId, PoolId, TicketId};

/// Everything that an authorization request is decided on, beside the request itself.
#[derive(Debug, Clone)]
pub struct AuthorizeRow {
    /// The application, if there is one of that name.
    pub client: Option<ClientState>,
    /// The interaction, where one was asked for and is there.
    pub ticket: Option<TicketRow>,
    /// SHA-256 of the browser's cookie secret, where the browser is known.
    pub browser_hash: Option<[u8; 32]>,
    /// The sessions of the browser, ended and expired ones included.
    pub present: Vec<Presence>,
}

/// One session and its person.
#[derive(Debug, Clone)]
pub struct Presence {
    /// The session.
    pub session: SessionRow,
    /// Whether the person may sign in.
    pub enabled: bool,
    /// The person's profile, as stored.
    pub profile: String,
    /// The scope that the person has consented to for the application.
    pub consented_scope: Option<String>,
    /// The single claims that the person has consented to for the application.
    pub consented_claims: Option<String>,
}

macro_rules! columns {
    () => {
        concat!(
            "k.enabled, k.secret_sealed, b.secret_hash, ",
            session_columns!(),
            ", u.enabled, u.profile, c.scope, c.claims, ",
            ticket_columns!()
        )
    };
}
macro_rules! joins {
    () => {
        " LEFT JOIN browsers b ON b.pool_id = $1 AND b.id = $2
          LEFT JOIN sessions s ON s.pool_id = $1 AND s.browser_id = b.id
          LEFT JOIN users u ON u.pool_id = $1 AND u.id = s.user_id
          LEFT JOIN consents c ON c.pool_id = $1 AND c.user_id = s.user_id AND c.client_id = k.client_id "
    };
}

statements! {
    BY_CLIENT = concat!("SELECT ", columns!(), " FROM clients k LEFT JOIN tickets t ON t.pool_id = $1 AND t.id = $4 AND t.kind = 'interaction'",
        joins!(), "WHERE k.pool_id = $1 AND k.client_id = $3");
    BY_TICKET = concat!("SELECT ", columns!(), " FROM tickets t LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = t.client_id",
        joins!(), "WHERE t.pool_id = $1 AND t.id = $3 AND t.kind = 'interaction'");
    BY_BROWSER = concat!("SELECT ", columns!(), " FROM pools p LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $3
        LEFT JOIN tickets t ON t.pool_id = $1 AND t.id = $4 AND t.kind = 'logout'", joins!(), "WHERE p.id = $1");
}

impl Store {
    /// What an authorization request of a client from a browser is decided on.
    pub async fn authorize(
        &self,
        pool: PoolId,
        browser: Option<BrowserId>,
        client_id: &str,
    ) -> Result<AuthorizeRow, Fault> {
        let rows = self.few(BY_CLIENT, params![pool, browser, client_id, None::<TicketId>]).await?;
        AuthorizeRow::collect(&rows)
    }

    /// The same for an interaction that is under way.
    pub async fn interaction(
        &self,
        pool: PoolId,
        browser: Option<BrowserId>,
        ticket: TicketId,
    ) -> Result<AuthorizeRow, Fault> {
        let rows = self.few(BY_TICKET, params![pool, browser, ticket]).await?;
        AuthorizeRow::collect(&rows)
    }

    /// The people in a browser, the sign-out under way and the application that it is for: what a sign-out is decided on.
    pub async fn sign_out(
        &self,
        pool: PoolId,
        browser: Option<BrowserId>,
        client_id: Option<&str>,
        ticket: Option<TicketId>,
    ) -> Result<AuthorizeRow, Fault> {
        let rows = self.few(BY_BROWSER, params![pool, browser, client_id, ticket]).await?;
        AuthorizeRow::collect(&rows)
    }
}

impl AuthorizeRow {
    fn collect(rows: &[Row]) -> Result<Self, Fault> {
        let mut found =
            Self { client: None, ticket: None, browser_hash: None, present: Vec::with_capacity(rows.len()) };
        let people_at = 3 + SessionRow::COLUMNS;
        let ticket_at = people_at + 4;
        for row in rows {
            let secret_sealed = row.get(1)?;
            found.client = row.get::<Option<bool>>(0)?.map(|enabled| ClientState { enabled, secret_sealed });
            found.browser_hash = row.get(2)?;
            if found.ticket.is_none() {
                found.ticket = TicketRow::read(row, ticket_at)?;
            }
            let Some(session) = SessionRow::read(row, 3)? else { continue };
            found.present.push(Presence {
                session,
                enabled: row.get::<Option<bool>>(people_at)?.unwrap_or(false),
                profile: row.get::<Option<String>>(people_at + 1)?.unwrap_or_default(),
                consented_scope: row.get(people_at + 2)?,
                consented_claims: row.get(people_at + 3)?,
            });
        }
        Ok(found)
    }
}
