//! TLS to PostgreSQL: verified, or no connection and nothing sent.

use crate::support::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use usher_store::backup::Dump;
use usher_store::{Examination, OpenError, Place, SchemaState, Store, params};
use usher_testdb::{PASSWORD, Postgres, Tls};

/// How many connections to this database speak TLS, and how many there are.
const SPOKEN: &str = "SELECT CAST(SUM(CASE WHEN ssl THEN 1 ELSE 0 END) AS BIGINT), COUNT(*)
    FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = current_database()";

/// An authority in a file, and what it made out to `localhost`.
struct Authority {
    folder: TempDir,
    certificate: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        Self::making("an authority", |_| ())
    }

    /// One with a name, and a certificate that has something of its own.
    fn making(name: &str, change: fn(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap().pem();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("the authority.pem"), authority.pem()).unwrap();
        Self { folder, certificate, key: key.serialize_pem() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("the authority.pem")
    }

    fn tls(&self) -> Tls<'_> {
        Tls { certificate: &self.certificate, key: &self.key }
    }
}

/// A fresh database of a server, by TCP.
async fn place(server: &Postgres, host: &str, said: &str) -> Place {
    let database = server.fresh_database().await.unwrap();
    let (name, port) = (database.rsplit('/').next().unwrap(), server.port());
    let said = said.replace(' ', "%20");
    let password = PASSWORD.replace(' ', "%20");
    Place::Postgres(format!("postgresql://postgres:{password}@{host}:{port}/{name}?{said}"))
}

/// Why a store cannot be opened, by every way of opening one; without the password.
async fn refusal(place: &Place) -> String {
    let error = Store::open(place).await.unwrap_err();
    // What the address can mend is told from what may be over soon.
    let passes = error.to_string().contains("has ended");
    assert_eq!(matches!(error, OpenError::Tls { .. }), !passes, "{error}");
    let text = error.to_string();
    assert!(!text.contains(PASSWORD), "{text}");
    assert_eq!(SchemaState::look(place, SCHEMA).await.unwrap_err().to_string(), text);
    assert_eq!(Examination::of(place).await.unwrap_err().to_string(), text);
    assert_eq!(Dump::begin(place, SCHEMA).await.unwrap_err().to_string(), text);
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_verified_and_every_connection_speaks_tls_again_after_its_end() {
    let authority = Authority::new();
    let Some(mut server) = Postgres::on_loopback_or_skip(module_path!(), Some(authority.tls())) else {
        return;
    };
    for mode in ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full", "channel_binding=require"] {
        let said = format!("{mode}&sslrootcert={}", authority.file().display());
        let place = place(&server, "localhost", &said).await;
        assert!(SchemaState::look(&place, SCHEMA).await.unwrap().pending.len() == 1, "{mode}");
        let store = open(&place).await;
        add(&store, 1, 10).await;
        let row = store.find(SPOKEN, params![]).await.unwrap().unwrap();
        let (spoken, all): (i64, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
        assert!(spoken == all && all > 0, "{mode}: {spoken} of {all}");
        if mode == "sslmode=verify-full" {
            server.restart().unwrap();
            assert_eq!(number(&store, 1).await, Some(10));
            add(&store, 2, 20).await;
        }
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_another_name_or_from_an_unknown_authority_is_refused() {
    let authority = Authority::new();
    let Some(server) = Postgres::on_loopback_or_skip(module_path!(), Some(authority.tls())) else { return };
    let known = format!("sslrootcert={}", authority.file().display());
    let text = refusal(&place(&server, "127.0.0.1", &known).await).await;
    assert!(text.contains("is not for 127.0.0.1") && text.contains("(localhost)"), "{text}");
    let (namesake, other) = (Authority::new(), Authority::making("another authority", |_| ()));
    let namesakes = format!("sslrootcert={}", namesake.file().display());
    let others = format!("sslrootcert={}", other.file().display());
    for unknown in ["sslmode=require", "sslmode=verify-full&sslrootcert=system", &namesakes, &others] {
        let text = refusal(&place(&server, "localhost", unknown).await).await;
        assert!(text.contains("sslrootcert=/path"), "{unknown}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_has_ended_or_is_an_authoritys_is_refused() {
    let ended = Authority::making("an authority", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let of_authority =
        Authority::making("an authority", |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    for (authority, expected) in [(ended, "has ended"), (of_authority, "CA:FALSE")] {
        let server = Postgres::on_loopback_or_skip(module_path!(), Some(authority.tls()));
        let Some(server) = server else { return };
        let said = format!("sslrootcert={}", authority.file().display());
        let text = refusal(&place(&server, "localhost", &said).await).await;
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_tls_is_refused_unless_it_is_told_to_be() {
    let authority = Authority::new();
    let Some(server) = Postgres::on_loopback_or_skip(module_path!(), None) else { return };
    let wanted = format!("sslrootcert={}", authority.file().display());
    let text = refusal(&place(&server, "localhost", &wanted).await).await;
    assert!(text.contains("ssl = on") && text.contains("sslmode=disable"), "{text}");
    for plain in ["sslmode=disable", "application_name=usher"] {
        open(&place(&server, "localhost", plain).await).await.close().await;
    }
}

/// Whoever answers `N` to the wish for TLS hears nothing more; a man in the middle could.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_to_a_server_that_says_that_it_has_no_tls() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut wish = [0; 8];
        client.read_exact(&mut wish).await.unwrap();
        client.write_all(b"N").await.unwrap();
        let mut more = Vec::new();
        client.read_to_end(&mut more).await.unwrap();
        (wish, more)
    });
    let place = Place::Postgres(format!(
        "postgresql://usher:hunter2@localhost:{port}/ids?sslrootcert={}",
        authority.file().display().to_string().replace(' ', "%20")
    ));
    let error = Store::open(&place).await.unwrap_err();
    assert!(matches!(error, OpenError::Tls { .. }) && !error.to_string().contains("hunter2"), "{error}");
    // PostgreSQL 55.2.10, SSLRequest: its length, and a number that is no version.
    assert_eq!(heard.await.unwrap(), ([0, 0, 0, 8, 4, 210, 22, 47], Vec::new()));
}
