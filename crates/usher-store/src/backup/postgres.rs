//! PostgreSQL: out by a transaction that reads one snapshot, in by one transaction that makes, fills and settles the schema.

use super::{Dump, Gathered, KEPT, LEFT_OUT, LoadError, PARTS, Part, Plan, Record, Source, fits, select};
use crate::dialect::postgres_migration;
use crate::migration::{LEDGER, Migration, SchemaState, TAKEN, TOO_NEW, between, highest};
use crate::postgres::address::Address;
use crate::postgres::schema::{CLOCK, LOCK};
use crate::postgres::{fault, says, value};
use crate::tables::restored::settle;
use crate::{Fault, OpenError, Value};
use futures_util::TryStreamExt as _;
use std::pin::pin;
use tokio::sync::mpsc;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

const COLUMNS: &str = "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
/// A snapshot that nobody's work disturbs, on a connection whose patience is the disk's.
const SNAPSHOT: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const WHOLE: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; BEGIN";

/// A connection of its own.
pub(crate) async fn connect(address: &Address) -> Result<Client, OpenError> {
    let (client, _) = address.connect().await?;
    Ok(client)
}

/// How far a database's schema is.
pub(crate) async fn look(url: &str, migrations: &'static [Migration]) -> Result<SchemaState, OpenError> {
    let address = Address::parse(url)?;
    let client = connect(&address).await?;
    let refused =
        |e: tokio_postgres::Error| OpenError::Database { place: address.shown.clone(), why: says(&e) };
    if columns(&client, "migrations").await.map_err(refused)?.is_empty() {
        return Ok(SchemaState::of(0, 0, migrations));
    }
    let found: i64 = client.query_one_scalar(TAKEN, &[]).await.map_err(refused)?;
    let known = highest(migrations);
    let newer: i64 = if columns(&client, "migration_rules").await.map_err(refused)?.is_empty() {
        found.saturating_sub(known)
    } else {
        client.query_one_scalar(TOO_NEW, &[&known]).await.map_err(refused)?
    };
    Ok(SchemaState::of(found, newer, migrations))
}

/// Begins a snapshot of a database.
pub(super) async fn dump(url: &str, known: i64) -> Result<Dump, OpenError> {
    let address = Address::parse(url)?;
    let client = connect(&address).await?;
    let place = address.shown;
    let refused = |e: tokio_postgres::Error| OpenError::Database { place: place.clone(), why: says(&e) };
    client.batch_execute(SNAPSHOT).await.map_err(refused)?;
    if columns(&client, "migrations").await.map_err(refused)?.is_empty() {
        return Err(OpenError::Database { place, why: "it holds nothing of usher's".to_owned() });
    }
    let found: i64 = client.query_one_scalar(TAKEN, &[]).await.map_err(refused)?;
    if found > known {
        return Err(OpenError::Newer { place, found, known });
    }
    let (sender, parts) = mpsc::channel(PARTS);
    tokio::spawn(async move {
        let last = read(&client, &sender).await.map(|()| Part::End);
        // Nobody takes it where the command was ended.
        let _ = sender.send(last).await;
    });
    Ok(Dump { schema: found, parts })
}

/// Sends every row of every table. An error is passed on; where nobody takes the rows any more, the rest is left.
async fn read(client: &Client, sender: &mpsc::Sender<Result<Part, Fault>>) -> Result<(), Fault> {
    let gone = |_| Fault::closed();
    let mut gathered = Gathered::default();
    for table in KEPT {
        let columns = columns(client, table).await.map_err(|e| fault(&e))?;
        if columns.is_empty() {
            continue;
        }
        let text = select(table, &columns);
        if let Some(part) = gathered.add(Record::Table { name: (*table).to_owned(), columns }) {
            sender.send(Ok(part)).await.map_err(gone)?;
        }
        let none: [&(dyn ToSql + Sync); 0] = [];
        let mut rows = pin!(client.query_raw(&text, none).await.map_err(|e| fault(&e))?);
        while let Some(row) = rows.try_next().await.map_err(|e| fault(&e))? {
            if let Some(part) = gathered.add(Record::Row(value::row(&row)?.into_values())) {
                sender.send(Ok(part)).await.map_err(gone)?;
            }
        }
    }
    sender.send(Ok(gathered.take())).await.map_err(gone)
}

