//! The audit trail on a database of its own: sealing beside writers and other sealers, every way to tamper with it, and what is kept.

/// Makes of each function of a bench two tests, one for each engine.
#[cfg(test)]
macro_rules! on_both_engines {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name(crate::support::Bench::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if let Some(server) = usher_testdb::Postgres::or_skip(stringify!($name)) {
                    super::$name(crate::support::Bench::postgres(server).await).await;
                }
            }
        }
    )*};
}

#[cfg(test)]
mod kept;
#[cfg(test)]
mod sealing;
#[cfg(test)]
mod sums;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tampering;
