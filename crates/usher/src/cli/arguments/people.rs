//! What can be written about people.

use crate::cli::options::{Changes, InPool, Part, PasswordSource, Place, Yes};
use clap::{Args, Subcommand};

/// `usher user`.
#[derive(Args)]
pub struct UserArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// In which pool.
    #[command(flatten)]
    pub pool: InPool,
    /// What.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What to do with people.
#[derive(Subcommand)]
pub enum UserCommand {
    /// Make an account; without a password the person cannot sign in by one.
    Create {
        /// The user name.
        username: String,
        /// The person's claims and settings.
        #[arg(value_name = "NAME=VALUE")]
        changes: Vec<String>,
        /// The first password.
        #[command(flatten)]
        password: PasswordSource,
        /// Make a link, shown once, by which the person chooses the first password.
        #[arg(long, conflicts_with_all = ["password", "generate"])]
        link: bool,
    },
    /// Make a link, shown once, by which a person chooses a password; it works once, for a day.
    Link {
        /// A login name, or the id.
        user: String,
    },
    /// Send somebody a mail by which they verify their email address.
    VerifyEmail {
        /// A login name, or the id.
        user: String,
    },
    /// Show everybody.
    List {
        /// Only people with a login name that begins so.
        #[arg(long, value_name = "NAME")]
        find: Option<String>,
        /// Which part.
        #[command(flatten)]
        part: Part,
    },
    /// Show one person.
    Show {
        /// A login name, or the id.
        user: String,
    },
    /// Change one person.
    Set {
        /// A login name, or the id.
        user: String,
        /// What changes.
        #[command(flatten)]
        changes: Changes,
    },
    /// Give somebody another password, which ends their sessions and grants.
    SetPassword {
        /// A login name, or the id.
        user: String,
        /// The password; asked for on a terminal where it is not said.
        #[command(flatten)]
        password: PasswordSource,
        /// The person must choose another one at the next sign-in.
        #[arg(long)]
        must_change: bool,
    },
    /// Forget the wrong passwords that were tried for somebody, so that they may sign in from anywhere again.
    Unlock {
        /// A login name, or the id.
        user: String,
    },
    /// Delete an account, which ends its sessions and grants.
    Delete {
        /// A login name, or the id.
        user: String,
        /// Whether it is meant.
        #[command(flatten)]
        yes: Yes,
    },
    /// Show what can be set of a person.
    Settings,
}
