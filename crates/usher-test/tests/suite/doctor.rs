//! The doctor: what it finds at installations that something is wrong with, and that it finds nothing else.

use clap::Parser as _;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use usher::cli::doctor::{self, DoctorArguments};
use usher::cli::{self, Arguments};
use usher_store::Engine;
use usher_test::TestServer;
use usher_types::Span;

/// What the doctor says of the installation of a configuration file: `check: what` of each finding.
async fn findings(config: &Path) -> Vec<String> {
    let arguments = DoctorArguments { config: config.to_owned(), json: true };
    let answer = doctor::run(&arguments).await.unwrap();
    let document: Value = serde_json::from_str(&answer.text).unwrap();
    let found = document["findings"].as_array().unwrap();
    assert_eq!(answer.status, u8::from(!found.is_empty()));
    let text = |f: &Value, name: &str| f[name].as_str().unwrap().to_owned();
    assert!(found.iter().all(|f| !text(f, "mend").is_empty()));
    found.iter().map(|f| format!("{}: {}", text(f, "check"), text(f, "what"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_at_a_postgresql_and_at_what_the_next_start_sets_back() {
    if usher_testdb::Postgres::or_skip(module_path!()).is_none() {
        return;
    }
    let t = TestServer::on(Engine::Postgres).await;
    let config = t.folder().join("usher.toml");
    std::fs::write(&config, t.seed()).unwrap();
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
    // The tests' PostgreSQL is quick because it is careless. Nothing else is wrong.
    let careless = |found: &String| {
        found.starts_with("PostgreSQL: fsync is off")
            || found.starts_with("PostgreSQL: full_page_writes is off")
    };
    let mut found = findings(&config).await;
    assert_eq!(found.iter().filter(|f| careless(f)).count(), 2, "{found:?}");
    found.retain(|f| !careless(f) && !f.starts_with("folder:"));
    assert!(found.is_empty(), "{found:?}");

    let line = ["usher", "app", "set", "web", "client_name=Another", "--json", "--config"];
    let line = line.map(str::to_owned).into_iter().chain([config.display().to_string()]);
    cli::manage(Arguments::try_parse_from(line).unwrap().command).await.unwrap();
    let found = findings(&config).await;
    let set_back =
        found.iter().filter(|f| f.starts_with("declarations: the application web of the pool main"));
    assert_eq!(set_back.count(), 1, "{found:?}");

    // A database that is not there is one finding, not a failure.
    let gone = t.seed().replace("/test_", "/gone_");
    std::fs::write(&config, gone).unwrap();
    let found = findings(&config).await;
    assert!(found.iter().any(|f| f.starts_with("database: ") && f.contains("does not exist")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_at_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let write = |names: &[&str], days: u32| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        let now = usher::world::system().clock.now();
        let date = |at: usher_types::Timestamp| {
            let since = std::time::Duration::from_secs(u64::try_from(at.seconds()).unwrap());
            (std::time::UNIX_EPOCH + since).into()
        };
        (params.not_before, params.not_after) =
            (date(now.minus(Span::days(1))), date(now.plus(Span::days(days))));
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("cert.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    };
    let config = folder.path().join("usher.toml");
    let text = "[server]\npublic_url = \"https://id.example.com:8443\"\nlisten = \"127.0.0.1:8443\"\n\
        [server.tls]\ncertificate = \"cert.pem\"\nprivate_key = \"key.pem\"\n";
    std::fs::write(&config, text).unwrap();
    for (names, days, expected) in [
        (&["id.example.com"][..], 90, &[][..]),
        (&["id.example.com"], 10, &["ends at"]),
        (&["www.example.com", "id.example.net"], 90, &["is not for id.example.com"]),
        (&["www.example.com"], 10, &["is not for id.example.com", "ends at"]),
    ] {
        write(names, days);
        let found = findings(&config).await;
        let tls: Vec<&String> = found.iter().filter(|f| f.starts_with("TLS: ")).collect();
        assert_eq!(tls.len(), expected.len(), "{names:?} {days}: {found:?}");
        assert!(tls.iter().zip(expected).all(|(f, e)| f.contains(e)), "{tls:?}");
    }
}
