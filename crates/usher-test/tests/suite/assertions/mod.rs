//! Everything that presents a JWT: client authentication by assertion (RFC 7523 §2.2), the grant jwt-bearer (§2.1), token exchange
//! (RFC 8693), and the attack classes that aim at them: forged tokens, audiences and times, replays, races.

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

mod client_authentication;
mod exchange_origin;
mod forged;
mod jwt_bearer;
mod permutations;
mod races;
mod support;
mod token_exchange;
