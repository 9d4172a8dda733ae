//! The program: configuration, router, listeners, command line.

pub mod check;
pub mod chores;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod exposure;
pub mod installation;
pub mod listener;
pub mod logging;
pub mod mail;
pub mod management;
pub mod master_key;
pub mod metrics;
mod notify;
pub mod operations;
pub mod output;
pub mod peer;
pub mod router;
pub mod serve;
pub mod signals;
mod spell;
pub mod storage_folder;
pub mod system;
pub mod tls;
pub mod world;
