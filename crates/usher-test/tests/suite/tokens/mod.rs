//! Tokens from birth to death: the code exchange, client authentication, refresh, userinfo, introspection, revocation, the forms and
//! algorithms of tokens, what they cost in statements, what is swept, races, and the attack classes that aim at tokens.

/// Makes of each function of an engine two tests, one for each.
macro_rules! on_both_engines {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name(usher_store::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if usher_testdb::Postgres::or_skip(stringify!($name)).is_some() {
                    super::$name(usher_store::Engine::Postgres).await;
                }
            }
        }
    )*};
}

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
