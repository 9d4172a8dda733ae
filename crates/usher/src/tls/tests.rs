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
