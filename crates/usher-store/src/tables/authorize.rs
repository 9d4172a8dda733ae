//! The read of the authorization endpoint and of the pages behind it: one statement gives the application's state, the interaction,
//! the browser, and every session in it with its person and what that person has consented to.

use super::session::session_columns;
use super::ticket::ticket_columns;
use super::{ClientState, SessionRow, TicketRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{BrowserId, PoolId, TicketId, Timestamp};

/// Everything that an authorization request is decided on, beside the request itself.
#[derive(Debug, Clone)]
pub struct AuthorizeRow {
    /// The application, if there is one of that name.
    pub client: Option<ClientState>,
    /// The interaction, where one was asked for and is there.
    pub ticket: Option<TicketRow>,
    /// SHA-256 of the browser's cookie secret, where the browser is known.
    pub browser_hash: Option<[u8; 32]>,
    /// The sessions of the browser that were neither ended nor have expired.
    pub present: Vec<Presence>,
}

/// One session and its person.
#[derive(Debug, Clone)]
pub struct Presence {
    /// The session.
    pub session: SessionRow,
    /// Whether the person may sign in.
    pub enabled: bool,
    /// Whether the person has to choose another password before anything else.
    pub must_change_password: bool,
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
            ", u.enabled, u.profile, c.scope, c.claims, u.must_change_password"
        )
    };
}
macro_rules! joins {
    () => {
        " LEFT JOIN browsers b ON b.pool_id = $1 AND b.id = $2
          LEFT JOIN sessions s ON s.pool_id = $1 AND s.browser_id = b.id AND s.ended_at IS NULL AND s.expires_at > $3
          LEFT JOIN users u ON u.pool_id = $1 AND u.id = s.user_id
          LEFT JOIN consents c ON c.pool_id = $1 AND c.user_id = s.user_id AND c.client_id = k.client_id "
    };
}

statements! {
    BY_CLIENT = concat!("SELECT ", columns!(), " FROM clients k", joins!(), "WHERE k.pool_id = $1 AND k.client_id = $4");
    BY_TICKET = concat!("SELECT ", columns!(), ", ", ticket_columns!(), "
        FROM tickets t LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = t.client_id",
        joins!(), "WHERE t.pool_id = $1 AND t.id = $4 AND t.kind = 'interaction'");
    BY_BROWSER = concat!("SELECT ", columns!(), ", ", ticket_columns!(), "
        FROM pools p LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $4
        LEFT JOIN tickets t ON t.pool_id = $1 AND t.id = $5 AND t.kind = 'logout'", joins!(), "WHERE p.id = $1");
}

/// Where a person's columns begin, after the session's.
const PERSON: usize = 3 + SessionRow::COLUMNS;
/// Where the ticket's columns begin, if there are any.
const TICKET: usize = PERSON + 5;

/// A browser at a moment: its sessions that were ended or have expired by then are not read.
#[derive(Debug, Clone, Copy)]
pub struct BrowserNow {
    /// The pool.
    pub pool: PoolId,
    /// The browser, where it has a cookie.
    pub browser: Option<BrowserId>,
    /// The moment.
    pub now: Timestamp,
}

impl Store {
    /// What an authorization request of a client from a browser is decided on.
    pub async fn authorize(&self, here: BrowserNow, client_id: &str) -> Result<AuthorizeRow, Fault> {
        let rows = self.few(BY_CLIENT, params![here.pool, here.browser, here.now, client_id]).await?;
        AuthorizeRow::collect(&rows, None)
    }

    /// The same for an interaction that is under way.
    pub async fn interaction(&self, here: BrowserNow, ticket: TicketId) -> Result<AuthorizeRow, Fault> {
        let rows = self.few(BY_TICKET, params![here.pool, here.browser, here.now, ticket]).await?;
        AuthorizeRow::collect(&rows, Some(TICKET))
    }

    /// The people in a browser.
    pub async fn people_here(&self, here: BrowserNow) -> Result<AuthorizeRow, Fault> {
        self.sign_out(here, None, None).await
    }

    /// The people in a browser, the sign-out under way and the application that it is for: what a sign-out is decided on.
    pub async fn sign_out(
        &self,
        here: BrowserNow,
        client_id: Option<&str>,
        ticket: Option<TicketId>,
    ) -> Result<AuthorizeRow, Fault> {
        let rows =
            self.few(BY_BROWSER, params![here.pool, here.browser, here.now, client_id, ticket]).await?;
        AuthorizeRow::collect(&rows, Some(TICKET))
    }
}

impl AuthorizeRow {
    fn collect(rows: &[Row], ticket: Option<usize>) -> Result<Self, Fault> {
        let mut found =
            Self { client: None, ticket: None, browser_hash: None, present: Vec::with_capacity(rows.len()) };
        for row in rows {
            let secret_sealed = row.get(1)?;
            found.client = row.get::<Option<bool>>(0)?.map(|enabled| ClientState { enabled, secret_sealed });
            found.browser_hash = row.get(2)?;
            if let Some(at) = ticket.filter(|_| found.ticket.is_none()) {
                found.ticket = TicketRow::read(row, at)?;
            }
            let Some(session) = SessionRow::read(row, 3)? else { continue };
            found.present.push(Presence {
                session,
                enabled: row.get::<Option<bool>>(PERSON)?.unwrap_or(false),
                profile: row.get::<Option<String>>(PERSON + 1)?.unwrap_or_default(),
                consented_scope: row.get(PERSON + 2)?,
                consented_claims: row.get(PERSON + 3)?,
                must_change_password: row.get::<Option<bool>>(PERSON + 4)?.unwrap_or(false),
            });
        }
        Ok(found)
    }
}
