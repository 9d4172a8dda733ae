//! What a server is compared with: a process of its own that answers every request with the same bytes ([`Baseline::Bare`]), or with a
//! fresh ES256 token and nothing else ([`Baseline::Sign`]). Both speak HTTP by the same library with the same settings as usher.

use super::wire::Wire;
use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use usher_crypto::jose::{SigningAlgorithm, SigningKey};
use usher_types::limits;

/// A kind of responder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Baseline {
    /// Answers with the same bytes.
    Bare,
    /// Signs a token for each answer.
    Sign,
}

/// A responder that runs; it ends with this value.
pub(super) struct Responder {
    /// Where it listens.
    pub(super) address: SocketAddr,
    child: Child,
}

impl Baseline {
    /// The name under which this program is one.
    const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bench-bare",
            Self::Sign => "bench-sign",
        }
    }

    /// Starts one, with bodies of this many bytes where they do not say anything.
    pub(super) fn start(self, program: &Path, bytes: usize) -> anyhow::Result<Responder> {
        let mut command = Command::new(program);
        command.args([self.name(), &bytes.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} could not be started", self.name()))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        let address =
            line.trim().parse().with_context(|| format!("{} did not say where it listens", self.name()))?;
        Ok(Responder { address, child })
    }
}

impl Responder {
    /// One answer's body.
    pub(super) async fn answer(&self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut wire = Wire::connect(self.address).await?;
        let answer = wire.exchange(request).await?.expect(200, "a responder")?;
        Ok(answer.body.to_vec())
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a responder answers with.
enum Content {
    Fixed(Bytes),
    Signed(Box<SigningKey>),
}

impl Content {
    fn make(&self) -> Bytes {
        match self {
            Self::Fixed(bytes) => bytes.clone(),
            Self::Signed(key) => Bytes::from(key.sign("at+jwt", &claims()).unwrap_or_default()),
        }
    }
}

/// Claims such as an access token's.
fn claims() -> serde_json::Value {
    json!({
        "iss": "https://id.example.com/oidc", "sub": "019ab1c2-d3e4-7f56-8a9b-0c1d2e3f4a5b", "aud": "https://id.example.com/oidc",
        "client_id": "bench", "iat": 1_790_000_000, "exp": 1_790_000_600, "jti": "019ab1c2-d3e4-7f56-8a9b-0c1d2e3f4a5c",
        "scope": "openid profile email offline_access", "auth_time": 1_790_000_000, "acr": "urn:usher:acr:one-factor", "amr": ["pwd"],
    })
}

/// Is a responder until whoever started it goes away.
pub(super) fn serve(name: &str, arguments: &[&str]) -> anyhow::Result<bool> {
    let content = match (name, arguments) {
        ("bench-bare", [bytes]) => Content::Fixed(Bytes::from(vec![b' '; bytes.parse()?])),
        ("bench-sign", _) => {
            let key = SigningKey::generate(SigningAlgorithm::Es256)?;
            Content::Signed(Box::new(SigningKey::from_pkcs8(SigningAlgorithm::Es256, key.pkcs8.expose())?))
        }
        _ => bail!("xtask does not know {name}\n{}", super::USAGE),
    };
    // The end of standard input is the end of the program that started this one.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(listen(Arc::new(content)))?;
    Ok(true)
}

async fn listen(content: Arc<Content>) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(Arc::clone(&content), stream));
    }
}

async fn connection(content: Arc<Content>, stream: TcpStream) {
    let service = service_fn(move |_: Request<Incoming>| {
        let content = Arc::clone(&content);
        async move {
            let mut response = Response::new(Full::new(content.make()));
            let json = header::HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME.to_std())
        .max_buf_size(limits::HEAD_BYTES)
        .pipeline_flush(true)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that breaks is noticed at its other end.
    let _ = connection.await;
}
