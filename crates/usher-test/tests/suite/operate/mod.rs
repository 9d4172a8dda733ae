//! What operators see of a server: its health, its numbers, its log, and that proxies are believed about one thing only.

mod health;
mod log;
mod numbers;
mod proxies;
