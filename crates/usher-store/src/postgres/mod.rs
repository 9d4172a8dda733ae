//! PostgreSQL: several nodes on one database. This file owns the pool of connections and the reads; [`address`], with
//! [`asked`] and [`tls`], and [`schema`] open the database, [`flight`] applies batches, [`value`] carries values over the wire.

pub(crate) mod address;
mod asked;
mod flight;
pub(crate) mod schema;
mod tls;
pub(crate) mod value;

use crate::dialect::{Translated, postgres_guard};
use crate::{Applied, Batch, Fault, OpenError, Options, Row, Value};
use address::Address;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, TryAcquireError};
use tokio_postgres::Statement;
use tokio_postgres::error::DbError;
use tokio_postgres::types::ToSql;

/// How long a request waits for a connection, and a connection for its server.
const PATIENCE: Duration = Duration::from_secs(5);
/// Tries of a read whose connection turns out to be dead, as all of them are after the server was restarted.
const READS: usize = 4;
/// Batches that may be under way or waiting at a time.
const BATCHES: u32 = 1 << 16;

/// Whether a text is the address of a PostgreSQL database that this program would connect to. Connects to nothing.
pub fn check_address(url: &str) -> Result<(), OpenError> {
    Address::parse(url).map(drop)
}

/// Every connection's first words. The isolation level is what the guards are made for, whatever the database's default.
const GREETING: &str = "SET default_transaction_isolation = 'read committed';
    SET statement_timeout = '30s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s'";

/// A PostgreSQL database, open.
#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Pool,
    guards: Arc<Translated>,
    /// A permit for each batch under way, so that closing can wait for all of them.
    batches: Arc<Semaphore>,
}

impl Postgres {
    /// Brings the schema up to date and prepares the pool.
    pub(crate) async fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        schema::migrate(&address, options.migrations).await?;
        let place = address.shown;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(address.config, address.tls, recycling))
            .max_size(options.postgres.connections)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move { client.batch_execute(GREETING).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|e| OpenError::Database { place, why: e.to_string() })?;
        let batches = Arc::new(Semaphore::new(usize::try_from(BATCHES).unwrap_or(usize::MAX)));
        Ok(Self { pool, guards: Arc::new(Translated::new(postgres_guard)), batches })
    }

    /// The rows of a statement. A read that met a dead connection is made again on another one.
    pub(crate) async fn rows(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        for _ in 1..READS {
            match read(&lend(&self.pool).await?, sql, params).await {
                Err(ReadError::Lost(_)) => {}
                Err(ReadError::Answered(fault)) => return Err(fault),
                Ok(rows) => return Ok(rows),
            }
        }
        read(&lend(&self.pool).await?, sql, params).await.map_err(|e| match e {
            ReadError::Lost(fault) | ReadError::Answered(fault) => fault,
        })
    }

    /// Applies a batch in a task of its own, which goes on when the caller does not.
    pub(crate) async fn apply(&self, batch: Batch) -> Result<Applied, Fault> {
        // Taken before the task first runs, so that closing waits for it from now on.
        let under_way = Arc::clone(&self.batches).try_acquire_owned().map_err(|e| match e {
            TryAcquireError::Closed => Fault::closed(),
            TryAcquireError::NoPermits => Fault::unavailable("too many batches wait for it"),
        })?;
        let (pool, guards) = (self.pool.clone(), Arc::clone(&self.guards));
        let task = tokio::spawn(async move {
            let outcome = flight::apply(&pool, &guards, &batch).await;
            drop(under_way);
            outcome
        });
        // The task ends without an answer only when the runtime does, and then nobody knows how far it came.
        task.await.unwrap_or(Err(Fault::UnknownCommit))
    }

    /// Prepares a statement, and the form that it has as a guard where it can be one.
    pub(crate) async fn check_statement(&self, sql: &'static str) -> Result<(), Fault> {
        let client = lend(&self.pool).await?;
        client.prepare(sql).await.map_err(|e| fault(&e))?;
        if !sql.trim_start().starts_with("SELECT") {
            client.prepare(&self.guards.get(sql)).await.map_err(|e| fault(&e))?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let all = self.batches.acquire_many(BATCHES).await;
        self.batches.close();
        drop(all);
        self.pool.close();
    }
}

