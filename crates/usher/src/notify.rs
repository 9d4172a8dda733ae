//! Telling the service manager what the server does (sd_notify(3)): a datagram to the socket that `NOTIFY_SOCKET` names, where there is one.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// It answers.
pub(crate) const READY: &str = "READY=1\n";
/// It was told to stop.
pub(crate) const STOPPING: &str = "STOPPING=1\n";

/// Tells it. Where nobody asked to be told, nothing is done.
pub(crate) fn tell(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "the service manager could not be told that the server's state changed");
    }
}

fn send(socket: &OsStr, state: &str) -> std::io::Result<()> {
    // "an abstract namespace socket" is written with "@" in place of the first, zero byte.
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_arrives_at_a_socket_in_a_folder_and_at_an_abstract_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listening = UnixDatagram::bind(&path).unwrap();
        let mut told = [0; 64];
        send(path.as_os_str(), READY).unwrap();
        let length = listening.recv(&mut told).unwrap();
        assert_eq!(&told[..length], READY.as_bytes());

        let name = format!("usher-test-{}", std::process::id());
        let listening = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        send(OsStr::new(&format!("@{name}")), STOPPING).unwrap();
        let length = listening.recv(&mut told).unwrap();
        assert_eq!(&told[..length], STOPPING.as_bytes());
        assert!(send(OsStr::new("/nowhere/at/all"), READY).is_err());
    }
}
