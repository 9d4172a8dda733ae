//! The pages of a person's own account: whose it is, sessions, applications, password, profile. Tests of attack classes stand in modules
//! named after the class.

mod address;
mod applications;
mod costs;
mod missing_authorization;
mod missing_step_up;
mod password;
mod profile;
mod races;
mod sessions;
mod support;
mod visits;
