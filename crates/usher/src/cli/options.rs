//! What several commands can be told: where, which pool, which part of a list, what changes, whether it is meant.

use clap::Args;
use std::path::PathBuf;

/// Where the installation is, and how to answer.
#[derive(Args, Clone)]
pub struct Place {
    /// The configuration file of the server, running or not.
    #[arg(long, global = true, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
    pub config: PathBuf,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

/// Which pool.
#[derive(Args, Clone)]
pub struct InPool {
    /// The pool; the first one by default.
    #[arg(long, global = true, value_name = "NAME")]
    pub pool: Option<String>,
}

/// Which part of a list.
#[derive(Args, Clone)]
pub struct Part {
    /// The most entries to show.
    #[arg(long, default_value_t = 100)]
    pub limit: u32,
    /// Go on after this entry, which the page before said.
    #[arg(long, value_name = "ENTRY")]
    pub after: Option<String>,
}

/// Settings to be changed.
#[derive(Args, Clone)]
pub struct Changes {
    /// What changes: NAME=VALUE sets, NAME+=VALUE adds to a list, NAME-=VALUE takes away, NAME= goes back to the default.
    #[arg(value_name = "NAME=VALUE", required = true)]
    pub changes: Vec<String>,
    /// Only if it still has this version, as `show` says it.
    #[arg(long, value_name = "VERSION")]
    pub if_version: Option<i64>,
}

/// A consent to something that cannot be undone.
#[derive(Args, Clone)]
pub struct Yes {
    /// Do not ask whether it is meant.
    #[arg(long)]
    pub yes: bool,
}

/// Where a password comes from.
#[derive(Args, Clone)]
pub struct PasswordSource {
    /// Take the password from a file, @FILE, or from standard input, -.
    #[arg(long, value_name = "@FILE|-", conflicts_with = "generate")]
    pub password: Option<String>,
    /// Draw a password and show it once.
    #[arg(long)]
    pub generate: bool,
}