/// A connection from the pool.
async fn lend(pool: &Pool) -> Result<Object, Fault> {
    pool.get().await.map_err(|e| match e {
        PoolError::Backend(e) => Fault::unavailable(says(&e)),
        PoolError::Timeout(_) => {
            Fault::unavailable(format!("no connection became free within {} s", PATIENCE.as_secs()))
        }
        PoolError::Closed => Fault::closed(),
        other => Fault::unavailable(other.to_string()),
    })
}

/// Why a read gave nothing.
enum ReadError {
    /// The connection broke.
    Lost(Fault),
    /// The server or the program said no.
    Answered(Fault),
}

impl From<tokio_postgres::Error> for ReadError {
    fn from(error: tokio_postgres::Error) -> Self {
        let lost = ends_connection(&error) || breaks_connection(&error);
        if lost { Self::Lost(fault(&error)) } else { Self::Answered(fault(&error)) }
    }
}

async fn read(client: &Object, sql: &str, params: &[Value]) -> Result<Vec<Row>, ReadError> {
    let statement = client.prepare_cached(sql).await?;
    let params = fitting(&statement, params).map_err(ReadError::Answered)?;
    let rows = client.query(&statement, &params).await?;
    rows.iter().map(value::row).collect::<Result<_, _>>().map_err(ReadError::Answered)
}

/// The parameters as the statement takes them. Checked before anything is sent: what the client would refuse to send in the
/// middle of a batch must not leave the rest of it to be committed.
fn fitting<'a>(statement: &Statement, params: &'a [Value]) -> Result<Vec<&'a (dyn ToSql + Sync)>, Fault> {
    let types = statement.params();
    if types.len() != params.len() {
        return Err(Fault::bug(&format!(
            "a statement with {} parameters was given {}",
            types.len(),
            params.len()
        )));
    }
    for (n, (value, wanted)) in params.iter().zip(types).enumerate() {
        if !value::fits(value, wanted) {
            return Err(Fault::bug(&format!(
                "parameter ${} is {} where {wanted} is expected",
                n + 1,
                value.kind()
            )));
        }
    }
    Ok(params.iter().map(|value| value as &(dyn ToSql + Sync)).collect())
}

/// What an error means for a statement that has not changed anything.
pub(crate) fn fault(error: &tokio_postgres::Error) -> Fault {
    let Some(db) = error.as_db_error() else {
        return if breaks_connection(error) {
            Fault::unavailable(says(error))
        } else {
            Fault::bug(&says(error))
        };
    };
    match db.code().code() {
        // disk_full
        "53100" => Fault::Full,
        // A standby, or a lock or a conflict that outlasted our patience.
        "25006" | "55P03" | "40001" | "40P01" => Fault::unavailable(described(db)),
        // Connections, credentials, resources, an operator's hand, the system below, the server's own errors.
        code if ["08", "28", "53", "57", "58", "XX"].iter().any(|class| code.starts_with(class)) => {
            Fault::unavailable(described(db))
        }
        _ => Fault::bug(&described(db)),
    }
}

/// Whether an error is the connection's own: closed, reset, timed out.
fn breaks_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// admin_shutdown and its kin, and connection exceptions: what the server says before it hangs up.
fn ends_connection(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("57P") || code.code().starts_with("08"))
}

/// A server's error without any value: its code, its message unless values are quoted in messages of that class, and names.
fn described(db: &DbError) -> String {
    let code = db.code().code();
    let mut text = format!("PostgreSQL error {code}");
    // Class 22 (data exception) quotes the data; the details, of any class, are never taken.
    if !code.starts_with("22") {
        let _ = write!(text, ": {}", db.message());
    }
    for (what, name) in [("constraint", db.constraint()), ("table", db.table()), ("column", db.column())] {
        if let Some(name) = name {
            let _ = write!(text, ", {what} {name}");
        }
    }
    text
}

/// An error and its causes in one line.
pub(crate) fn says(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return described(db);
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.ends_with(&words) {
            let _ = write!(text, ": {words}");
        }
        cause = next.source();
    }
    text
}
