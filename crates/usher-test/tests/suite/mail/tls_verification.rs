//! Attack class "TLS and host verification off on outbound connections": nothing is said to a mail server whose certificate does not fit
//! its name or comes from nobody who is trusted.

use super::smtp::{Behaviour, Server, authority, leaf, self_signed, to};
use std::path::Path;
use usher::mail::settings::Security;
use usher_core::mail::{MailError, Mailer as _};

#[tokio::test]
async fn a_server_of_another_name_or_signed_by_nobody_is_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = authority();
    std::fs::write(folder.path().join("ca.pem"), &trusted.pem).unwrap();
    let stranger = authority();
    for (what, certificate) in [
        ("another name", leaf(&trusted, "mail.other.example")),
        ("a name that begins so", leaf(&trusted, "localhost.evil.example")),
        ("itself", self_signed("localhost")),
        ("another authority", leaf(&stranger, "localhost")),
    ] {
        for security in [Security::Tls, Security::Starttls] {
            let server = Server::start(Behaviour::with(security, Some(certificate.clone()))).await;
            let sent =
                server.client(security, folder.path(), Some("ca.pem")).send(to("alice@example.com")).await;
            assert!(matches!(sent, Err(MailError::Passing(_))), "{what}: {sent:?}");
            assert!(
                server.heard().iter().all(|line| !line.contains("MAIL") && !line.contains("AUTH")),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_that_offers_no_starttls_gets_neither_mail_nor_password() {
    let server = Server::start(Behaviour::with(Security::None, None)).await;
    let sent = server.client(Security::Starttls, Path::new("."), None).send(to("alice@example.com")).await;
    assert!(sent.is_err());
    let heard = server.heard();
    assert!(heard.iter().all(|l| l.starts_with("EHLO") || l.starts_with("QUIT")), "{heard:?}");
}

#[tokio::test]
async fn a_right_certificate_of_a_trusted_authority_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = authority();
    std::fs::write(folder.path().join("ca.pem"), &trusted.pem).unwrap();
    for security in [Security::Tls, Security::Starttls] {
        let server = Server::start(Behaviour::with(security, Some(leaf(&trusted, "localhost")))).await;
        let client = server.client(security, folder.path(), Some("ca.pem"));
        let answer = client.send(to("alice@example.com")).await.unwrap();
        assert!(answer.contains("250"), "{answer}");
        let heard = server.heard();
        assert!(
            heard.iter().any(|l| l.starts_with("AUTH"))
                && heard.iter().any(|l| l.contains("RCPT TO:<alice@example.com>"))
        );
    }
}
