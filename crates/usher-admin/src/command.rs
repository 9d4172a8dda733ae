//! Commands as they travel, JSON that is strict in every name, and who carries each out.

use crate::access_key::{self, AccessKeyCommand};
use crate::application::{self, ApplicationCommand};
use crate::audit::{self, AuditCommand};
use crate::error::AdminError;
use crate::key::{self, KeyCommand};
use crate::master_key::{self, MasterKeyCommand};
use crate::outcome::Outcome;
use crate::pool::{self, PoolCommand};
use crate::session::{self, SessionCommand};
use crate::user::{self, UserCommand};
use crate::work::{Admin, Operator, Work};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_store::Fault;

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
    /// About the audit trail.
    Audit(AuditCommand),
    /// About the master keys, which belong to no pool.
    MasterKey(MasterKeyCommand),
    /// About people's sessions.
    Session(SessionCommand),
}

impl Command {
    /// Whether it goes on for as long as there is something to delete, to check, or to seal anew.
    pub const fn goes_in_steps(&self) -> bool {
        matches!(
            self,
            Self::Pool(PoolCommand::Delete { .. })
                | Self::App(ApplicationCommand::Delete { .. })
                | Self::Audit(AuditCommand::Verify { .. })
                | Self::MasterKey(MasterKeyCommand::Reseal)
        )
    }

    /// Whether it makes an installation where there is none; what is wrong with it by itself is told before anything is made.
    pub fn may_be_the_first(&self) -> Result<bool, AdminError> {
        match self {
            Self::Pool(PoolCommand::Create { name, domain: None, changes }) => {
                pool::new_settings(name, changes).map(|_| true)
            }
            _ => Ok(false),
        }
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
            Self::User(UserCommand::Unlock { .. }) => "user unlock",
            Self::User(UserCommand::Link { .. }) => "user link",
            Self::User(UserCommand::VerifyEmail { .. }) => "user verify-email",
            Self::User(UserCommand::Delete { .. }) => "user delete",
            Self::Key(KeyCommand::Rotate { .. }) => "key rotate",
            Self::Key(KeyCommand::List) => "key list",
            Self::Key(KeyCommand::Show { .. }) => "key show",
            Self::Key(KeyCommand::Delete { .. }) => "key delete",
            Self::Audit(AuditCommand::List { .. }) => "audit list",
            Self::Audit(AuditCommand::Refusals { .. }) => "audit refusals",
            Self::Audit(AuditCommand::Verify { .. }) => "audit verify",
            Self::Audit(AuditCommand::Checkpoint) => "audit checkpoint",
            Self::MasterKey(MasterKeyCommand::Status) => "master-key status",
            Self::MasterKey(MasterKeyCommand::Reseal) => "master-key rotate",
            Self::Session(SessionCommand::List { .. }) => "session list",
            Self::Session(SessionCommand::End { .. } | SessionCommand::EndAll { .. }) => "session end",
        }
    }
}

/// Carries out a command.
pub async fn execute(admin: &Admin<'_>, order: Order, operator: Operator) -> Result<Outcome, AdminError> {
    refuse_nul(&serde_json::to_value(&order).map_err(|e| Fault::bug(&e.to_string()))?)?;
    let work = Work::new(admin, operator);
    let named = order.pool;
    match order.command {
        Command::Pool(command) if named.is_none() => pool::execute(&work, command).await,
        Command::Pool(_) => Err(AdminError::Wrong("a command about pools is about no other pool".to_owned())),
        Command::MasterKey(command) if named.is_none() => master_key::execute(&work, command).await,
        Command::MasterKey(_) => Err(AdminError::Wrong("the master keys belong to no pool".to_owned())),
        Command::App(command) => application::execute(&work, &work.pool(named).await?, command).await,
        Command::AccessKey(command) => access_key::execute(&work, &work.pool(named).await?, command).await,
        Command::User(command) => user::execute(&work, &work.pool(named).await?, command).await,
        Command::Key(command) => key::execute(&work, &work.pool(named).await?, command).await,
        Command::Audit(command) => audit::execute(&work, named, command).await,
        Command::Session(command) => session::execute(&work, &work.pool(named).await?, command).await,
    }
}

/// Neither database takes U+0000 in a text, so that none comes in, wherever in a command it stands.
fn refuse_nul(value: &Value) -> Result<(), AdminError> {
    let holds = match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => return values.iter().try_for_each(refuse_nul),
        Value::Object(members) => {
            members.values().try_for_each(refuse_nul)?;
            members.keys().any(|name| name.contains('\0'))
        }
        _ => false,
    };
    match holds {
        true => Err(AdminError::Wrong("the character U+0000 is not allowed".to_owned())),
        false => Ok(()),
    }
}
