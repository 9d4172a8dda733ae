//! Programmatic access: the grant client_credentials by access keys and by applications themselves, from declaration to the end of its
//! tokens; on both engines where the database decides.

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

mod callers;
mod costs;
mod declarations;
mod life;
mod races;
mod scopes;
mod support;
mod tokens;
