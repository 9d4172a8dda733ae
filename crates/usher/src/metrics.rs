//! The server's numbers as Prometheus reads them. They are counted elsewhere, by atomic additions; here they are collected when they are
//! asked for. Every label is a member of a closed set, so that the number of series is bounded whatever is sent.

mod process;

use crate::tls::Certificates;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet, prometheus_text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt::{self, Error};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use usher_core::App;
use usher_store::{Engine, FaultKind};
use usher_types::histogram::{BOUNDS_US, Histogram};

/// The media type of the text format, version 0.0.4.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is asked for its numbers.
#[derive(Clone)]
pub struct Scrape {
    /// The server.
    pub app: Arc<App>,
    /// Its certificates.
    pub certificates: Option<Certificates>,
}

impl fmt::Debug for Scrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrape")
    }
}

/// Every number now, as text.
pub async fn render(scrape: &Scrape) -> String {
    let ready = scrape.app.readiness().await.is_ready();
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Now { scrape: scrape.clone(), ready }));
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = prometheus_text::encode(&mut text, &registry);
    text
}

#[derive(Debug)]
struct Now {
    scrape: Scrape,
    ready: bool,
}

impl Collector for Now {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut sheet = Sheet(encoder);
        self.doors(&mut sheet)?;
        self.people(&mut sheet)?;
        self.store(&mut sheet)?;
        self.state(&mut sheet)?;
        process::encode(&mut sheet)
    }
}

impl Now {
    fn doors(&self, sheet: &mut Sheet<'_>) -> Result<(), Error> {
        let metrics = &self.scrape.app.metrics;
        let path =
            |endpoint: Option<usher_types::Endpoint>| endpoint.map_or("none", usher_types::Endpoint::path);
        let requests = metrics.requests().flat_map(|(endpoint, requests)| {
            let counted = requests.by_class().filter(|(_, count)| *count > 0);
            counted.map(move |(class, count)| ([("endpoint", path(endpoint)), ("status", class)], count))
        });
        sheet.counters(
            "usher_http_requests",
            "Requests that were answered, by endpoint and class of status",
            requests,
        )?;
        let times =
            metrics.requests().map(|(endpoint, requests)| ([("endpoint", path(endpoint))], &requests.time));
        let asked = times.filter(|(_, time)| time.counted().total() > 0);
        sheet.histograms(
            "usher_http_request_seconds",
            "From the head of a request being there until its answer is ready",
            asked,
        )?;
        let connections = &metrics.connections;
        sheet.gauge("usher_connections_open", "Connections that are open", connections.open.load(Relaxed))?;
        sheet.counter(
            "usher_connections",
            "Connections since the start",
            connections.opened.load(Relaxed),
        )?;
        sheet.counter(
            "usher_connections_refused",
            "Connections that were closed at once: their network had its share, or they came past the proxy",
            connections.refused.load(Relaxed),
        )
    }

    fn people(&self, sheet: &mut Sheet<'_>) -> Result<(), Error> {
        let app = &self.scrape.app;
        let tokens = app.metrics.tokens_by_grant().map(|(by, count)| ([("grant", by.as_str())], count));
        sheet.counters("usher_tokens", "Answers with tokens, by grant", tokens)?;
        sheet.counter("usher_sign_ins", "People who were signed in", app.metrics.sign_ins.load(Relaxed))?;
        let outcomes = app.metrics.passwords_by_outcome();
        let passwords = outcomes.map(|(outcome, count)| ([("outcome", outcome.as_str())], count));
        sheet.counters("usher_passwords", "Passwords that were given, by what came of them", passwords)?;
        let causes = app.refusals.by_cause();
        let refusals = causes.iter().map(|(cause, count)| ([("cause", cause.as_str())], *count));
        sheet.counters("usher_refusals", "Refusals, by cause", refusals)?;
        let waiting = i64::try_from(app.hashing.waiting()).unwrap_or(i64::MAX);
        sheet.gauge("usher_passwords_waiting", "Passwords that wait to be hashed", waiting)?;
        let time = [([("", ""); 0], app.hashing.time())];
        sheet.histograms(
            "usher_password_hash_seconds",
            "Hashing one password, without waiting",
            time.into_iter(),
        )
    }

    fn store(&self, sheet: &mut Sheet<'_>) -> Result<(), Error> {
        let meter = self.scrape.app.store.meter();
        let reads = [([("", ""); 0], &meter.reads)];
        sheet.histograms("usher_store_read_seconds", "Reads of the database", reads.into_iter())?;
        let batches = [([("", ""); 0], &meter.batches)];
        sheet.histograms(
            "usher_store_batch_seconds",
            "Writes to the database, until they are on its disk",
            batches.into_iter(),
        )?;
        let statements = self.scrape.app.store.counts().statements;
        sheet.counter("usher_store_statements", "Statements of reads and writes", statements)?;
        let faults = FaultKind::ALL.into_iter().map(|kind| ([("kind", kind.as_str())], meter.faults(kind)));
        sheet.counters("usher_store_faults", "Reads and writes that failed, by kind", faults)
    }

