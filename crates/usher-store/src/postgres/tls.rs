//! TLS to PostgreSQL: whom the server's certificate must come from, and what it means when it does not. There is one way:
//! the chain and the name are verified, or there is no connection.

use crate::OpenError;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What PostgreSQL calls its protocol in ALPN; servers from 17 on ask for it where TLS begins at once.
const PROTOCOL: &[u8] = b"postgresql";
/// What the driver says of a server that answered that it has no TLS.
const NO_TLS: &str = "server does not support TLS";
/// What the verifier says of an authority's certificate in the place of a server's.
const AUTHORITY: &str = "CaUsedAsEndEntity";

/// A connector for addresses that stay in the clear: it trusts nobody, and is not asked.
pub(super) fn unused() -> Result<MakeRustlsConnect, String> {
    connector(RootCertStore::empty())
}

/// A connector that verifies by the authorities of a file; without one, or by the word `system`, by the machine's.
pub(super) fn verified(authorities: Option<&str>) -> Result<MakeRustlsConnect, String> {
    connector(match authorities {
        None | Some("system") => of_machine()?,
        Some(path) => of_file(path)?,
    })
}

fn connector(authorities: RootCertStore) -> Result<MakeRustlsConnect, String> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("TLS cannot be used: {e}"))?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn of_file(path: &str) -> Result<RootCertStore, String> {
    if !Path::new(path).is_absolute() {
        return Err(format!(
            "sslrootcert is {path}, and must be the whole path of a file, or system for the machine's authorities"
        ));
    }
    let unusable =
        |why: String| format!("sslrootcert, {path}, cannot be used ({why}): PEM certificates are expected");
    let mut authorities = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| unusable(e.to_string()))? {
        let certificate = certificate.map_err(|e| unusable(e.to_string()))?;
        authorities.add(certificate).map_err(|e| unusable(e.to_string()))?;
    }
    if authorities.is_empty() {
        return Err(unusable("there is none in it".to_owned()));
    }
    Ok(authorities)
}

fn of_machine() -> Result<RootCertStore, String> {
    let mut authorities = RootCertStore::empty();
    // A certificate that cannot be read is trusted for nothing.
    authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if authorities.is_empty() {
        return Err("this machine has no certificate authorities: install them (the package ca-certificates), or add \
            sslrootcert=/path/of/authorities.pem to the address"
            .to_owned());
    }
    Ok(authorities)
}

/// Why there is no connection, where that is for TLS: by what the address asks for, or because the certificate has ended. Nothing
/// but the wish for TLS was sent.
pub(super) fn refusal(error: &tokio_postgres::Error, place: &str) -> Option<OpenError> {
    let source = error.source()?;
    let refused = |why: &str| Some(OpenError::Tls { place: place.to_owned(), why: why.to_owned() });
    if source.to_string() == NO_TLS {
        return refused(
            "the server has no TLS, so nothing was sent to it: set ssl = on there, or, on a private network that you trust, \
            add sslmode=disable to the address",
        );
    }
    let tls: &rustls::Error = source.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref()?;
    let rustls::Error::InvalidCertificate(wrong) = tls else { return None };
    match wrong {
        // The second: from an authority of that name with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => refused(
            "the server's certificate comes from no authority that is trusted here: \
            add sslrootcert=/path/of/authorities.pem to the address, with the authority that issued it",
        ),
        CertificateError::NotValidForNameContext { expected, presented } if !presented.is_empty() => {
            refused(&format!(
                "the server's certificate is not for {}: write the host as it is called there ({})",
                expected.to_str(),
                names(presented)
            ))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => refused(
            "the server's certificate has not the host's name: write the host as it is called there, or get another certificate",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let why = "the server's certificate has ended: renew it".to_owned();
            Some(OpenError::Database { place: place.to_owned(), why })
        }
        CertificateError::Other(other) if other.to_string() == AUTHORITY => refused(
            "the server's certificate is an authority's (CA:TRUE) and not a server's: get one for the server \
            from that authority, or one that signs itself with CA:FALSE",
        ),
        other => refused(&format!("the server's certificate cannot be trusted: {other}")),
    }
}

/// The names of a certificate, which the verifier gives as `DnsName("localhost")`.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    presented.iter().map(bare).collect::<Vec<_>>().join(", ")
}
