//! Throwaway.
use usher_demo::{Demo, Person, PublicClient, WebClient};
fn main() -> std::io::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:18481").await?;
        let p = |u: &str, n: &str, note: &str| Person {
            username: u.into(),
            name: n.into(),
            password: format!("{u} likes green tea"),
            note: note.into(),
        };
        let demo = Demo {
            issuer: "http://localhost:18480/oidc".into(),
            base: "http://127.0.0.1:18481".into(),
            web: WebClient {
                client_id: "demo-web".into(),
                client_secret: "demo-secret-demo-secret-demo-secret-00".into(),
            },
            spa: PublicClient { client_id: "demo-spa".into() },
            native: PublicClient { client_id: "demo-native".into() },
            people: vec![
                p("alice", "Alice Example", "Has a full profile: address, telephone, picture."),
                p("bob", "Bob Beispiel", "Has only a name and an address that was never verified."),
                p("陈小明", "陈小明", "Reads Chinese."),
            ],
        };
        usher_demo::serve(listener, demo, std::future::pending()).await
    })
}
