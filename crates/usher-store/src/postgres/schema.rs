//! Bringing a PostgreSQL schema up to date, on a connection of its own that holds the database's lock: of nodes that start
//! together one takes the steps and the others find them taken.

use super::address::Address;
use super::says;
use crate::OpenError;
use crate::dialect::postgres_migration;
use crate::migration::{LEDGER, Migration, TAKEN, TOO_NEW, between, highest};
use tokio_postgres::Client;

/// The advisory lock of usher's migrations; locks are kept apart by database.
pub(crate) const LOCK: &str = "SELECT pg_advisory_lock(504925807986)";

/// What PostgreSQL calls its clock in milliseconds.
pub(crate) const CLOCK: &str = "EXTRACT(EPOCH FROM clock_timestamp()) * 1000";

/// Takes the steps that the database has not seen, each in a transaction of its own.
pub(super) async fn migrate(address: &Address, migrations: &'static [Migration]) -> Result<(), OpenError> {
    let (client, connection) = address.connect().await?;
    let outcome = bring_forward(&client, migrations, &address.shown).await;
    // The lock ends with its connection, whatever happened.
    drop(client);
    let _ = connection.await;
    outcome
}

async fn bring_forward(
    client: &Client,
    migrations: &'static [Migration],
    place: &str,
) -> Result<(), OpenError> {
    let refused = |e: tokio_postgres::Error| OpenError::Database { place: place.to_owned(), why: says(&e) };
    let encoding: String = client.query_one_scalar("SHOW server_encoding", &[]).await.map_err(refused)?;
    if encoding != "UTF8" {
        let why = format!(
            "its encoding is {encoding}, and usher needs UTF8: create it with ENCODING 'UTF8' TEMPLATE template0"
        );
        return Err(OpenError::Database { place: place.to_owned(), why });
    }
    client.batch_execute(LOCK).await.map_err(refused)?;
    client.batch_execute(&postgres_migration(LEDGER)).await.map_err(refused)?;
    let known = highest(migrations);
    let found: i64 = client.query_one_scalar(TAKEN, &[]).await.map_err(refused)?;
    let too_new: i64 = client.query_one_scalar(TOO_NEW, &[&known]).await.map_err(refused)?;
    if too_new > 0 {
        return Err(OpenError::Newer { place: place.to_owned(), found, known });
    }
    for step in between(migrations, found, known) {
        let text = format!("BEGIN;\n{}\nCOMMIT", step.text(postgres_migration, CLOCK));
        let failed = |e: tokio_postgres::Error| OpenError::Migration {
            place: place.to_owned(),
            number: step.number,
            why: says(&e),
        };
        client.batch_execute(&text).await.map_err(failed)?;
        tracing::info!(migration = step.number, "the database's schema was brought forward");
    }
    Ok(())
}
