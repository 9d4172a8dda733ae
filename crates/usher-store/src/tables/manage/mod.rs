//! Statements of management alone: pages of lists, rows by their names, deletion in steps. What requests and declarations need too
//! stands with its table.

pub(super) mod access_key;
pub(super) mod client;
pub(super) mod erase;
pub(super) mod pool;
pub(super) mod user;
