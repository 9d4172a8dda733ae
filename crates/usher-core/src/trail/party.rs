//! Who or what a row of the audit trail is about: a kind and a name, never a name by which people call each other.

use std::fmt;
use usher_types::{GrantId, PoolId, SessionId, TokenId, UserId};

/// Who did something, or what it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// A person.
    User(UserId),
    /// An application.
    Application(String),
    /// A programmatic access account.
    AccessKey(String),
    /// A Unix user at a command line of the server's machine.
    UnixUser(u32),
    /// What the configuration file declares.
    Seed,
    /// Somebody of whom nothing is known but where they are.
    Unknown,
    /// The server itself.
    System,
    /// A signing key.
    Key(String),
    /// A session.
    Session(SessionId),
    /// A grant.
    Grant(GrantId),
    /// An access token without a person.
    Token(TokenId),
    /// A pool.
    Pool(PoolId),
}

impl Party {
    /// The kinds of those who do something, as filters name them.
    pub const ACTORS: &[&str] = &["user", "app", "access_key", "unix", "seed", "unknown", "system"];
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Application(id) => write!(f, "app:{id}"),
            Self::AccessKey(name) => write!(f, "access_key:{name}"),
            Self::UnixUser(number) => write!(f, "unix:{number}"),
            Self::Seed => f.write_str("seed"),
            Self::Unknown => f.write_str("unknown"),
            Self::System => f.write_str("system"),
            Self::Key(kid) => write!(f, "key:{kid}"),
            Self::Session(id) => write!(f, "session:{id}"),
            Self::Grant(id) => write!(f, "grant:{id}"),
            Self::Token(id) => write!(f, "token:{id}"),
            Self::Pool(id) => write!(f, "pool:{id}"),
        }
    }
}
