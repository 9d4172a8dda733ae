//! Everything that presents a JWT: client authentication by assertion (RFC 7523 §2.2), the grant jwt-bearer (§2.1), token exchange
//! (RFC 8693), and the attack classes that aim at them: forged tokens, audiences and times, replays, races.

mod client_authentication;
mod exchange_origin;
mod forged;
mod jwt_bearer;
mod permutations;
mod races;
mod support;
mod token_exchange;
