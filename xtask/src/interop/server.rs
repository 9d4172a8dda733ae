//! The server that the clients meet: `usher serve` on a free port of this machine, with the applications and people of
//! `interop/usher.toml`, keys of its own and a folder that is gone at the end.

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use tempfile::TempDir;
use usher_crypto::jose::{SigningAlgorithm, SigningKey};

/// What the log says when requests are answered.
const READY: &str = "usher is ready";

/// A server that runs; it ends with this value.
pub(super) struct Server {
    /// Its first pool's issuer.
    pub(super) issuer: String,
    /// The port at which the browser's client has its pages.
    pub(super) site: u16,
    /// The private key of applications that sign, PKCS#8 in PEM.
    pub(super) key: PathBuf,
    child: Child,
    reader: Option<JoinHandle<String>>,
    _folder: TempDir,
}

impl Server {
    /// Fills in the template and starts the program with it.
    pub(super) fn start(program: &Path, template: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("usher-interop-").tempdir()?;
        let (port, site) = free_ports()?;
        let key = SigningKey::generate(SigningAlgorithm::Rs256)?;
        let public = toml::Value::try_from(&key.public)?.to_string();
        let config = fs::read_to_string(template).with_context(|| template.display().to_string())?;
        let config = config
            .replace("{port}", &port.to_string())
            .replace("{site}", &site.to_string())
            .replace("{jwk}", &public);
        let file = folder.path().join("usher.toml");
        fs::write(&file, config)?;
        let pem = folder.path().join("application.pem");
        fs::write(&pem, private_pem(key.pkcs8.expose()))?;
        let mut command = Command::new(program);
        command.args(["serve", "--config"]).arg(&file).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(Stdio::piped()).spawn();
        let child = child.with_context(|| format!("{} could not be started", program.display()))?;
        let issuer = format!("http://localhost:{port}/oidc");
        let mut server = Self { issuer, site, key: pem, child, reader: None, _folder: folder };
        server.wait()?;
        Ok(server)
    }

    /// Waits until it says that it is ready. Its log is read to the end, lest it waits for a reader.
    fn wait(&mut self) -> anyhow::Result<()> {
        let output = self.child.stderr.take().context("the server's log is not there")?;
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut said = String::new();
        loop {
            let Some(line) = lines.next() else { bail!("the server did not start:\n{said}") };
            said.push_str(&line);
            said.push('\n');
            if line.contains(READY) {
                break;
            }
        }
        self.reader = Some(std::thread::spawn(move || {
            for line in lines {
                said.push_str(&line);
                said.push('\n');
            }
            said
        }));
        Ok(())
    }

    /// Ends it; what it logged.
    pub(super) fn log(mut self) -> String {
        self.end()
    }

    fn end(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.reader.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Two ports that nobody listens on. Another program may take one before it is used: then the start fails and says so.
fn free_ports() -> anyhow::Result<(u16, u16)> {
    let (first, second) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((first.local_addr()?.port(), second.local_addr()?.port()))
}

/// A private key as text (RFC 7468 §10).
fn private_pem(pkcs8: &[u8]) -> String {
    let text = STANDARD.encode(pkcs8);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    format!("{begin}\n{}\n{end}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_in_lines_of_64_signs() {
        let pem = private_pem(&[7; 100]);
        let lengths: Vec<usize> = pem.lines().map(str::len).collect();
        assert_eq!(lengths, [27, 64, 64, 8, 25]);
    }

    #[test]
    fn a_server_that_does_not_start_tells_what_it_said() {
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("t.toml");
        fs::write(&template, "").unwrap();
        let program = folder.path().join("usher");
        fs::write(&program, "#!/bin/sh\necho broken >&2\n").unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
        let error = Server::start(&program, &template).err().unwrap();
        assert_eq!(error.to_string(), "the server did not start:\nbroken\n");
    }
}
