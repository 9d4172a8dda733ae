//! The management socket, `usher.sock` in the data folder: HTTP/1.1 with one command as JSON, from the server's own Unix user or root. Who can
//! open it may do everything, so that its permissions are there before it can be reached.

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use usher_admin::{Admin, AdminError, Operator, Order, execute};
use usher_core::App;
use usher_types::limits;

/// Commands at a time; others wait.
const COMMANDS: usize = 8;
/// The folder in which a socket is made before it moves to its place. With what follows it is as long as the socket's own name, so that
/// whoever can have the one can have the other.
const NURSERY: &str = ".u";

/// Where the socket of a data folder is.
pub fn path_in(folder: &Path) -> PathBuf {
    folder.join("usher.sock")
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The system allows no path of this length for a socket.
    #[error(
        "{}: the path of the management socket is too long for a socket: choose a shorter [storage] folder, or start where a relative path is short enough",
        .0.display()
    )]
    TooLong(PathBuf),
    /// What the system says.
    #[error("{}: the management socket cannot be made: {source}", path.display())]
    System {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A socket that listens; gone with its file when it is dropped.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    inode: u64,
}

impl Socket {
    /// Listens in a data folder, in place of a socket that a server left there.
    pub fn bind(folder: &Path) -> Result<Self, SocketError> {
        let path = path_in(folder);
        if std::os::unix::net::SocketAddr::from_pathname(&path).is_err() {
            return Err(SocketError::TooLong(path));
        }
        let failed = |e: io::Error| SocketError::System { path: path.clone(), source: e };
        // Made where only this user can go, closed to others, and only then moved to where it is looked for.
        let nursery =
            tempfile::Builder::new().prefix(NURSERY).rand_bytes(6).tempdir_in(folder).map_err(failed)?;
        let made = nursery.path().join("s");
        let listener = UnixListener::bind(&made).map_err(failed)?;
        std::fs::set_permissions(&made, Permissions::from_mode(0o600)).map_err(failed)?;
        let inode = std::fs::metadata(&made).map_err(failed)?.ino();
        std::fs::rename(&made, &path).map_err(failed)?;
        Ok(Self { listener, path, inode })
    }

    /// Answers until it is dropped.
    pub async fn serve(self, app: Arc<App>) {
        let places = Arc::new(Semaphore::new(COMMANDS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let app = Arc::clone(&app);
                    tokio::spawn(async move {
                        connection(app, stream).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the management socket could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Another server may have put its own there meanwhile.
        if std::fs::metadata(&self.path).is_ok_and(|m| m.ino() == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether a Unix user may manage what another one's server serves: that user, and root.
pub const fn may_manage(user: u32, server: u32) -> bool {
    user == server || user == 0
}

async fn connection(app: Arc<App>, stream: UnixStream) {
    let server = rustix::process::geteuid().as_raw();
    let peer = match stream.peer_cred() {
        Ok(peer) if may_manage(peer.uid(), server) => peer.uid(),
        Ok(peer) => {
            tracing::warn!(unix_user = peer.uid(), "another user was refused at the management socket");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "a connection to the management socket does not tell whose it is");
            return;
        }
    };
    let service = service_fn(move |request| {
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(answer(&app, peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME.to_std())
        .max_buf_size(limits::HEAD_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to the management socket ended early");
    }
}

async fn answer(app: &App, unix_user: u32, request: hyper::Request<Incoming>) -> Response<Full<Bytes>> {
    let (order, command) = match read(request).await {
        Ok(order) => {
            let words = order.command.in_words();
            (order, words)
        }
        Err((status, message)) => return reply(status, &AdminError::Wrong(message)),
    };
    let admin = Admin {
        store: &app.store,
        master: &app.master,
        world: &app.world,
        data_keys: &app.keys,
        trail: &app.trail,
        public_url: &app.settings.public_url,
    };
    let done = execute(&admin, order, Operator { unix_user }).await;
    // Other nodes look within a second; this one knows at once.
    if let Err(fault) = app.refresh_snapshot().await {
        tracing::warn!(%fault, "the configuration could not be looked at");
    }
    match done {
        Ok(outcome) => {
            tracing::info!(unix_user, command, "a command was carried out");
            reply(StatusCode::OK, &outcome)
        }
        Err(error) => {
            let status = match &error {
                AdminError::Wrong(_) | AdminError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
                AdminError::NotFound(_) => StatusCode::NOT_FOUND,
                AdminError::Exists(_) | AdminError::Conflict(_) => StatusCode::CONFLICT,
                AdminError::Fault(why) => {
                    tracing::error!(unix_user, command, why, "a command failed");
                    StatusCode::SERVICE_UNAVAILABLE
                }
            };
            tracing::info!(unix_user, command, status = status.as_u16(), "a command was not carried out");
            reply(status, &error)
        }
    }
}

/// One command, within bounds of size and time. What is wrong with it is told without its values.
async fn read(request: hyper::Request<Incoming>) -> Result<Order, (StatusCode, String)> {
    let wrong = |status, message: &str| Err((status, message.to_owned()));
    let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|t| t == "application/json");
    if request.uri().path() != "/" {
        return wrong(StatusCode::NOT_FOUND, "there is nothing but commands here");
    }
    if request.method() != Method::POST {
        return wrong(StatusCode::METHOD_NOT_ALLOWED, "a command is sent by POST");
    }
    if !is_json {
        return wrong(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a command is application/json");
    }
    let body = Limited::new(request.into_body(), limits::COMMAND_BYTES).collect();
    let body = match tokio::time::timeout(limits::BODY_TIME.to_std(), body).await {
        Err(_) => return wrong(StatusCode::REQUEST_TIMEOUT, "the command did not arrive in time"),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return wrong(StatusCode::PAYLOAD_TOO_LARGE, "the command is too large");
        }
        Ok(Err(_)) => return wrong(StatusCode::BAD_REQUEST, "the command did not arrive"),
        Ok(Ok(body)) => body.to_bytes(),
    };
    // The error would repeat what was sent, which can be a secret.
    serde_json::from_slice(&body).map_err(|e| {
        let message = format!(
            "this is no command that this version of usher knows (line {}, column {})",
            e.line(),
            e.column()
        );
        (StatusCode::BAD_REQUEST, message)
    })
}

fn reply(status: StatusCode, content: &impl serde::Serialize) -> Response<Full<Bytes>> {
    let (status, body) = match serde_json::to_vec(content) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_user_and_root_may_manage_and_nobody_else() {
        assert!(may_manage(1000, 1000) && may_manage(0, 1000) && may_manage(0, 0));
        assert!(!may_manage(1001, 1000) && !may_manage(1000, 0) && !may_manage(65_534, 0));
    }

    #[tokio::test]
    async fn a_socket_is_its_owners_alone_and_takes_the_place_of_a_stale_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_in(folder.path());
        for _ in 0..2 {
            let socket = Socket::bind(folder.path()).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert!(std::os::unix::net::UnixStream::connect(&path).is_ok());
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the nursery is gone");
            // A server that was killed leaves its socket behind.
            std::mem::forget(socket);
        }
        let first = Socket::bind(folder.path()).unwrap();
        let second = Socket::bind(folder.path()).unwrap();
        drop(first);
        assert!(path.exists(), "the second one's stays");
        drop(second);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_path_that_is_too_long_is_told_before_anything_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        let Err(error) = Socket::bind(&long) else { panic!("no such path is possible") };
        assert!(error.to_string().contains("too long"), "{error}");
        assert_eq!(std::fs::read_dir(&long).unwrap().count(), 0);
    }
}
