//! Asking a running server by its management socket.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use tokio::net::UnixStream;
use usher_admin::{AdminError, Order, Outcome};
use usher_types::Span;

/// How long a server may take for a command.
const PATIENCE: Span = Span::seconds(30);
/// How long for one that goes on for as long as there is something to delete.
const PATIENCE_IN_STEPS: Span = Span::hours(12);

/// The permission bits by which group or others may change a folder.
pub(crate) const OTHERS_WRITE: u32 = 0o022;

/// Why a server gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// Nobody listens: no server runs on this folder.
    #[error("no server listens")]
    Nobody,
    /// The socket is there and cannot be used.
    #[error("{0}")]
    Broken(String),
}

/// Sends a command by a socket.
pub async fn ask(socket: &Path, order: &Order) -> Result<Result<Outcome, AdminError>, Unanswered> {
    let broken = |what: String| Unanswered::Broken(format!("{}: {what}", socket.display()));
    let stream = match UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return Err(Unanswered::Nobody);
        }
        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
            return Err(broken(
                "it belongs to another user: run this command as the server's user, or as root".to_owned(),
            ));
        }
        Err(e) => return Err(broken(e.to_string())),
    };
    check_server(socket, &stream).map_err(broken)?;
    let body = serde_json::to_vec(order).map_err(|e| broken(e.to_string()))?;
    let patience = if order.command.goes_in_steps() { PATIENCE_IN_STEPS } else { PATIENCE };
    let answer = tokio::time::timeout(patience.to_std(), exchange(stream, body)).await;
    let answer = answer.map_err(|_| broken("the server does not answer".to_owned()))?;
    let (is_done, body) = answer.map_err(|e| {
        broken(format!("the server closed the connection ({e}): it takes commands from its own user and root, and says more in its log"))
    })?;
    let unreadable = |e: serde_json::Error| {
        broken(format!("the answer cannot be read ({e}): is the server another version?"))
    };
    if is_done {
        return serde_json::from_slice(&body).map(Ok).map_err(unreadable);
    }
    serde_json::from_slice(&body).map(Err).map_err(unreadable)
}

/// Whether the socket is the server's: a command may carry a password, so nothing is sent before this is sure.
fn check_server(socket: &Path, stream: &UnixStream) -> Result<(), String> {
    let folder = socket.parent().unwrap_or(Path::new("."));
    let about = std::fs::metadata(folder).map_err(|e| e.to_string())?;
    if about.mode() & OTHERS_WRITE != 0 {
        return Err(format!(
            "others may write to its folder, so the socket may be anybody's: run chmod go-w {}",
            folder.display()
        ));
    }
    let server = stream.peer_cred().map_err(|e| e.to_string())?.uid();
    if server != about.uid() && server != 0 {
        return Err("who listens there is neither the owner of its folder nor root".to_owned());
    }
    Ok(())
}

async fn exchange(stream: UnixStream, body: Vec<u8>) -> Result<(bool, Bytes), hyper::Error> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let mut request = Request::new(Full::new(Bytes::from(body)));
    *request.method_mut() = http::Method::POST;
    let headers = request.headers_mut();
    headers.insert(header::HOST, http::HeaderValue::from_static("usher"));
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    let response = sender.send_request(request).await;
    let read = match response {
        Ok(response) => {
            let is_done = response.status().is_success();
            response.into_body().collect().await.map(|body| (is_done, body.to_bytes()))
        }
        Err(error) => Err(error),
    };
    drop(sender);
    driver.abort();
    read
}
