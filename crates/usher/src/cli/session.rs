//! `usher session`: its arguments, and the command that they come to.

use super::Failure;
use super::options::{InPool, Part, Place};
use clap::{ArgGroup, Args, Subcommand};
use usher_admin as admin;

/// `usher session`.
#[derive(Args)]
pub struct SessionArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// In which pool.
    #[command(flatten)]
    pub pool: InPool,
    /// What.
    #[command(subcommand)]
    pub command: SessionCommand,
}

/// What to do with sessions.
#[derive(Subcommand)]
pub enum SessionCommand {
    /// Show those that go on.
    List {
        /// Only those of this person: a login name, or the id.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Which part.
        #[command(flatten)]
        part: Part,
    },
    /// End one, or all of a person; applications lose what they may do only while the person is there.
    #[command(group(ArgGroup::new("which").required(true).args(["session", "user"])))]
    End {
        /// Its id.
        session: Option<String>,
        /// All of this person: a login name, or the id.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
    },
}

/// The command that is meant.
pub(super) fn read(command: SessionCommand) -> Result<admin::SessionCommand, Failure> {
    Ok(match command {
        SessionCommand::List { user, part } => {
            admin::SessionCommand::List { page: admin::Page { after: part.after, limit: part.limit }, user }
        }
        SessionCommand::End { session: Some(session), .. } => admin::SessionCommand::End { session },
        SessionCommand::End { user: Some(user), .. } => admin::SessionCommand::EndAll { user },
        SessionCommand::End { session: None, user: None } => {
            return Err(Failure::Written("name a session, or somebody by --user".to_owned()));
        }
    })
}