    fn state(&self, sheet: &mut Sheet<'_>) -> Result<(), Error> {
        let app = &self.scrape.app;
        let now = app.world.clock.now();
        sheet.gauge("usher_ready", "1 where requests can be answered", i64::from(self.ready))?;
        sheet.counter(
            "usher_mails_put_off",
            "Mails that wait since their pool has sent as many as it may in an hour",
            app.metrics.mails_put_off.load(Relaxed),
        )?;
        sheet.counter("usher_sweeps", "Sweeps that came to their end", app.metrics.sweeps.load(Relaxed))?;
        sheet.counter(
            "usher_sweeps_failed",
            "Sweeps that did not",
            app.metrics.sweeps_failed.load(Relaxed),
        )?;
        sheet.gauge(
            "usher_configuration_revision",
            "The revision that is in force",
            app.snapshot().revision,
        )?;
        let unread = i64::try_from(app.snapshot().unread.len()).unwrap_or(i64::MAX);
        sheet.gauge("usher_pools_unread", "Pools that cannot be read as they are now", unread)?;
        let age = now.since(app.metrics.looked_at()).as_seconds();
        sheet.gauge("usher_configuration_age_seconds", "Since the revision was last looked at", age)?;
        let mut ends = sheet.family(
            "usher_certificate_expiry_timestamp_seconds",
            "When a certificate ends, by its place in the configuration",
            MetricType::Gauge,
        )?;
        for (place, end) in self.scrape.certificates.iter().flat_map(Certificates::ends).enumerate() {
            let place = place.to_string();
            ends.encode_family(&[("place", place.as_str())])?.encode_gauge(&end.at.seconds())?;
        }
        let engine = match app.store.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgresql",
        };
        let build = [("version", env!("CARGO_PKG_VERSION")), ("engine", engine)];
        let mut info = sheet.family(
            "usher_build_info",
            "The program and its database engine; always 1",
            MetricType::Gauge,
        )?;
        info.encode_family(&build)?.encode_gauge(&1_i64)
    }
}

/// Where families of numbers are written.
struct Sheet<'a>(DescriptorEncoder<'a>);

impl Sheet<'_> {
    fn family<'s>(
        &'s mut self,
        name: &'s str,
        help: &'s str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }

    fn counter(&mut self, name: &str, help: &str, count: u64) -> Result<(), Error> {
        self.family(name, help, MetricType::Counter)?.encode_counter::<NoLabelSet, _, u64>(&count, None)
    }

    fn gauge(&mut self, name: &str, help: &str, value: i64) -> Result<(), Error> {
        self.family(name, help, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn fraction(&mut self, name: &str, help: &str, value: f64) -> Result<(), Error> {
        self.family(name, help, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        counts: impl Iterator<Item = (L, u64)>,
    ) -> Result<(), Error> {
        let mut family = self.family(name, help, MetricType::Counter)?;
        for (labels, count) in counts {
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    fn histograms<'h, L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        all: impl Iterator<Item = (L, &'h Histogram)>,
    ) -> Result<(), Error> {
        let mut family = self.family(name, help, MetricType::Histogram)?;
        for (labels, histogram) in all {
            let counted = histogram.counted();
            // What is longer than the last bound is in the total alone, which the format writes as the last bucket.
            let buckets: Vec<(f64, u64)> =
                BOUNDS_US.iter().map(|us| seconds(*us)).zip(counted.buckets).collect();
            let (sum, total) = (seconds(counted.sum_us), counted.total());
            family.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, total, &buckets, None)?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a sum of times need not be exact to the last microsecond")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct One;

    impl Collector for One {
        fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
            let histogram = Histogram::default();
            for us in [400, 600, 20_000_000] {
                histogram.observe(std::time::Duration::from_micros(us));
            }
            let mut sheet = Sheet(encoder);
            sheet.histograms("h", "H", [([("a", "b")], &histogram)].into_iter())?;
            sheet.counters("c", "C", [([("a", "b\"c")], 1)].into_iter())?;
            sheet.gauge("g", "G", -1)
        }
    }

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(One));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).unwrap();
        for line in [
            "# TYPE h histogram",
            "h_bucket{a=\"b\",le=\"0.0005\"} 1",
            "h_bucket{a=\"b\",le=\"0.001\"} 2",
            "h_bucket{a=\"b\",le=\"10\"} 2",
            "h_bucket{a=\"b\",le=\"+Inf\"} 3",
            "h_sum{a=\"b\"} 20.001",
            "h_count{a=\"b\"} 3",
            "# TYPE c_total counter",
            "c_total{a=\"b\\\"c\"} 1",
            "g -1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert_eq!(text.matches("h_bucket").count(), BOUNDS_US.len() + 1, "{text}");
    }
}
