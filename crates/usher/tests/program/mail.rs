//! The `[mail]` section, `usher mail test`, and what a first start says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const USHER: &str = env!("CARGO_BIN_EXE_usher");
const RIGHT: &str = "host = \"localhost\"\nsecurity = \"none\"\nfrom = \"Desk <desk@id.example>\"\n";

fn written(mail: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = "[server]\npublic_url = \"http://localhost:8080\"\n\n[storage]\nfolder = \"data\"\n\n";
    std::fs::write(folder.path().join("usher.toml"), format!("{server}{mail}")).unwrap();
    folder
}

fn usher(folder: &Path, line: &[&str]) -> Output {
    Command::new(USHER).args(line).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_wrong_mail_setting_is_told_in_one_sentence_and_nothing_is_touched() {
    for (from, to, says) in [
        ("host = \"localhost\"", "host = \"\"", "host: "),
        ("host = \"localhost\"", "host = \"a b\"", "host: "),
        ("host = \"localhost\"", "", "host"),
        ("host = \"localhost\"", "host = \"smtp.example.com\"", "security: \"none\" is for"),
        ("security = \"none\"", "security = \"ssl\"", "security: "),
        ("security = \"none\"", "port = 70000", "port: "),
        ("security = \"none\"", "username = \"usher\"", "username: username and password go together"),
        ("security = \"none\"", "password = \"x\"", "password: username and password go together"),
        ("security = \"none\"", "authorities = \"nowhere.pem\"", "authorities: "),
        ("security = \"none\"", "authorities = \"usher.toml\"", "authorities: "),
        ("security = \"none\"", "reply_to = \"nobody\"", "reply_to: "),
        ("from = \"Desk <desk@id.example>\"", "from = \"nobody\"", "from: "),
        ("from = \"Desk <desk@id.example>\"", "from = \"a@b.example, c@d.example\"", "from: "),
        ("from = \"Desk <desk@id.example>\"", "from = \"x\\r\\nBcc: <a@b.example>\"", "from: "),
        ("from = \"Desk <desk@id.example>\"", "", "from"),
        ("security = \"none\"", "secure = true", "secure: there is no such key"),
    ] {
        let folder = written(&format!("[mail]\n{}", RIGHT.replace(from, to)));
        for line in [&["serve"][..], &["mail", "test", "--to", "alice@example.com"]] {
            let output = usher(folder.path(), line);
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{to}: {told}");
            assert!(told.contains("usher.toml:") && told.contains(says), "{to}: {told}");
            assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        }
        assert!(!folder.path().join("data").exists(), "{to}");
    }
}

#[test]
fn a_test_mail_needs_a_mail_section_and_an_address() {
    let without = written("");
    let output = usher(without.path(), &["mail", "test", "--to", "alice@example.com"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no [mail] section"));
    let with = written(&format!("[mail]\n{RIGHT}"));
    for wrong in ["alice", "", "a@b.example\r\nBcc: c@d.example"] {
        assert_eq!(usher(with.path(), &["mail", "test", "--to", wrong]).status.code(), Some(2), "{wrong:?}");
    }
}

/// Answers one connection as a mail server that says this to the recipient.
fn mail_server(recipient: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut out = stream.try_clone().unwrap();
        let mut say = move |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        say("220 mail.test");
        let mut in_content = false;
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            match line.split([' ', ':']).next().unwrap_or_default() {
                "." if in_content => {
                    in_content = false;
                    say("250 queued as 4711");
                }
                _ if in_content => {}
                "EHLO" | "MAIL" | "RSET" => say("250 ok"),
                "RCPT" => say(recipient),
                "DATA" => {
                    in_content = true;
                    say("354 go ahead");
                }
                _ => say("221 bye"),
            }
        }
    });
    port
}

#[test]
fn a_test_mail_shows_what_the_mail_server_answered() {
    for (recipient, status, says) in
        [("250 ok", 0, "250 queued as 4711"), ("550 no such mailbox", 1, "no such mailbox")]
    {
        let folder = written(&format!("[mail]\nport = {}\n{RIGHT}", mail_server(recipient)));
        let output = usher(folder.path(), &["mail", "test", "--to", "alice@example.com"]);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(status), "{told}");
        assert!(told.contains(says), "{told}");
        assert!(!folder.path().join("data").exists(), "nothing else is touched");
    }
}

#[test]
fn a_test_mail_to_a_server_that_is_not_there_says_so() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = written(&format!("[mail]\nport = {port}\n{RIGHT}"));
    let output = usher(folder.path(), &["mail", "test", "--to", "alice@example.com"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the mail was not sent"));
}
