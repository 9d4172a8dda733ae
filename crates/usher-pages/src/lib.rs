//! The pages that people see: what they show ([`render`]) and what their forms do ([`handler`]).

pub mod handler;
pub mod render;
