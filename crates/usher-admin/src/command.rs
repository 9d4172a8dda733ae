//! Commands as they travel: JSON, strict in every name.

use crate::access_key::AccessKeyCommand;
use crate::application::ApplicationCommand;
use crate::key::KeyCommand;
use crate::pool::PoolCommand;
use crate::user::UserCommand;
use serde::{Deserialize, Serialize};

/// A command and the pool that it is about.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The pool's name; the first pool where none is named.
    pub pool: Option<String>,
    /// What to do.
    pub command: Command,
}

/// What an administrator asks for.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// About pools themselves.
    Pool(PoolCommand),
    /// About applications.
    App(ApplicationCommand),
    /// About programmatic access accounts.
    AccessKey(AccessKeyCommand),
    /// About people.
    User(UserCommand),
    /// About signing keys.
    Key(KeyCommand),
}

/// A part of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What the page before this one said is next; nothing for the first page.
    pub after: Option<String>,
    /// The most entries.
    pub limit: u32,
}

impl Command {
    /// Whether it goes on for as long as there is something to delete.
    pub const fn goes_in_steps(&self) -> bool {
        matches!(self, Self::Pool(PoolCommand::Delete { .. }) | Self::App(ApplicationCommand::Delete { .. }))
    }

    /// What it is, in the words of the command line: for logs, which hold no value of it.
    pub const fn in_words(&self) -> &'static str {
        match self {
            Self::Pool(PoolCommand::Create { .. }) => "pool create",
            Self::Pool(PoolCommand::List(_)) => "pool list",
            Self::Pool(PoolCommand::Show { .. }) => "pool show",
            Self::Pool(PoolCommand::Set { .. }) => "pool set",
            Self::Pool(PoolCommand::Delete { .. }) => "pool delete",
            Self::App(ApplicationCommand::Create { .. }) => "app create",
            Self::App(ApplicationCommand::List(_)) => "app list",
            Self::App(ApplicationCommand::Show { .. }) => "app show",
            Self::App(ApplicationCommand::Set { .. }) => "app set",
            Self::App(ApplicationCommand::RotateSecret { .. }) => "app rotate-secret",
            Self::App(ApplicationCommand::Delete { .. }) => "app delete",
            Self::AccessKey(AccessKeyCommand::Create { .. }) => "access-key create",
            Self::AccessKey(AccessKeyCommand::List { .. }) => "access-key list",
            Self::AccessKey(AccessKeyCommand::Show { .. }) => "access-key show",
            Self::AccessKey(AccessKeyCommand::Set { .. }) => "access-key set",
            Self::AccessKey(AccessKeyCommand::Rotate { .. }) => "access-key rotate",
            Self::AccessKey(AccessKeyCommand::Delete { .. }) => "access-key delete",
            Self::User(UserCommand::Create { .. }) => "user create",
            Self::User(UserCommand::List { .. }) => "user list",
            Self::User(UserCommand::Show { .. }) => "user show",
            Self::User(UserCommand::Set { .. }) => "user set",
            Self::User(UserCommand::SetPassword { .. }) => "user set-password",
            Self::User(UserCommand::Delete { .. }) => "user delete",
            Self::Key(KeyCommand::Create { .. }) => "key create",
            Self::Key(KeyCommand::List) => "key list",
            Self::Key(KeyCommand::Show { .. }) => "key show",
            Self::Key(KeyCommand::Sign { .. }) => "key set",
            Self::Key(KeyCommand::Delete { .. }) => "key delete",
        }
    }
}
