//! One run: start-up and memory first, then every scenario at every number of connections, the processes taking turns.

use super::baseline::{Baseline, Responder};
use super::drive::{Counted, drive};
use super::options::{Database, Options};
use super::report::{Report, Row, Start};
use super::scenario::{Load, Scenario};
use super::server::{Installation, Server};
use super::site::Visitor;
use super::{browser, disk, process, report};
use anyhow::Context as _;
use std::path::Path;
use std::time::Duration;
use usher_crypto::jose::VerifyingKey;
use usher_testdb::Postgres;

/// Starts of which the median is taken.
const STARTS: usize = 10;
/// How long a server without work is left alone before its memory is read.
const REST: Duration = Duration::from_secs(2);
/// How often each process has its turn in a row of the report.
const TURNS: u32 = 2;

/// Measures and prints.
pub(super) async fn measure(options: &Options, release: &Path) -> anyhow::Result<()> {
    let target = release.parent().context("a target folder")?;
    // Beside the builds rather than in /tmp, which may be memory: a flush there would cost nothing.
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(target)?;
    let database = match options.database {
        Database::Embedded => None,
        Database::Postgres => Some(Postgres::shared()?.fresh_database().await?),
    };
    let installation = Installation::new(&release.join("usher"), folder.path(), database.as_deref())?;
    let flushes = disk::flushes_per_second(folder.path())?;
    installation.start().await?.stop().await?;
    let cold_start = cold_start(&installation).await?;
    let server = installation.start().await?;
    tokio::time::sleep(REST).await;
    let idle_kib = server.memory()?.resident;
    let bench = Bench::prepare(options, installation, server, release).await?;
    let (bench, rows) = bench.rows(options).await?;
    let peak_kib = bench.server.memory()?.peak;
    bench.server.stop().await?;
    let cold_start_later = self::cold_start(&bench.installation).await?;
    let start = Start { cold: cold_start, cold_later: cold_start_later, idle_kib, peak_kib };
    let report = Report { machine: process::machine(), flushes, database: options.database, start, rows };
    println!("{}", report::markdown(&report));
    if let Some(path) = &options.json {
        std::fs::write(path, report::json(&report))
            .with_context(|| format!("{} could not be written", path.display()))?;
    }
    Ok(())
}

/// The median time to the first answer on a folder that is there already.
async fn cold_start(installation: &Installation) -> anyhow::Result<Duration> {
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let server = installation.start().await?;
        times.push(server.started_in);
        server.stop().await?;
    }
    times.sort_unstable();
    times.get(STARTS / 2).copied().context("no start was measured")
}

/// Everything that runs while rows are measured.
struct Bench {
    installation: Installation,
    server: Server,
    bare: Responder,
    sign: Responder,
    keys: Vec<VerifyingKey>,
    visitors: Vec<Visitor>,
}

impl Bench {
    /// Starts the responders and signs in once for each connection.
    async fn prepare(
        options: &Options,
        installation: Installation,
        server: Server,
        release: &Path,
    ) -> anyhow::Result<Self> {
        let site = &installation.site;
        let program = release.join("xtask");
        let mut wire = super::wire::Wire::connect(site.address).await?;
        let bytes = wire.exchange(&site.discovery()).await?.expect(200, "discovery")?.body.len();
        let (bare, sign) = (Baseline::Bare.start(&program, bytes)?, Baseline::Sign.start(&program, bytes)?);
        let keys = site.keys().await?;
        let mut visitors = Vec::new();
        for _ in 0..options.connections.iter().copied().max().unwrap_or(1) {
            visitors.push(browser::sign_in(site, &keys).await?);
        }
        Ok(Self { installation, server, bare, sign, keys, visitors })
    }

    async fn rows(mut self, options: &Options) -> anyhow::Result<(Self, Vec<Row>)> {
        let mut rows = Vec::new();
        for scenario in &options.scenarios {
            for connections in &options.connections {
                eprintln!("measuring {} on {connections} connections", scenario.name());
                let row = self.row(*scenario, *connections, options.measured / TURNS).await;
                rows.push(row.with_context(|| format!("{} on {connections} connections", scenario.name()))?);
            }
        }
        Ok((self, rows))
    }

    /// The turns alternate, so that a change in the machine's mood meets all of them.
    async fn row(&mut self, scenario: Scenario, connections: usize, turn: Duration) -> anyhow::Result<Row> {
        let (mut bare, mut sign, mut server) = (Counted::default(), Counted::default(), Counted::default());
        for _ in 0..TURNS {
            bare.add(self.baseline(Baseline::Bare, connections, turn).await?);
            sign.add(self.baseline(Baseline::Sign, connections, turn).await?);
            server.add(self.turn(scenario, connections, turn).await?);
        }
        let [p50, p99] = server.percentiles([50, 99]);
        let (rate, cpu_us) = (server.rate(), server.cpu_us());
        Ok(Row { scenario, connections, rate, p50, p99, cpu_us, bare: bare.rate(), sign: sign.rate() })
    }

    async fn baseline(
        &self,
        baseline: Baseline,
        connections: usize,
        turn: Duration,
    ) -> anyhow::Result<Counted> {
        let request = self.installation.site.discovery();
        let (responder, load): (_, Box<dyn Fn() -> Load>) = match baseline {
            Baseline::Bare => {
                let body = self.bare.answer(&request).await?;
                (&self.bare, Box::new(move || Load::Same { request: request.clone(), body: body.clone() }))
            }
            Baseline::Sign => (&self.sign, Box::new(move || Load::Token { request: request.clone() })),
        };
        let loads = std::iter::repeat_with(load).take(connections).collect();
        let (counted, _) = drive(responder.address, loads, turn, || Ok(Duration::ZERO)).await?;
        Ok(counted)
    }

    async fn turn(
        &mut self,
        scenario: Scenario,
        connections: usize,
        turn: Duration,
    ) -> anyhow::Result<Counted> {
        let site = &self.installation.site;
        let mut loads = Vec::with_capacity(connections);
        for visitor in self.visitors.iter_mut().take(connections) {
            loads.push(scenario.load(site, visitor).await?);
        }
        let (counted, loads) = drive(site.address, loads, turn, || self.server.cpu_time()).await?;
        for (load, visitor) in loads.into_iter().zip(&mut self.visitors) {
            load.settle(site, &self.keys, visitor)?;
        }
        Ok(counted)
    }
}
