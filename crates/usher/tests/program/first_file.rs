//! What an operator tries first: README's file, `usher check-config`, pipes.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const USHER: &str = env!("CARGO_BIN_EXE_usher");

fn usher(folder: &Path, line: &[&str]) -> Output {
    Command::new(USHER).args(line).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The file that README shows, with a certificate and a key beside it, in a folder that everybody may enter.
fn of_readme() -> (TempDir, String) {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let (_, after) = readme.split_once("    # usher.toml\n").unwrap();
    let (file, _) = after.split_once("    usher serve").unwrap();
    let lines: Vec<&str> = file.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["id.example.com".to_owned()]).unwrap();
    std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    mode(&folder.path().join("key.pem"), 0o640);
    mode(folder.path(), 0o755);
    (folder, lines.join("\n"))
}

/// Writes the configuration and checks it: the exit status, and what is told.
fn checked(folder: &Path, file: &str) -> (Option<i32>, String) {
    let path = folder.join("usher.toml");
    std::fs::write(&path, file).unwrap();
    mode(&path, 0o640);
    let output = usher(folder, &["check-config"]);
    (output.status.code(), text(&output.stderr))
}

/// What a placeholder begins with, and the secret that somebody made instead.
const PLACEHOLDER: &str = "replace-this-by-what-openssl-rand-hex-32-prints";
const MADE: &str = "b5d9a2f0c6e84e6f9a1d0c37f2b8e4a6";

#[test]
fn readmes_file_is_refused_until_its_secret_is_ones_own() {
    let (folder, file) = of_readme();
    let (status, said) = checked(folder.path(), &file);
    assert_eq!(status, Some(2), "{said}");
    assert!(
        said.contains("[[pools.applications]] client_secret: ") && said.contains("openssl rand -hex 32"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    let own = file.replace(PLACEHOLDER, MADE);
    assert_ne!(own, file);
    assert_eq!(checked(folder.path(), &own), (Some(0), String::new()));
    let shown = text(&usher(folder.path(), &["check-config"]).stdout);
    let line = |key: &str| shown.lines().find(|line| line.split(' ').next() == Some(key)).unwrap_or_default();
    assert!(line("mail").ends_with("none: no mails are sent") && !shown.contains("mail.host"), "{shown}");
    for key in ["pools", "pools.applications", "pools.users"] {
        assert!(line(key).ends_with("  1"), "{key}: {shown}");
    }
}

#[test]
fn no_secret_of_the_documentation_is_taken() {
    let (folder, file) = of_readme();
    let own = file.replace(PLACEHOLDER, MADE);
    let person = own.replace(
        "username = \"alice\"",
        "username = \"alice\"\npassword = \"a passphrase of fifteen characters\"",
    );
    let mail = format!(
        "{own}\n[mail]\nhost = \"x.test\"\nfrom = \"a@b.test\"\nusername = \"u\"\npassword = \"replace-this\"\n"
    );
    let key = own.replace(
        "client_name = \"Shop\"",
        &format!(
            "client_name = \"Shop\"\naccess_keys = [{{ access_key = \"k\", secret_key = \"{PLACEHOLDER}\" }}]"
        ),
    );
    for (file, key) in [
        (person, "[[pools.users]] password: "),
        (mail, "[mail] password: "),
        (key, "[[pools.applications.access_keys]] secret_key: "),
    ] {
        let (status, said) = checked(folder.path(), &file);
        assert!(status == Some(2) && said.contains(key) && said.contains("placeholder"), "{said}");
    }
}

#[test]
fn a_key_and_a_configuration_that_everybody_can_read_are_told_and_refuse_nothing() {
    let (folder, file) = of_readme();
    let own = file.replace(PLACEHOLDER, MADE);
    assert_eq!(checked(folder.path(), &own), (Some(0), String::new()));
    mode(&folder.path().join("key.pem"), 0o644);
    mode(&folder.path().join("usher.toml"), 0o644);
    let output = usher(folder.path(), &["check-config"]);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("[server.tls] private_key: ") && said.contains("chmod o-rwx key.pem"), "{said}");
    assert!(
        said.contains("[[pools.applications]] client_secret in it: run chmod o-rwx usher.toml"),
        "{said}"
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_told_by_a_look_as_by_a_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for place in ["/proc/nope", "file", "file/data"] {
        let file = format!(
            "[server]\npublic_url = \"http://localhost:9499\"\nlisten = \"127.0.0.1:0\"\n[storage]\nfolder = \"{place}\"\n"
        );
        std::fs::write(folder.path().join("usher.toml"), file).unwrap();
        let (looked, started) = (usher(folder.path(), &["check-config"]), usher(folder.path(), &["serve"]));
        let said = text(&looked.stderr);
        assert_eq!((looked.status.code(), started.status.code()), (Some(1), Some(1)), "{said}");
        assert!(
            said.starts_with("usher: usher.toml:5: [storage] folder: ") && said.lines().count() == 1,
            "{said}"
        );
        assert!(text(&started.stderr).ends_with(&said), "{}", text(&started.stderr));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    for line in [&["completions", "bash"][..], &["app", "settings", "--json"]] {
        let mut command = Command::new(USHER);
        let mut child = command
            .args(line)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(child.wait().unwrap().success() && said.is_empty(), "{line:?}: {said}");
    }
}
