//! Devices (RFC 8628): the endpoint that they ask at, their polls, the pages on which a person answers, guessing, races, and the attack
//! classes that aim at them.

mod authorization;
mod forgery;
mod guessing;
mod mixed_up;
mod pages;
mod polling;
mod races;
mod sessions;
mod steps;
mod support;
