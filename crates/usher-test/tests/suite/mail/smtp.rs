//! A mail server of the tests' own, over TLS and in the clear; and what goes to it, word by word.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufStream};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use usher::mail::Smtp;
use usher::mail::settings::{MailSection, Security};
use usher_core::mail::{MailError, Mailer as _, Message};
use usher_test::TestClock;

/// A certificate with its key.
pub(super) type Leaf = (CertificateDer<'static>, Vec<u8>);

/// An authority.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(super) pem: String,
}

/// A new authority.
pub(super) fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let pem = issuer.pem();
    Authority { issuer, pem }
}

/// A certificate of an authority.
pub(super) fn leaf(authority: &Authority, name: &str) -> Leaf {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    (certificate.der().clone(), key.serialize_der())
}

/// A certificate that vouches for itself.
pub(super) fn self_signed(name: &str) -> Leaf {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.der().clone(), key.serialize_der())
}

/// How a mail server behaves.
#[derive(Clone)]
pub(super) struct Behaviour {
    security: Security,
    certificate: Option<Leaf>,
    /// What it says to a recipient.
    recipient: &'static str,
    /// What it says to a password.
    password: &'static str,
}

impl Behaviour {
    /// Takes everything.
    pub(super) fn with(security: Security, certificate: Option<Leaf>) -> Self {
        let (recipient, password) = ("250 ok", "235 welcome");
        Self { security, certificate, recipient, password }
    }
}

/// A mail server.
pub(super) struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let notes = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behaviour, heard) = (behaviour.clone(), Arc::clone(&notes));
                tokio::spawn(async move {
                    let _ = connection(stream, behaviour, heard).await;
                });
            }
        });
        Self { port, heard, task }
    }

    /// What was said to it, line by line, over TLS or not.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// A client of it.
    pub(super) fn client(&self, security: Security, base: &Path, authorities: Option<&str>) -> Smtp {
        let with_password = security != Security::None;
        let section = MailSection {
            host: "localhost".to_owned(),
            port: Some(self.port),
            security,
            username: with_password.then(|| "usher".to_owned()),
            password: with_password.then(|| "a secret of the mail server".into()),
            from: "Main Desk <no-reply@id.example>".to_owned(),
            reply_to: Some("help@id.example".to_owned()),
            authorities: authorities.map(Into::into),
        };
        Smtp::new(&section, base, "id.example", Arc::new(TestClock::new())).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(
    stream: tokio::net::TcpStream,
    behaviour: Behaviour,
    heard: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let acceptor = behaviour.certificate.clone().map(|(certificate, key)| {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    });
    match (behaviour.security, acceptor) {
        (Security::Tls, Some(acceptor)) => {
            let mut stream = BufStream::new(acceptor.accept(stream).await?);
            talk(&mut stream, &behaviour, &heard, true).await?;
        }
        (Security::Starttls, Some(acceptor)) => {
            let mut stream = BufStream::new(stream);
            if talk(&mut stream, &behaviour, &heard, true).await? {
                let mut stream = BufStream::new(acceptor.accept(stream.into_inner()).await?);
                talk(&mut stream, &behaviour, &heard, false).await?;
            }
        }
        _ => {
            let mut stream = BufStream::new(stream);
            talk(&mut stream, &behaviour, &heard, true).await?;
        }
    }
    Ok(())
}

/// Talks until the end, or until TLS is to begin.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufStream<S>,
    behaviour: &Behaviour,
    heard: &Mutex<Vec<String>>,
    greets: bool,
) -> std::io::Result<bool> {
    let in_the_clear = greets && behaviour.security == Security::Starttls;
    if greets {
        say(stream, "220 mail.test ESMTP").await?;
    }
    let mut in_content = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let line = line.trim_end().to_owned();
        heard.lock().unwrap().push(line.clone());
        if in_content {
            if line == "." {
                in_content = false;
                say(stream, "250 2.0.0 queued as 4711").await?;
            }
            continue;
        }
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" if in_the_clear => "250-mail.test\r\n250 STARTTLS",
            "EHLO" => "250-mail.test\r\n250 AUTH PLAIN LOGIN",
            "STARTTLS" if in_the_clear => {
                say(stream, "220 go ahead").await?;
                return Ok(true);
            }
            "AUTH" => behaviour.password,
            "RCPT" => behaviour.recipient,
            "DATA" => {
                in_content = true;
                "354 go ahead"
            }
            "QUIT" => {
                say(stream, "221 bye").await?;
                return Ok(false);
            }
            "MAIL" | "NOOP" | "RSET" => "250 ok",
            _ => "500 what?",
        };
        say(stream, answer).await?;
    }
}

