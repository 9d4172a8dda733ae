//! Tokens from birth to death: the code exchange, client authentication, refresh, userinfo, introspection, revocation, the forms and
//! algorithms of tokens, what they cost in statements, what is swept, races, and the attack classes that aim at tokens.

mod access_tokens;
mod algorithms;
mod attacks;
mod client_authentication;
mod code_exchange;
mod id_tokens;
mod introspection;
mod races;
mod refresh;
mod revocation;
mod statement_counts;
mod support;
mod sweeper;
mod userinfo;
