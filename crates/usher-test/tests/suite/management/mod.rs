//! Management: what a command line does to a running server, or to its database while none runs, on both engines.

mod access_keys;
mod applications;
mod audit;
mod audit_attacks;
mod deletion;
mod direct;
mod domains;
mod master_keys;
mod people;
mod pools;
mod secrets;
mod sessions;
mod signing_keys;
mod socket;
mod support;
mod wrong;
