//! The program: configuration, router, listeners, command line.

pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod listener;
pub mod logging;
pub mod management;
pub mod master_key;
pub mod peer;
pub mod router;
pub mod serve;
pub mod world;
