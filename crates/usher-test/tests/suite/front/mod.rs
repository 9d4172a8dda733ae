//! The modes beside the plain code flow: tokens by the front channel, their ways back to an application, the password grant, and the
//! page where a password has to be changed.

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

mod hybrid;
mod id_tokens;
mod life;
mod new_password;
mod new_password_walks;
mod password_grant;
mod password_limits;
mod responses;
mod support;
mod switches;
mod web_message;
mod withheld;
