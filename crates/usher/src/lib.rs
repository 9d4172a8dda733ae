//! The program: configuration, router, listeners, command line.

pub mod config;
pub mod demo;
pub mod listener;
pub mod logging;
pub mod router;
pub mod serve;
pub mod world;
