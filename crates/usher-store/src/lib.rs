//! Storage: one SQL dialect, two thin drivers (SQLite embedded, PostgreSQL for several nodes).
//!
//! Reads are plain statements by key; every write is one guarded [`Batch`], all of it or nothing. This crate owns the
//! dialect, the drivers, the migrations and the [`tables`]; what the rows mean is decided above, in usher-core.

pub mod backup;
mod batch;
mod dialect;
mod examination;
mod fault;
mod meter;
mod migration;
mod place;
mod postgres;
mod row;
mod sqlite;
mod store;
pub mod tables;
mod value;

pub use batch::{Applied, Batch};
pub use examination::{Examination, Setting};
pub use fault::{Fault, OpenError};
pub use meter::{FaultKind, Meter};
pub use migration::{MIGRATIONS, Migration, SchemaState};
pub use place::{Options, Place, PostgresOptions, SqliteOptions};
pub use postgres::check_address;
pub use row::Row;
pub use store::{Counts, Engine, Store};
pub use value::{FromValue, Value};
