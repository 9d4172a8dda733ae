//! Everything that can be written on the command line.

mod people;

pub(super) use people::{UserArguments, UserCommand};

use super::advise::AdviseArguments;
use super::audit::AuditArguments;
use super::backup::{BackupArguments, RestoreArguments};
use super::doctor::DoctorArguments;
use super::master_key::MasterKeyArguments;
use super::migrate::MigrateArguments;
use super::options::{Changes, InPool, Part, Place, Yes};
use super::session::SessionArguments;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// An open identity platform: sign-in and tokens for applications.
#[derive(Parser)]
#[command(name = "usher", version, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Start a server from a configuration file.
    Serve {
        /// The configuration file.
        #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
        config: PathBuf,
    },
    /// Check everything that a server would start with, touching nothing, and show what is set and where.
    CheckConfig {
        /// The configuration file.
        #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
        config: PathBuf,
    },
    /// Ask the server of a configuration whether it runs; status 0 means yes.
    Health {
        /// The configuration file.
        #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
        config: PathBuf,
        /// Ask whether it can answer requests, too.
        #[arg(long)]
        ready: bool,
    },
    /// Show everything at once: a server, people, applications and a relying party, nothing to configure.
    Demo {
        /// The server's port; the relying party takes the next one. By default 8100, or free ones where it is taken.
        #[arg(long)]
        port: Option<u16>,
    },
    /// Advise which sign-in mode an application should use.
    Advise(AdviseArguments),
    /// Manage pools of people and applications.
    Pool(PoolArguments),
    /// Manage applications.
    App(AppArguments),
    /// Manage access keys: programmatic access accounts of applications.
    AccessKey(AccessKeyArguments),
    /// Manage people.
    User(UserArguments),
    /// Manage signing keys.
    Key(KeyArguments),
    /// Read and check the audit trail.
    Audit(AuditArguments),
    /// Manage the master keys, which seal what must be read again.
    MasterKey(MasterKeyArguments),
    /// Look after the sending of mails.
    Mail(MailArguments),
    /// Manage people's sessions in browsers.
    Session(SessionArguments),
    /// Write everything that the database holds to a sealed file, while a server runs or not.
    Backup(BackupArguments),
    /// Make the database anew from a backup, in an empty place.
    Restore(RestoreArguments),
    /// Bring the database's schema up to date.
    Migrate(MigrateArguments),
    /// Say what is wrong with this installation, and what mends it.
    Doctor(DoctorArguments),
    /// Print a shell's completions, to be read by that shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// `usher mail`.
#[derive(Args)]
pub struct MailArguments {
    /// The configuration file.
    #[arg(long, global = true, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
    pub config: PathBuf,
    /// What.
    #[command(subcommand)]
    pub command: MailCommand,
}

/// What to do about mails.
#[derive(Subcommand)]
pub enum MailCommand {
    /// Send a mail at once by the mail server of [mail], and show what that one answers.
    Test {
        /// The address to send it to.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
    },
}

/// `usher pool`.
#[derive(Args)]
pub struct PoolArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What.
    #[command(subcommand)]
    pub command: PoolCommand,
}

/// What to do with pools.
#[derive(Subcommand)]
pub enum PoolCommand {
    /// Make a pool; the first one lives at the public URL itself, others at /NAME or at a domain of their own.
    Create {
        /// Its name: a-z, 0-9 and hyphens.
        name: String,
        /// The domain that it is to live at, such as login.staff.example.
        #[arg(long, value_name = "HOST")]
        domain: Option<String>,
        /// Its settings.
        #[arg(value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
    /// Show all.
    List(Part),
    /// Show one.
    Show {
        /// Its name; the first pool by default.
        name: Option<String>,
    },
    /// Change one.
    Set {
        /// Its name.
        name: String,
        /// Let it live at this domain: its issuer changes, and its tokens end.
        #[arg(long, value_name = "HOST", conflicts_with = "no_domain")]
        domain: Option<String>,
        /// Let it live below the public URL again: its issuer changes, and its tokens end.
        #[arg(long)]
        no_domain: bool,
        /// What changes: NAME=VALUE sets, NAME= goes back to the default.
        #[arg(value_name = "NAME=VALUE", required_unless_present_any = ["domain", "no_domain"])]
        changes: Vec<String>,
        /// Only if it still has this version, as `show` says it.
        #[arg(long, value_name = "VERSION")]
        if_version: Option<i64>,
    },
    /// Delete one that is not the first, with everything in it.
    Delete {
        /// Its name.
        name: String,
        /// Whether it is meant.
        #[command(flatten)]
        yes: Yes,
    },
    /// Show what can be set of a pool.
    Settings,
}

/// `usher app`.
#[derive(Args)]
pub struct AppArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// In which pool.
    #[command(flatten)]
    pub pool: InPool,
    /// What.
    #[command(subcommand)]
    pub command: AppCommand,
}