/// The columns of a table; none where it is not there.
pub(crate) async fn columns(client: &Client, table: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client.query(COLUMNS, &[&table]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Makes and fills the schema of a database that has none, in one transaction.
pub(super) async fn load(url: &str, plan: Plan, mut source: Source) -> Result<(), LoadError> {
    let address = Address::parse(url)?;
    let client = connect(&address).await?;
    let place = address.shown;
    let refused = |e: tokio_postgres::Error| LoadError::Database { place: place.clone(), why: says(&e) };
    // Of a server that starts now and this, one goes first. The lock ends with the connection.
    client.batch_execute(LOCK).await.map_err(refused)?;
    client.batch_execute(WHOLE).await.map_err(refused)?;
    let left_out = LEFT_OUT.iter().map(|(name, _)| *name);
    for table in KEPT.iter().copied().chain(left_out) {
        if !columns(&client, table).await.map_err(refused)?.is_empty() {
            return Err(LoadError::Occupied {
                place,
                found: format!("a table named {table}"),
                advice: "make a new database and name it in [storage] url",
            });
        }
    }
    client.batch_execute(&postgres_migration(LEDGER)).await.map_err(refused)?;
    for step in between(plan.migrations, 0, plan.schema) {
        client.batch_execute(&step.text(postgres_migration, CLOCK)).await.map_err(refused)?;
    }
    for table in KEPT {
        if !columns(&client, table).await.map_err(refused)?.is_empty() {
            // The first rows that a step made come from the backup.
            client.batch_execute(&format!("DELETE FROM {table}")).await.map_err(refused)?;
        }
    }
    fill(&client, &mut source, &place).await?;
    for step in between(plan.migrations, plan.schema, highest(plan.migrations)) {
        client.batch_execute(&step.text(postgres_migration, CLOCK)).await.map_err(refused)?;
    }
    settled(&client, &plan).await.map_err(refused)?;
    client.batch_execute("COMMIT").await.map_err(refused)
}

/// Copies in what comes, a table at a time.
async fn fill(client: &Client, source: &mut Source, place: &str) -> Result<(), LoadError> {
    let refused = |e: tokio_postgres::Error| LoadError::Database { place: place.to_owned(), why: says(&e) };
    let mut seen = Vec::new();
    let mut records = Vec::new().into_iter();
    let mut pending = next(&mut records, source).await?;
    while let Some(record) = pending {
        let Record::Table { name, columns: given } = record else {
            return Err(LoadError::Unfitting("a row comes before its table".to_owned()));
        };
        let there = columns(client, &name).await.map_err(refused)?;
        fits(&name, &given, &there, &mut seen)?;
        let statement = client.prepare(&select(&name, &given)).await.map_err(refused)?;
        let types: Vec<Type> = statement.columns().iter().map(|column| column.type_().clone()).collect();
        let copy = format!("COPY {name} ({}) FROM STDIN BINARY", given.join(", "));
        let sink = client.copy_in(&copy).await.map_err(refused)?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        loop {
            pending = next(&mut records, source).await?;
            let Some(Record::Row(values)) = &pending else { break };
            if values.len() != types.len() || !values.iter().zip(&types).all(|(v, t)| value::fits(v, t)) {
                return Err(LoadError::Unfitting(format!("a row of {name} does not have its columns")));
            }
            let row: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v: &Value| v as _).collect();
            writer.as_mut().write(&row).await.map_err(refused)?;
        }
        writer.finish().await.map_err(refused)?;
    }
    Ok(())
}

/// The next record; `None` at the end.
async fn next(
    records: &mut std::vec::IntoIter<Record>,
    source: &mut Source,
) -> Result<Option<Record>, LoadError> {
    loop {
        if let Some(record) = records.next() {
            return Ok(Some(record));
        }
        match source.recv().await {
            Some(Part::Records(more)) => *records = more.into_iter(),
            Some(Part::End) => return Ok(None),
            None => return Err(LoadError::Cut),
        }
    }
}

/// Settles what came back.
async fn settled(client: &Client, plan: &Plan) -> Result<(), tokio_postgres::Error> {
    for step in settle(plan.sessions, plan.now).steps() {
        let params: Vec<&(dyn ToSql + Sync)> = step.params.iter().map(|v| v as _).collect();
        client.execute(step.sql, &params).await?;
    }
    Ok(())
}
