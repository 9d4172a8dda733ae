//! The ports that native applications have open (RFC 8252 §7.3), and how many there may be. Who listens there, and what is answered,
//! is left to [`crate::native`].

use crate::wire::AbortOnDrop;
use std::collections::VecDeque;
use tokio::task::JoinHandle;

/// Listeners that are open at once; the oldest closes when one more opens.
const LISTENERS: usize = 16;

/// The listeners that wait for their answers, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Listeners(VecDeque<AbortOnDrop>);

impl Listeners {
    /// Keeps a task that owns a listener; it ends at the latest with the demo.
    pub(crate) fn insert(&mut self, listener: JoinHandle<()>) {
        self.0.retain(|listener| !listener.0.is_finished());
        if self.0.len() == LISTENERS {
            self.0.pop_front();
        }
        self.0.push_back(AbortOnDrop(listener));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::net::{TcpListener, TcpStream};

    /// A task that owns a listener until it is aborted; gives its port.
    async fn open() -> (u16, JoinHandle<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let waiting = tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(listener);
        });
        (port, waiting)
    }

    async fn is_open(port: u16) -> bool {
        // An aborted task lets go of its port when it is next looked at.
        tokio::task::yield_now().await;
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
    }

    #[tokio::test]
    async fn the_oldest_port_closes_when_there_are_too_many() {
        let mut listeners = Listeners::default();
        let mut ports = Vec::new();
        for _ in 0..LISTENERS {
            let (port, waiting) = open().await;
            listeners.insert(waiting);
            ports.push(port);
        }
        assert!(is_open(ports[0]).await);
        listeners.insert(open().await.1);
        assert!(!is_open(ports[0]).await);
        assert!(is_open(ports[1]).await);
    }

    #[tokio::test]
    async fn a_port_that_has_its_answer_takes_no_place() {
        let mut listeners = Listeners::default();
        let (port, waiting) = open().await;
        listeners.insert(waiting);
        for _ in 1..=LISTENERS {
            let mut answered = tokio::spawn(async {});
            (&mut answered).await.unwrap();
            listeners.insert(answered);
        }
        assert!(is_open(port).await);
    }
}
