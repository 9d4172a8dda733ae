//! Management: what a command line does to a running server, or to its database while none runs, on both engines.

/// Every test of the list on both engines.
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

mod access_keys;
mod applications;
mod deletion;
mod direct;
mod people;
mod pools;
mod secrets;
mod signing_keys;
mod socket;
mod support;
mod wrong;
