//! Places for connections: so many in all, and so many for one network, so that one host cannot take them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use usher_core::TrustedProxies;
use usher_core::request::Peer;
use usher_types::limits;

/// The places of a listener.
pub(super) struct Places {
    all: Arc<Semaphore>,
    shares: Arc<Shares>,
}

struct Shares {
    taken: Mutex<HashMap<String, usize>>,
    trusted: TrustedProxies,
    /// Places of one network.
    share: usize,
}

/// A place among all.
pub(super) struct AnyPlace {
    permit: OwnedSemaphorePermit,
    shares: Arc<Shares>,
}

/// A place of a network; free again when it is dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    shares: Arc<Shares>,
    network: Option<String>,
}

impl Places {
    /// All places free. Trusted proxies speak for many networks and have no share.
    pub(super) fn new(trusted: TrustedProxies) -> Self {
        Self::with(trusted, most_connections())
    }

    fn with(trusted: TrustedProxies, all: usize) -> Self {
        let share = limits::CONNECTIONS_BY_NETWORK.min(all / 10).max(1);
        let shares = Arc::new(Shares { taken: Mutex::default(), trusted, share });
        Self { all: Arc::new(Semaphore::new(all)), shares }
    }

    /// Waits for a place.
    pub(super) async fn any(&self) -> Option<AnyPlace> {
        let permit = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(AnyPlace { permit, shares: Arc::clone(&self.shares) })
    }
}

impl AnyPlace {
    /// The place as one of a network's share, if that is not used up.
    pub(super) fn of_network(self, peer: IpAddr) -> Option<Place> {
        if self.shares.trusted.contain(peer) {
            return Some(Place { _permit: self.permit, shares: self.shares, network: None });
        }
        let network = Peer(peer).network();
        let mut taken = self.shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(network.clone()).or_insert(0);
        if *count >= self.shares.share {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Place { _permit: self.permit, shares: self.shares, network: Some(network) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(network) = &self.network else { return };
        let mut taken = self.shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                taken.remove(network);
            }
        }
    }
}

/// File descriptors that are kept for the database and the rest.
const KEPT: u64 = 64;

/// As many connections as the table says, or as there are file descriptors for. What the system allows more for the asking is asked for.
fn most_connections() -> usize {
    let wanted = u64::try_from(limits::CONNECTIONS).unwrap_or(u64::MAX) + KEPT;
    let descriptors = rlimit::increase_nofile_limit(wanted).unwrap_or(1024);
    let most = usize::try_from(descriptors.saturating_sub(KEPT)).unwrap_or(limits::CONNECTIONS);
    if most < limits::CONNECTIONS {
        tracing::warn!(
            descriptors,
            connections = most,
            "the limit of open files (ulimit -n) bounds the connections"
        );
    }
    most.clamp(16, limits::CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_network_has_a_share_and_gets_it_back() {
        let places = Places::with(TrustedProxies(vec!["192.0.2.1/32".parse().unwrap()]), limits::CONNECTIONS);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut held = Vec::new();
        for _ in 0..limits::CONNECTIONS_BY_NETWORK {
            held.push(places.any().await.unwrap().of_network(ip("198.51.100.1")).unwrap());
        }
        assert!(places.any().await.unwrap().of_network(ip("198.51.100.200")).is_none());
        assert!(places.any().await.unwrap().of_network(ip("198.51.101.1")).is_some());
        assert!(places.any().await.unwrap().of_network(ip("192.0.2.1")).is_some());
        held.pop();
        assert!(places.any().await.unwrap().of_network(ip("198.51.100.200")).is_some());
    }
}
