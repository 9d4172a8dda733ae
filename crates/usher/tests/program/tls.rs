//! The program speaks TLS: certificates by name, new ones without an end, wrong ones told.

use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const USHER: &str = env!("CARGO_BIN_EXE_usher");

struct Place {
    folder: TempDir,
    port: u16,
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

impl Place {
    fn new() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = Self { folder: tempfile::tempdir().unwrap(), port };
        let text = format!(
            "[server]\npublic_url = \"https://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\
             [server.tls]\ncertificate = \"one.pem\"\nprivate_key = \"one.key\"\n\
             [[server.tls.others]]\ncertificate = \"two.pem\"\nprivate_key = \"two.key\"\n[storage]\nfolder = \"data\"\n"
        );
        std::fs::write(place.path("usher.toml"), text).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a certificate for a name with its key.
    fn certificate(&self, file: &str, name: &str) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        self.put(file, &made.cert.pem(), &made.signing_key.serialize_pem());
        made.cert.der().clone()
    }

    fn put(&self, file: &str, certificate: &str, key: &str) {
        for (end, text) in [("key", key), ("pem", certificate)] {
            let fresh = self.path("fresh");
            std::fs::write(&fresh, text).unwrap();
            std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o600)).unwrap();
            std::fs::rename(fresh, self.path(&format!("{file}.{end}"))).unwrap();
        }
    }

    fn usher(&self, line: &[&str]) -> Output {
        Command::new(USHER).args(line).current_dir(self.folder.path()).stdin(Stdio::null()).output().unwrap()
    }

    fn serve(&self) -> Server {
        let log = std::fs::File::create(self.path("log")).unwrap();
        let mut command = Command::new(USHER);
        let child = command.arg("serve").current_dir(self.folder.path()).stderr(log).spawn().unwrap();
        let server = Server(child);
        self.until(|| self.log().contains("usher is ready"));
        server
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn until(&self, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < Duration::from_mins(1), "{}", self.log());
            std::thread::yield_now();
        }
    }

    /// A connection that believes this certificate only.
    fn connect(&self, certificate: &CertificateDer<'static>, name: &str) -> std::io::Result<Tls> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut tls = StreamOwned::new(connection, TcpStream::connect(("127.0.0.1", self.port))?);
        while tls.conn.is_handshaking() {
            tls.conn.complete_io(&mut tls.sock)?;
        }
        Ok(tls)
    }
}

/// Whether a connection answers, and goes on.
fn answers(tls: &mut Tls) -> bool {
    write!(tls, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"{\"status\":\"ok\"}") {
        let mut some = [0; 512];
        match tls.read(&mut some) {
            Ok(0) | Err(_) => return false,
            Ok(length) => answer.extend_from_slice(&some[..length]),
        }
    }
    answer.starts_with(b"HTTP/1.1 200")
}

struct Server(Child);

impl Server {
    fn hang_up(&self) {
        kill_process(Pid::from_child(&self.0), Signal::HUP).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn certificates_are_picked_by_name_and_replaced_while_connections_go_on() {
    let place = Place::new();
    let one = place.certificate("one", "localhost");
    let two = place.certificate("two", "shop.example");
    let server = place.serve();
    let mut old = place.connect(&one, "localhost").unwrap();
    assert_eq!(old.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(answers(&mut old));
    assert!(answers(&mut place.connect(&two, "shop.example").unwrap()));
    assert!(place.connect(&two, "localhost").is_err() && place.connect(&one, "shop.example").is_err());

    let new = place.certificate("one", "localhost");
    server.hang_up();
    place.until(|| place.connect(&new, "localhost").is_ok());
    assert!(place.connect(&one, "localhost").is_err(), "the old one is gone for new connections");
    assert!(answers(&mut old), "and connections that there were go on");
    assert!(answers(&mut place.connect(&two, "shop.example").unwrap()));

    std::fs::write(place.path("one.pem"), "nothing").unwrap();
    server.hang_up();
    place.until(|| place.log().contains("the old ones stay"));
    server.hang_up();
    assert!(answers(&mut place.connect(&new, "localhost").unwrap()));
    assert_eq!(place.log().matches("the old ones stay").count(), 1, "once for each change");
}

#[test]
fn wrong_certificates_end_the_start_with_one_sentence_and_an_expired_one_is_told() {
    let place = Place::new();
    place.certificate("one", "localhost");
    place.certificate("two", "shop.example");
    let other = rcgen::generate_simple_self_signed(vec!["x.example".to_owned()]).unwrap();
    let right = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    let (certificate, key) = (right("two.pem"), right("two.key"));
    let told = |wrong: &str| {
        for command in ["serve", "check-config"] {
            let output = place.usher(&[command]);
            let words = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{wrong}: {words}");
            assert!(
                words.lines().count() == 1 && words.contains(wrong) && words.contains("usher.toml:"),
                "{wrong}: {words}"
            );
            assert!(!words.contains("PRIVATE KEY"), "{words}");
        }
        assert!(!place.path("data").exists());
    };
    for (pem, private, wrong) in [
        ("", key.as_str(), "two.pem"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &key, "two.pem"),
        (&key, &key, "two.pem"),
        (&certificate, "", "two.key"),
        (&certificate, &certificate, "two.key"),
        (&certificate, &other.signing_key.serialize_pem(), "do not go together"),
    ] {
        place.put("two", pem, private);
        told(wrong);
    }
    std::fs::remove_file(place.path("two.key")).unwrap();
    told("two.key");

    let mut past = rcgen::CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
    past.not_before = rcgen::date_time_ymd(2001, 1, 1);
    past.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let pair = rcgen::KeyPair::generate().unwrap();
    place.put("two", &past.self_signed(&pair).unwrap().pem(), &pair.serialize_pem());
    let output = place.usher(&["check-config"]);
    assert!(output.status.success());
    assert!(
        text(&output.stderr).contains("two.pem: the certificate has expired"),
        "{}",
        text(&output.stderr)
    );
    let server = place.serve();
    assert!(place.log().contains("the certificate has expired"), "{}", place.log());
    drop(server);
}

#[test]
fn the_doctor_sees_that_no_certificate_is_for_a_pools_domain() {
    let place = Place::new();
    place.certificate("one", "localhost");
    place.certificate("two", "shop.example");
    for line in [
        &["pool", "create", "main"][..],
        &["pool", "create", "staff", "--domain", "staff.example"],
        &["pool", "create", "shop", "--domain", "shop.example"],
    ] {
        assert!(place.usher(line).status.success());
    }
    let output = place.usher(&["doctor"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("TLS: no certificate is for staff.example, where the pool staff lives"), "{said}");
    assert!(said.contains("One thing is wrong."), "{said}");
    place.certificate("two", "*.example");
    assert!(text(&place.usher(&["doctor"]).stdout).contains("Nothing is wrong."));
}
