//! Mails and the links in them: the queue, the mail server, passwords that people choose by a link. Tests of attack classes stand in
//! modules named after the class.

mod action_token_replay;
mod enumeration;
mod first_password;
mod flooding;
mod outbox;
mod reset;
mod sign_up;
mod smtp;
mod step_machine_skipped;
mod support;
mod tls_verification;
mod verify;

pub(crate) use support::link;
