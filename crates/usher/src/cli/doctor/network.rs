//! The way to the server: its certificate, and whether the public URL leads to where it listens.

use super::{Patient, Report};
use crate::config::Loaded;
use crate::tls::Certificates;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use usher_admin::PoolView;
use usher_types::{Span, Timestamp};

/// How long before its end a certificate is to be renewed.
const SOON: Span = Span::days(30);

pub(super) fn look(patient: &Patient<'_>, report: &mut Report) {
    address(patient.loaded, report);
    if patient.loaded.config.server.tls.is_none() {
        return;
    }
    match Certificates::load(patient.loaded) {
        Ok(Some(certificates)) => certificate(patient, &certificates, report),
        Ok(None) => {}
        Err(error) => {
            report.find("TLS", error.to_string(), "put the right file there, or name it in [server.tls]");
        }
    }
}

/// Browsers refuse a pool's own domain where no certificate has its name.
pub(super) fn domains(loaded: &Loaded, pools: &[PoolView], report: &mut Report) {
    let Ok(Some(certificates)) = Certificates::load(loaded) else { return };
    for (pool, domain) in pools.iter().filter_map(|pool| Some((&pool.name, pool.domain.as_ref()?))) {
        if !certificates.name(domain) {
            let what = format!("no certificate is for {domain}, where the pool {pool} lives");
            let mend = format!(
                "get a certificate whose names include {domain}, and name it in [[server.tls.others]] or in [server.tls]"
            );
            report.find("TLS", what, mend);
        }
    }
}

/// Where nobody stands in between, people come to the port of the public URL. Off this machine, something that forwards ports may.
fn address(loaded: &Loaded, report: &mut Report) {
    let server = &loaded.config.server;
    let (public, listens) = (server.public_url.port(), server.listen.port());
    if !server.trusted_proxies.0.is_empty() || public == listens {
        return;
    }
    let what = format!("people are sent to port {public} by public_url, and the server listens on {listens}");
    // One of several nodes on a PostgreSQL is not the one that people come to first.
    if server.listen.ip().is_loopback() && loaded.config.storage.url.is_none() {
        let mend = "change [server] listen or public_url, or name the proxy in trusted_proxies";
        report.find("address", what, mend);
    } else {
        report.note(format!("Something must forward ports: {what}."));
    }
}

fn certificate(patient: &Patient<'_>, certificates: &Certificates, report: &mut Report) {
    let Some(section) = &patient.loaded.config.server.tls else { return };
    let path = patient.loaded.base().join(&section.certificate);
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_file_iter(&path).and_then(Iterator::collect);
    let Ok(chain) = chain else { return };
    let Some((first, rest)) = chain.split_first() else { return };
    let authority = patient.loaded.config.server.public_url.authority();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let Ok(name) = ServerName::try_from(host.to_owned()) else { return };
    if let Ok(parsed) = ParsedCertificate::try_from(first)
        && rustls::client::verify_server_name(&parsed, &name).is_err()
        && !certificates.name(host)
    {
        let what = format!("{} is not for {host}, the host of public_url", path.display());
        report.find("TLS", what, format!("get a certificate whose names include {host}"));
    }
    if let Some(end) = ends_before(first, rest, &name, patient.world.clock.now().plus(SOON)) {
        let what = format!("{} ends at {}", path.display(), crate::cli::backup::moment(end));
        report.find("TLS", what, "renew it");
    }
}

/// The end of a certificate, where it ends before a moment. Who issued it does not matter here.
fn ends_before(
    first: &CertificateDer<'static>,
    rest: &[CertificateDer<'static>],
    name: &ServerName<'_>,
    at: Timestamp,
) -> Option<Timestamp> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(std::iter::once(first).chain(rest).cloned());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().ok()?;
    let seconds = u64::try_from(at.seconds()).ok()?;
    let then = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    match verifier.verify_server_cert(first, rest, name, &[], then) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            Some(Timestamp::from_seconds(i64::try_from(not_after.as_secs()).ok()?))
        }
        Err(Error::InvalidCertificate(CertificateError::Expired)) => Some(at),
        _ => None,
    }
}
