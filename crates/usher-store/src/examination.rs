//! Looking at a database beside whoever uses it: nothing is locked, made or changed.

use crate::backup::{postgres, sqlite};
use crate::postgres::address::Address;
use crate::postgres::{says, value};
use crate::sqlite::connect_reader;
use crate::tables::examined::{
    OLDEST_TICKET, POOL_COUNTS, SEALED_KEYS, oldest_ticket, pool_count, sealed_key,
};
use crate::tables::{KeyRow, PoolCount};
use crate::{Fault, Migration, OpenError, Place, Row, SchemaState};
use rusqlite::Connection;
use std::path::Path;
use tokio::task::spawn_blocking;
use tokio_postgres::Client;
use usher_types::{PoolId, Timestamp};

/// A setting of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value, as the server says it.
    pub value: String,
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Examination {
    /// The database server's clock; none where the database is of this machine.
    pub clock: Option<Timestamp>,
    /// The database server's settings.
    pub settings: Vec<Setting>,
    /// Connections that the database server has now from others than nodes and commands of ours.
    pub others_connections: i64,
    /// Pools and how much is in them.
    pub pools: Vec<PoolCount>,
    /// Signing keys, sealed.
    pub keys: Vec<(PoolId, KeyRow)>,
    /// The end of the ticket that ended first and is still there.
    pub oldest_ticket: Option<Timestamp>,
}

impl SchemaState {
    /// How far the schema of a database is, without opening it for more; a running server does not mind.
    pub async fn look(place: &Place, migrations: &'static [Migration]) -> Result<Self, OpenError> {
        match place {
            Place::Folder(folder) => sqlite::look(folder.clone(), migrations).await,
            Place::Postgres(url) => postgres::look(url, migrations).await,
        }
    }
}

const CLOCK: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
const OTHERS: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
    AND application_name <> (SELECT a.application_name FROM pg_stat_activity a WHERE a.pid = pg_backend_pid())";
const SETTINGS: &str = "SELECT CAST(name AS TEXT), CAST(setting AS TEXT) FROM pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_encoding', 'max_connections') ORDER BY name";

impl Examination {
    /// Looks at a database. What is not there yet is empty.
    pub async fn of(place: &Place) -> Result<Self, OpenError> {
        match place {
            Place::Folder(folder) => {
                let file = folder.join("usher.db");
                let shown = file.display().to_string();
                let refused = |why: String| OpenError::Database { place: shown.clone(), why };
                spawn_blocking(move || embedded(&file))
                    .await
                    .map_err(|e| refused(e.to_string()))?
                    .map_err(|e| refused(e.to_string()))
            }
            Place::Postgres(url) => {
                let address = Address::parse(url)?;
                let client = postgres::connect(&address).await?;
                let refused = |why: String| OpenError::Database { place: address.shown.clone(), why };
                server(&client).await.map_err(|e| refused(e.to_string()))
            }
        }
    }
}

fn embedded(file: &Path) -> Result<Examination, Fault> {
    let unusable = |e: rusqlite::Error| Fault::unavailable(e.to_string());
    let mut seen = Examination::default();
    if !file.exists() {
        return Ok(seen);
    }
    let connection = connect_reader(file).map_err(unusable)?;
    if sqlite::columns(&connection, "pools").map_err(unusable)?.is_empty() {
        return Ok(seen);
    }
    seen.pools = rows(&connection, POOL_COUNTS)?.iter().map(pool_count).collect::<Result<_, _>>()?;
    seen.keys = rows(&connection, SEALED_KEYS)?.iter().map(sealed_key).collect::<Result<_, _>>()?;
    let oldest = rows(&connection, OLDEST_TICKET)?;
    seen.oldest_ticket = oldest.first().map(oldest_ticket).transpose()?.flatten();
    Ok(seen)
}

/// The rows of a statement without parameters.
fn rows(connection: &Connection, sql: &str) -> Result<Vec<Row>, Fault> {
    crate::sqlite::rows(connection, sql, &[])
}

async fn server(client: &Client) -> Result<Examination, Fault> {
    let unusable = |e: tokio_postgres::Error| Fault::unavailable(says(&e));
    let ask = async |sql: &str| -> Result<Vec<Row>, Fault> {
        client.query(sql, &[]).await.map_err(unusable)?.iter().map(value::row).collect()
    };
    let mut seen = Examination::default();
    for row in ask(CLOCK).await? {
        seen.clock = Some(row.get(0)?);
    }
    for row in ask(OTHERS).await? {
        seen.others_connections = row.get(0)?;
    }
    for row in ask(SETTINGS).await? {
        seen.settings.push(Setting { name: row.get(0)?, value: row.get(1)? });
    }
    if postgres::columns(client, "pools").await.map_err(unusable)?.is_empty() {
        return Ok(seen);
    }
    seen.pools = ask(POOL_COUNTS).await?.iter().map(pool_count).collect::<Result<_, _>>()?;
    seen.keys = ask(SEALED_KEYS).await?.iter().map(sealed_key).collect::<Result<_, _>>()?;
    seen.oldest_ticket = ask(OLDEST_TICKET).await?.first().map(oldest_ticket).transpose()?.flatten();
    Ok(seen)
}
