//! The audit trail: a row per change, written in the batch of that change. How rows are numbered and sealed stands in `audit_seal.rs`;
//! what was refused and changed nothing in `refusal.rs`.

use super::statements;
use crate::{Fault, Row, Store, Value, params};
use usher_types::{PoolId, RequestId, TicketId, Timestamp, UserId};

/// A change to be recorded.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// What happened, e.g. `sign_in`.
    pub event: &'static str,
    /// Through which application.
    pub client_id: Option<String>,
    /// To whom.
    pub user_id: Option<UserId>,
    /// From which network.
    pub network: Option<String>,
    /// What else there is to say, JSON; never a secret.
    pub detail: String,
}

/// What stands around a change.
#[derive(Debug, Clone, Default)]
pub struct AuditAbout {
    /// Who did it, as a kind and a name: `user:…`, `app:…`, `unix:…`.
    pub actor: Option<String>,
    /// What it was done to, in the same form.
    pub target: Option<String>,
    /// In which request.
    pub request_id: Option<RequestId>,
    /// Why the request was refused that changed something all the same.
    pub cause: Option<&'static str>,
}

/// How many columns of a row tell what happened, the others being what the sealer adds.
const TELLING: usize = 12;
/// The positions of two of them.
const EVENT: usize = 3;
const DETAIL: usize = 11;

/// What a row tells: the columns that are marked and sealed, as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told(Vec<Value>);

impl Told {
    /// What a change is told as.
    pub fn new(pool: PoolId, id: TicketId, at: Timestamp, event: AuditEvent, about: AuditAbout) -> Self {
        Self(params![
            pool,
            id,
            at,
            event.event,
            about.actor,
            about.target,
            event.client_id,
            event.user_id,
            event.network,
            about.request_id,
            about.cause,
            event.detail
        ])
    }

    /// Reads the first columns of a row, whatever they hold.
    pub(super) fn of(row: &Row) -> Self {
        Self(row.first(TELLING))
    }

    /// Its bytes, such that different rows have different ones: of each column the kind, the length and the content.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        for value in &self.0 {
            let (kind, content): (u8, &[u8]) = match value {
                Value::Null => (0, &[]),
                Value::Int(number) => (1, &number.to_be_bytes()),
                Value::Text(text) => (2, text.as_bytes()),
                Value::Blob(bytes) => (3, bytes),
            };
            out.push(kind);
            out.extend_from_slice(&u64::try_from(content.len()).unwrap_or(u64::MAX).to_be_bytes());
            out.extend_from_slice(content);
        }
        out
    }

    /// What happened.
    pub fn event(&self) -> &str {
        self.text(EVENT)
    }

    /// What else there is to say.
    pub fn detail(&self) -> &str {
        self.text(DETAIL)
    }

    /// The column of a position, where it holds text; else nothing.
    fn text(&self, column: usize) -> &str {
        match self.0.get(column) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The column of a position, where it holds a number.
    pub(super) fn number(&self, column: usize) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }
}

/// A recorded change.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Its id, by which lists go on.
    pub id: TicketId,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// Who did it.
    pub actor: Option<String>,
    /// What it was done to.
    pub target: Option<String>,
    /// Through which application.
    pub client_id: Option<String>,
    /// To whom.
    pub user_id: Option<UserId>,
    /// From which network.
    pub network: Option<String>,
    /// In which request.
    pub request_id: Option<RequestId>,
    /// Why the request was refused, where it was.
    pub cause: Option<String>,
    /// What else there is to say.
    pub detail: String,
    /// Its number, once it is sealed.
    pub number: Option<i64>,
}

/// Which rows to read, newest first.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// Those before this id.
    pub before: [u8; 16],
    /// Those from this id on.
    pub from: [u8; 16],
    /// The most rows.
    pub limit: u32,
}

statements! {
    INSERT = "INSERT INTO audit (pool_id, id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, mark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    LATEST = "SELECT id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, number FROM audit
        WHERE pool_id = $1 ORDER BY id DESC LIMIT 100";
    PAGE = "SELECT id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, number FROM audit
        WHERE pool_id = $1 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4";
    PAGE_OF_USER = "SELECT id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, number FROM audit
        WHERE pool_id = $1 AND user_id = $5 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4";
    PAGE_OF_CLIENT = "SELECT id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, number FROM audit
        WHERE pool_id = $1 AND client_id = $5 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4";
}

impl Store {
    /// The newest hundred changes of a pool, newest first.
    pub async fn audit_trail(&self, pool: PoolId) -> Result<Vec<AuditRow>, Fault> {
        rows(&self.list(LATEST, params![pool]).await?)
    }

    /// A part of a pool's changes, newest first.
    pub async fn audit_page(&self, pool: PoolId, page: &AuditPage) -> Result<Vec<AuditRow>, Fault> {
        rows(&self.list(PAGE, params![pool, page.before, page.from, page.limit]).await?)
    }

    /// The same of what was done to or by a person.
    pub async fn audit_page_of_user(
        &self,
        pool: PoolId,
        user: UserId,
        page: &AuditPage,
    ) -> Result<Vec<AuditRow>, Fault> {
        rows(&self.list(PAGE_OF_USER, params![pool, page.before, page.from, page.limit, user]).await?)
    }

    /// The same of what was done through an application.
    pub async fn audit_page_of_client(
        &self,
        pool: PoolId,
        client_id: &str,
        page: &AuditPage,
    ) -> Result<Vec<AuditRow>, Fault> {
        rows(&self.list(PAGE_OF_CLIENT, params![pool, page.before, page.from, page.limit, client_id]).await?)
    }
}

fn rows(rows: &[Row]) -> Result<Vec<AuditRow>, Fault> {
    rows.iter()
        .map(|row| {
            Ok(AuditRow {
                id: row.get(0)?,
                at: row.get(1)?,
                event: row.get(2)?,
                actor: row.get(3)?,
                target: row.get(4)?,
                client_id: row.get(5)?,
                user_id: row.get(6)?,
                network: row.get(7)?,
                request_id: row.get(8)?,
                cause: row.get(9)?,
                detail: row.get(10)?,
                number: row.get(11)?,
            })
        })
        .collect()
}

/// Writes.
pub mod write {
    use super::{INSERT, Told};
    use crate::{Batch, Value};

    /// Records a change with the batch that makes it, and with the mark by which it is known again.
    pub fn record(batch: &mut Batch, Told(mut columns): Told, mark: [u8; 16]) {
        columns.push(Value::from(mark));
        batch.then(INSERT, columns);
    }
}
