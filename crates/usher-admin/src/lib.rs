//! The administrator's door: typed commands about pools, applications, access keys, people and signing keys, and one [`execute`] that
//! carries them out, the same whether a running server does it or a command line with the database in its own hands.
//!
//! Each change is one guarded batch with its row of the audit trail. Who may ask is decided where the command comes in: by the
//! permissions of a socket or of the database. How a command is written and an outcome shown is the command line's affair.

mod access_key;
mod application;
mod assignment;
mod audit;
mod change;
mod command;
mod error;
mod key;
mod link;
mod master_key;
mod outcome;
mod page;
mod pool;
mod session;
pub mod setting;
mod user;
mod work;

pub use access_key::AccessKeyCommand;
pub use application::{ApplicationCommand, Picture};
pub use assignment::{Assignment, AssignmentError, Operation};
pub use audit::{AuditCommand, Only, Time};
pub use change::{Action, Change, read_change, read_seconds};
pub use command::{Command, Order, execute};
pub use error::AdminError;
pub use key::{Begin, KeyCommand};
pub use master_key::MasterKeyCommand;
pub use outcome::{
    AccessKeyView, ApplicationView, AuditReportView, AuditRowView, BrokenView, Deleted, KeyView,
    MasterKeyView, Outcome, PoolView, RefusalView, SessionView, Shown, UserView,
};
pub use page::Page;
pub use pool::{Move, PoolCommand};
pub use session::SessionCommand;
pub use user::{FirstPassword, UserCommand};
pub use work::{Admin, Operator};
