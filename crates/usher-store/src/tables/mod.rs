//! The tables: each file holds the statements of one table, or of one hot read, and the typed rows they give.
//! Reads are functions on the store; writes add steps to a batch. What the rows mean is decided above, in usher-core.

mod access_key;
mod access_token;
mod account;
mod asserted;
mod audit;
mod audit_seal;
mod authorize;
mod client;
mod consent;
mod data_key;
mod denied_token;
mod device;
mod domain;
pub(crate) mod examined;
mod exchange;
mod grant;
mod inspect;
mod known_device;
mod lease;
mod manage;
mod outbox;
mod pool;
mod probe;
mod refusal;
pub(crate) mod restored;
mod sealed;
mod session;
mod signing_key;
mod snapshot;
mod sweep;
mod throttle;
mod ticket;
mod user;

pub use access_key::{AccessKeyAccount, AccessKeyRow, AccessKeySecrets, Credentials, NewAccessKey};
pub use access_token::{Holder, NewAccessToken};
pub use account::{AccessRow, AllowedRow, OwnSessionRow, Part, SessionRecord};
pub use asserted::{AssertedPerson, AssertedRead, IdTokenNames, IdTokenRead, Named};
pub use audit::{AuditAbout, AuditEvent, AuditPage, AuditRow, Told};
pub use audit_seal::{Numbered, Seal, Unsealed, Waiting};
pub use authorize::{AuthorizeRow, BrowserNow, Presence};
pub use client::{ClientRow, ClientSecrets, ClientState, Logo};
pub use data_key::DataKeyRow;
pub use device::UserCodeRead;
pub use examined::PoolCount;
pub use exchange::{CodeRead, RefreshRead};
pub use grant::{GrantRow, NewGrant};
pub use inspect::{AccountState, AccountToken, Demand, Inspected, KeyState, OpaqueRead, Origin, TokenRead};
pub use known_device::{Acquaintance, GuessingState, SeenDevice};
pub use manage::client::ClientRecord;
pub use manage::pool::PoolRecord;
pub use manage::user::UserRecord;
pub use outbox::{NewOutboxRow, OutboxRow, RANK_OF_SIGN_UPS, Ranks};
pub use pool::PoolRow;
pub use refusal::{PoolWithRefusals, Refusal, RefusalSum, WaitingSums};
pub use sealed::{SEALED, SealedColumn, SealedValue};
pub use session::{NewSession, SessionRow};
pub use signing_key::KeyRow;
pub use snapshot::{PoolState, StoredClient};
pub use sweep::{SWEEPABLE, Sweepable, Swept};
pub use throttle::Throttle;
pub use ticket::{NewTicket, TicketRow, kind};
pub use user::{Declaration, LoginKeys, LoginRow, UserRow};

/// Declares statements as constants and lists them, so that a test can prepare every one of them on both engines.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* const $name: &str = $text;)*
        pub(in crate::tables) const STATEMENTS: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

/// Every statement that the tables use, file by file.
pub const ALL: &[&[&str]] = &[
    access_key::STATEMENTS,
    access_token::STATEMENTS,
    account::STATEMENTS,
    asserted::STATEMENTS,
    audit::STATEMENTS,
    audit_seal::STATEMENTS,
    authorize::STATEMENTS,
    client::STATEMENTS,
    consent::STATEMENTS,
    data_key::STATEMENTS,
    denied_token::STATEMENTS,
    device::STATEMENTS,
    domain::STATEMENTS,
    examined::STATEMENTS,
    exchange::STATEMENTS,
    grant::STATEMENTS,
    inspect::STATEMENTS,
    known_device::STATEMENTS,
    lease::STATEMENTS,
    manage::access_key::STATEMENTS,
    manage::client::STATEMENTS,
    manage::erase::STATEMENTS,
    manage::pool::STATEMENTS,
    manage::user::STATEMENTS,
    outbox::STATEMENTS,
    pool::STATEMENTS,
    probe::STATEMENTS,
    refusal::STATEMENTS,
    restored::STATEMENTS,
    sealed::STATEMENTS,
    session::STATEMENTS,
    signing_key::STATEMENTS,
    snapshot::STATEMENTS,
    sweep::STATEMENTS,
    throttle::STATEMENTS,
    ticket::STATEMENTS,
    user::STATEMENTS,
];

/// Writers of the tables, one namespace each: `write::grant::revoke(&mut batch, …)`.
pub mod write {
    pub use super::access_key::write as access_key;
    pub use super::access_token::write as access_token;
    pub use super::account::write as account;
    pub use super::audit::write as audit;
    pub use super::audit_seal::write as audit_seal;
    pub use super::client::write as client;
    pub use super::consent::write as consent;
    pub use super::data_key::write as data_key;
    pub use super::denied_token::write as denied_token;
    pub use super::device::write as device;
    pub use super::domain::write as domain;
    pub use super::grant::write as grant;
    pub use super::known_device::write as known_device;
    pub use super::lease::write as lease;
    pub use super::outbox::write as outbox;
    pub use super::pool::write as pool;
    pub use super::refusal::write as refusal;
    pub use super::sealed::write as sealed;
    pub use super::session::write as session;
    pub use super::signing_key::write as signing_key;
    pub use super::throttle::write as throttle;
    pub use super::ticket::write as ticket;
    pub use super::user::write as user;

    /// What only management writes.
    pub mod manage {
        pub use crate::tables::manage::access_key::write as access_key;
        pub use crate::tables::manage::client::write as client;
        pub use crate::tables::manage::pool::write as pool;
        pub use crate::tables::manage::user::write as user;
    }
}
