//! Devices (RFC 8628): the endpoint that they ask at, their polls, the pages on which a person answers, guessing, races, and the attack
//! classes that aim at them.

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
