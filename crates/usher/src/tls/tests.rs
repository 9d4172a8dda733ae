//! Certificates from files: by name, again when they change, and what is wrong with them.

use super::*;
use std::fs;

struct Files(tempfile::TempDir);

impl Files {
    fn pair(&self) -> Pair {
        Pair { certificate: self.0.path().join("cert.pem"), private_key: self.0.path().join("key.pem") }
    }

    fn write(&self, names: &[&str]) {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        fs::write(self.pair().certificate, made.cert.pem()).unwrap();
        fs::write(self.pair().private_key, made.signing_key.serialize_pem()).unwrap();
    }
}

fn files(names: &[&str]) -> Files {
    let files = Files(tempfile::tempdir().unwrap());
    files.write(names);
    files
}

fn certificates(all: &[&Files]) -> Certificates {
    let files: Vec<Pair> = all.iter().map(|f| f.pair()).collect();
    let set = Set::read(&files).unwrap();
    let seen = Mutex::new(stamps(&files));
    Certificates(Arc::new(Shared { files, loaded: ArcSwap::from_pointee(set), seen }))
}

fn leaf(key: &CertifiedKey) -> Vec<u8> {
    key.cert[0].to_vec()
}

#[test]
fn a_certificate_is_picked_by_its_names_and_else_it_is_the_first() {
    let (one, other) = (files(&["login.example"]), files(&["Shop.example", "*.shop.example"]));
    let set = certificates(&[&one, &other]).0.loaded.load_full();
    let first = leaf(&set.first);
    for name in ["login.example", "nobody.example", "a.b.shop.example", "example", ""] {
        assert_eq!(leaf(&set.of_name(name)), first, "{name}");
    }
    for name in ["shop.example", "SHOP.example", "www.shop.example"] {
        assert_ne!(leaf(&set.of_name(name)), first, "{name}");
    }
}

#[test]
fn new_files_are_taken_and_broken_ones_leave_the_old_certificate_where_it_is() {
    let files = files(&["login.example"]);
    let certificates = certificates(&[&files]);
    let now = || leaf(&certificates.0.loaded.load().first);
    let first = now();
    assert_eq!(certificates.look(), Look::Same);
    files.write(&["login.example"]);
    assert_eq!(certificates.look(), Look::Replaced);
    let second = now();
    assert_ne!(first, second);
    for broken in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "words"] {
        fs::write(files.pair().certificate, broken).unwrap();
        assert_eq!(certificates.look(), Look::Kept, "{broken:?}");
        assert_eq!(certificates.look(), Look::Same, "told once");
        assert_eq!(now(), second);
    }
    fs::remove_file(files.pair().certificate).unwrap();
    assert_eq!(certificates.look(), Look::Kept);
    files.write(&["login.example"]);
    assert_eq!(certificates.look(), Look::Replaced);
    assert_ne!(now(), second);
}

#[test]
fn a_certificate_and_the_key_of_another_do_not_go_together() {
    let (one, other) = (files(&["a.example"]), files(&["b.example"]));
    let mixed = Pair { private_key: other.pair().private_key, ..one.pair() };
    let (key, message) = mixed.read().err().unwrap();
    assert!(key == "certificate" && message.contains("do not go together"), "{message}");
    let swapped = Pair { certificate: one.pair().private_key, private_key: one.pair().certificate };
    assert!(swapped.read().is_err());
}

#[test]
fn the_end_of_a_certificate_is_known() {
    let files = files(&["a.example"]);
    let certificates = certificates(&[&files]);
    let end = certificates.ends().remove(0).at;
    assert!(end.seconds() > 1_700_000_000, "{end:?}");
    assert!(certificates.expired(Timestamp::from_millis(end.millis() - 1)).is_empty());
    let told = certificates.expired(end);
    assert!(told.len() == 1 && told[0].contains("expired") && told[0].contains("cert.pem"), "{told:?}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_in_words_and_of_that_file() {
    let files = files(&["a.example"]);
    let pair = files.pair();
    let right =
        || (fs::read_to_string(&pair.certificate).unwrap(), fs::read_to_string(&pair.private_key).unwrap());
    let (certificate, key) = right();
    let said = |certificate: &str, key: &str| {
        fs::write(&pair.certificate, certificate).unwrap();
        fs::write(&pair.private_key, key).unwrap();
        pair.read().map(drop).unwrap_err()
    };
    let sealed = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let older = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    for (pem, private, setting, words) in [
        (certificate.as_str(), sealed, "private_key", "has a passphrase"),
        (&certificate, older, "private_key", "has a passphrase"),
        (&certificate, &certificate, "private_key", "key.pem: there is a certificate in it"),
        (&certificate, "words", "private_key", "there is none in it"),
        (&key, &key, "certificate", "cert.pem: there is a private key in it"),
    ] {
        let (named, message) = said(pem, private);
        assert!(named == setting && message.contains(words), "{named}: {message}");
    }

    // A certificate of version 2: the tag of the version with another number.
    let mut der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap().to_vec();
    let at = der.windows(5).position(|part| part == [0xa0, 3, 2, 1, 2]).unwrap();
    der[at + 4] = 1;
    assert!(told(&CertificateDer::from(der)).unwrap_err().contains("older version than 3"));

    fs::remove_file(&pair.private_key).unwrap();
    fs::write(&pair.certificate, certificate).unwrap();
    let (named, message) = pair.read().map(drop).unwrap_err();
    assert!(named == "private_key" && message.contains("key.pem: there is no such file"), "{message}");
}
