//! Certificates: read from files, picked by the name that a client asks for, and read again when the files change. Broken new files leave
//! the old certificates where they are.

use crate::config::{ConfigError, Loaded};
use crate::system;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::TlsAcceptor;
use usher_types::{Secret, Timestamp};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The server's certificates. Clones share them.
#[derive(Debug, Clone)]
pub struct Certificates(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    files: Vec<Pair>,
    loaded: ArcSwap<Set>,
    /// What the files looked like when they were last read, whether that went well or not.
    seen: Mutex<Vec<Option<Stamp>>>,
}

/// A certificate's files.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub private_key: PathBuf,
}

/// What tells a file from its successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

/// What came of looking at the files again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// They are as they were.
    Same,
    /// New certificates are in use.
    Replaced,
    /// They changed and cannot be used: the old ones stay.
    Kept,
}

/// What is wrong with a pair of files.
#[derive(Debug)]
struct Wrong {
    pair: usize,
    key: &'static str,
    message: String,
}

#[derive(Debug)]
struct Set {
    first: Arc<CertifiedKey>,
    by_name: HashMap<String, Arc<CertifiedKey>>,
    ends: Vec<End>,
}

/// When a certificate ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Its file.
    pub file: PathBuf,
    /// The moment.
    pub at: Timestamp,
}

impl Certificates {
    /// Reads the certificates that the configuration names; none where the server speaks no TLS.
    pub fn load(loaded: &Loaded) -> Result<Option<Self>, ConfigError> {
        let Some(section) = &loaded.config.server.tls else { return Ok(None) };
        let base = loaded.base();
        let first = Pair {
            certificate: base.join(&section.certificate),
            private_key: base.join(&section.private_key),
        };
        let others = section.others.iter().map(|other| Pair {
            certificate: base.join(&other.certificate),
            private_key: base.join(&other.private_key),
        });
        let files: Vec<Pair> = std::iter::once(first).chain(others).collect();
        let seen = stamps(&files);
        let set = Set::read(&files).map_err(|wrong| match wrong.pair.checked_sub(1) {
            None => loaded.at(&["server", "tls", wrong.key], &wrong.message),
            Some(number) => {
                loaded.at(&["server", "tls", "others", &number.to_string(), wrong.key], &wrong.message)
            }
        })?;
        let shared = Shared { files, loaded: ArcSwap::from_pointee(set), seen: Mutex::new(seen) };
        Ok(Some(Self(Arc::new(shared))))
    }

    /// What accepts connections by them: TLS 1.2 and 1.3, HTTP/1.1.
    pub fn acceptor(&self) -> Result<TlsAcceptor, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.0) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again if they changed. Connections that there are go on; what is wrong is logged once for each change.
    pub fn look(&self) -> Look {
        let now = stamps(&self.0.files);
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Look::Same;
        }
        *seen = now;
        match Set::read(&self.0.files) {
            Ok(set) => {
                self.0.loaded.store(Arc::new(set));
                tracing::info!("new certificates are in use");
                Look::Replaced
            }
            Err(wrong) => {
                let (key, why) = (wrong.key, wrong.message);
                tracing::error!(
                    key,
                    why,
                    "the certificate files changed and cannot be used: the old ones stay"
                );
                Look::Kept
            }
        }
    }

    /// Whether one of them is for a name.
    pub fn name(&self, name: &str) -> bool {
        self.0.loaded.load().find(&name.to_ascii_lowercase()).is_some()
    }

    /// When each of them ends.
    pub fn ends(&self) -> Vec<End> {
        self.0.loaded.load().ends.clone()
    }

    /// A sentence for each that has ended.
    pub fn expired(&self, now: Timestamp) -> Vec<String> {
        let ended = self.ends().into_iter().filter(|end| end.at <= now);
        ended
            .map(|end| {
                format!(
                    "{}: the certificate has expired: browsers will refuse it; renew it",
                    end.file.display()
                )
            })
            .collect()
    }
}

impl ResolvesServerCert for Shared {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let set = self.loaded.load();
        Some(hello.server_name().map_or_else(|| Arc::clone(&set.first), |name| set.of_name(name)))
    }
}

impl Set {
    fn read(files: &[Pair]) -> Result<Self, Wrong> {
        let mut all = Vec::new();
        let mut by_name = HashMap::new();
        let mut ends = Vec::new();
        for (number, pair) in files.iter().enumerate() {
            let (key, names, at) =
                pair.read().map_err(|(key, message)| Wrong { pair: number, key, message })?;
            let key = Arc::new(key);
            for name in names {
                by_name.entry(name).or_insert_with(|| Arc::clone(&key));
            }
            ends.push(End { file: pair.certificate.clone(), at });
            all.push(key);
        }
        match all.into_iter().next() {
            Some(first) => Ok(Self { first, by_name, ends }),
            None => Err(Wrong { pair: 0, key: "certificate", message: "none is named".to_owned() }),
        }
    }

