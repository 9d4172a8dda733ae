//! The end-to-end tests: one binary, each test with a server, a database and a clock of its own.

#[macro_use]
extern crate usher_test;

mod access;
mod account;
mod advisor;
mod assertions;
mod backup;
mod browser;
mod code_flow;
mod demo;
mod device;
mod doctor;
mod faults;
mod front;
mod mail;
mod management;
mod many_pools;
mod modes;
mod operate;
mod operation;
mod people;
mod redirects;
mod tokens;
mod upgrades;