/// What to do with applications.
#[derive(Subcommand)]
pub enum AppCommand {
    /// Make an application; where it needs a secret, one is drawn and shown once.
    Create {
        /// Its client identifier.
        client_id: String,
        /// Its settings.
        #[arg(value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
    /// Show all.
    List(Part),
    /// Show one.
    Show {
        /// Its client identifier.
        client_id: String,
    },
    /// Change one.
    Set {
        /// Its client identifier.
        client_id: String,
        /// What changes.
        #[command(flatten)]
        changes: Changes,
    },
    /// Draw a new secret, shown once.
    RotateSecret {
        /// Its client identifier.
        client_id: String,
        /// How long the secret before is accepted too, such as 24h; by default not at all.
        #[arg(long, default_value = "0", value_name = "TIME")]
        overlap: String,
    },
    /// Delete one, with everything that it was given.
    Delete {
        /// Its client identifier.
        client_id: String,
        /// Whether it is meant.
        #[command(flatten)]
        yes: Yes,
    },
    /// Show what can be set of an application.
    Settings,
}

/// `usher access-key`.
#[derive(Args)]
pub struct AccessKeyArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// In which pool.
    #[command(flatten)]
    pub pool: InPool,
    /// What.
    #[command(subcommand)]
    pub command: AccessKeyCommand,
}

/// What to do with access keys.
#[derive(Subcommand)]
pub enum AccessKeyCommand {
    /// Make an access key with a secret key, which is shown once.
    Create {
        /// The application that it belongs to.
        #[arg(long, value_name = "CLIENT_ID")]
        app: String,
        /// Its settings; label says what it is for.
        #[arg(value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
    /// Show all.
    List {
        /// Only those of this application.
        #[arg(long, value_name = "CLIENT_ID")]
        app: Option<String>,
        /// Which part.
        #[command(flatten)]
        part: Part,
    },
    /// Show one.
    Show {
        /// The access key.
        access_key: String,
    },
    /// Change one.
    Set {
        /// The access key.
        access_key: String,
        /// What changes.
        #[command(flatten)]
        changes: Changes,
    },
    /// Draw a new secret key, shown once.
    Rotate {
        /// The access key.
        access_key: String,
        /// How long the secret key before is accepted too, such as 24h; by default not at all.
        #[arg(long, default_value = "0", value_name = "TIME")]
        overlap: String,
    },
    /// Delete one.
    Delete {
        /// The access key.
        access_key: String,
        /// Whether it is meant.
        #[command(flatten)]
        yes: Yes,
    },
    /// Show what can be set of an access key.
    Settings,
}

/// `usher key`.
#[derive(Args)]
pub struct KeyArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// In which pool.
    #[command(flatten)]
    pub pool: InPool,
    /// What.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// What to do with signing keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make the next key now rather than when it is due; it is published, and signs a day later.
    Rotate {
        /// The algorithm: RS256, which is the default, PS256, ES256, EdDSA or Ed25519.
        #[arg(long, value_name = "ALGORITHM")]
        alg: Option<String>,
        /// Let it sign at once, without waiting until everybody has read the key set again.
        #[arg(long)]
        now: bool,
    },
    /// Show all.
    List,
    /// Show one.
    Show {
        /// Its identifier.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Delete one that does not sign; tokens that it signed cannot be verified any more.
    Delete {
        /// Its identifier.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Whether it is meant.
        #[command(flatten)]
        yes: Yes,
    },
}