    /// The certificate of a name; of its wildcard (RFC 9525 §6.3: one label); else the first.
    fn of_name(&self, name: &str) -> Arc<CertifiedKey> {
        Arc::clone(self.find(&name.to_ascii_lowercase()).unwrap_or(&self.first))
    }

    fn find(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        let wildcard = || name.split_once('.').and_then(|(_, rest)| self.by_name.get(&format!("*.{rest}")));
        self.by_name.get(name).or_else(wildcard)
    }
}

impl Pair {
    /// The certificate with its key, its names, and its end; or the setting that is wrong and why.
    fn read(&self) -> Result<(CertifiedKey, Vec<String>, Timestamp), (&'static str, String)> {
        let of_certificate = |why: String| ("certificate", why);
        let chain = read_chain(&self.certificate).map_err(of_certificate)?;
        let private = read_key(&self.private_key).map_err(|why| ("private_key", why))?;
        let (names, end) =
            chain.first().map_or_else(|| Err(String::new()), |first| told(first)).map_err(|e| {
                of_certificate(format!(
                    "{}: this certificate cannot be used: {e}",
                    self.certificate.display()
                ))
            })?;
        let key = CertifiedKey::from_der(chain, private, &provider()).map_err(|e| match e {
            rustls::Error::InconsistentKeys(_) => of_certificate(format!(
                "{} and {} do not go together: the private key is another certificate's",
                self.certificate.display(),
                self.private_key.display()
            )),
            other => ("private_key", format!("{}: {other}", self.private_key.display())),
        })?;
        Ok((key, names, end))
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |why: &str| format!("{}: {why}; a PEM certificate is expected", path.display());
    let pem = read_pem(path).map_err(|why| wrong(&why))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.expose()).collect();
    match read {
        Ok(chain) if !chain.is_empty() => Ok(chain.into_iter().map(CertificateDer::into_owned).collect()),
        Ok(_) if holds(&pem, "PRIVATE KEY-----") => Err(wrong("there is a private key in it")),
        Ok(_) => Err(wrong("there is none in it")),
        Err(e) => Err(wrong(&format!("what is in it is broken ({e})"))),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let wrong = |why: &str| format!("{}: {why}; a PEM private key is expected", path.display());
    let pem = read_pem(path).map_err(|why| wrong(&why))?;
    if holds(&pem, "ENCRYPTED") {
        return Err(format!(
            "{0}: the key has a passphrase, which nobody types when a server starts: take it away by openssl pkey -in {0} -out PLAIN",
            path.display()
        ));
    }
    PrivateKeyDer::from_pem_slice(pem.expose()).map_err(|e| match e {
        PemError::NoItemsFound if holds(&pem, " CERTIFICATE-----") => wrong("there is a certificate in it"),
        PemError::NoItemsFound => wrong("there is none in it"),
        other => wrong(&format!("what is in it is broken ({other})")),
    })
}

fn read_pem(path: &Path) -> Result<Secret, String> {
    std::fs::read(path).map(Secret::new).map_err(|e| system::why(&e))
}

fn holds(pem: &Secret, words: &str) -> bool {
    pem.expose().windows(words.len()).any(|part| part == words.as_bytes())
}

/// The DNS names of a certificate, lower case, and its end.
fn told(der: &CertificateDer<'_>) -> Result<(Vec<String>, Timestamp), String> {
    let certificate = Certificate::from_der(der).map_err(|e| e.to_string())?;
    let contents = certificate.tbs_certificate();
    if contents.version() != Version::V3 {
        let message = "it is of an older version than 3, which browsers refuse: make one with its names in subjectAltName";
        return Err(message.to_owned());
    }
    let end = contents.validity().not_after.to_unix_duration().as_millis();
    let extension = contents.get_extension::<SubjectAltName>().map_err(|e| e.to_string())?;
    let names = extension.map(|(_, names)| names.0).unwrap_or_default();
    let names = names.into_iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        _ => None,
    });
    Ok((names.collect(), Timestamp::from_millis(i64::try_from(end).unwrap_or(i64::MAX))))
}

fn stamps(files: &[Pair]) -> Vec<Option<Stamp>> {
    files.iter().flat_map(|pair| [stamp(&pair.certificate), stamp(&pair.private_key)]).collect()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    Some(Stamp { inode: about.ino(), bytes: about.len(), modified: (about.mtime(), about.mtime_nsec()) })
}

fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

#[cfg(test)]
mod tests;