async fn say<S: AsyncWrite + AsyncRead + Unpin>(
    stream: &mut BufStream<S>,
    line: &str,
) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// A mail to somebody.
pub(super) fn to(address: &str) -> Message {
    Message {
        id: "0193".to_owned(),
        from_name: None,
        to: address.to_owned(),
        subject: "您好".to_owned(),
        text: "A text.\n".to_owned(),
        html: "<p>A text.</p>\n".to_owned(),
    }
}

#[tokio::test]
async fn a_mail_says_from_whom_it_comes_and_that_no_person_wrote_it() {
    let server = Server::start(Behaviour::with(Security::None, None)).await;
    let client = server.client(Security::None, Path::new("."), None);
    let answer = client.send(Message { from_name: Some("北风".to_owned()), ..to("alice@example.com") }).await;
    assert!(answer.unwrap().contains("queued as 4711"));
    let heard = server.heard();
    let has = |line: &str| assert!(heard.iter().any(|l| l == line), "{line}: {heard:#?}");
    has("MAIL FROM:<no-reply@id.example>");
    has("RCPT TO:<alice@example.com>");
    has("Auto-Submitted: auto-generated");
    has("Reply-To: help@id.example");
    has("To: alice@example.com");
    has("Message-ID: <0193@id.example>");
    assert!(
        heard.iter().any(|l| l.starts_with("From: =?utf-8?") && l.ends_with("<no-reply@id.example>")),
        "{heard:#?}"
    );
    assert!(heard.iter().any(|l| l.starts_with("Content-Type: multipart/alternative")));
}

#[tokio::test]
async fn nothing_that_somebody_wrote_adds_a_header_or_a_recipient() {
    for hostile in [
        "x\r\nBcc: all@example.com",
        "x\nBcc: all@example.com",
        "x\rBcc: all@example.com",
        "x\r\n\r\nBcc: all",
    ] {
        let server = Server::start(Behaviour::with(Security::None, None)).await;
        let client = server.client(Security::None, Path::new("."), None);
        let message = Message {
            from_name: Some(hostile.to_owned()),
            subject: hostile.to_owned(),
            ..to("alice@example.com")
        };
        let _ = client.send(message).await;
        let _ = client.send(Message { to: format!("alice@example.com{hostile}"), ..to("") }).await;
        let _ = client.send(Message { to: "a@example.com>,<b@example.com".to_owned(), ..to("") }).await;
        for line in server.heard() {
            assert!(!line.starts_with("Bcc") && !line.contains("b@example.com"), "{line}");
        }
        let recipients = server.heard().iter().filter(|l| l.starts_with("RCPT")).count();
        assert!(recipients <= 1);
    }
}

#[tokio::test]
async fn what_a_server_refuses_for_good_is_told_from_what_may_pass() {
    for (recipient, password, lasting) in [
        ("550 5.1.1 no such mailbox", "235 ok", true),
        ("451 4.2.1 later", "235 ok", false),
        ("250 ok", "535 5.7.8 wrong password", false),
        ("250 ok", "454 4.7.0 later", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let trusted = authority();
        std::fs::write(folder.path().join("ca.pem"), &trusted.pem).unwrap();
        let behaviour = Behaviour {
            recipient,
            password,
            ..Behaviour::with(Security::Tls, Some(leaf(&trusted, "localhost")))
        };
        let server = Server::start(behaviour).await;
        let sent =
            server.client(Security::Tls, folder.path(), Some("ca.pem")).send(to("alice@example.com")).await;
        assert_eq!(matches!(sent, Err(MailError::Lasting(_))), lasting, "{sent:?}");
        let words = sent.unwrap_err().to_string();
        assert!(!words.contains("a secret of the mail server") && !words.contains('\n'), "{words}");
    }
}
