//! The signals by which the system tells a server to stop.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM and SIGINT. None is missed from the moment on that this is made. SIGHUP, which would end a process that knows nothing of it, is
/// taken too.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    _hangup: Signal,
}

impl Signals {
    /// Begins to listen.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits until the server is told to stop, once more.
    pub async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Waits until the program is told to stop.
pub async fn told_to_stop() {
    match Signals::new() {
        Ok(mut signals) => signals.stop().await,
        Err(_) => std::future::pending().await,
    }
}
