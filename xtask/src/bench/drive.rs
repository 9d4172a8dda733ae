//! Load: connections that send again as soon as they are answered, and how long each answer took.

use super::scenario::Load;
use super::wire::Wire;
use anyhow::Context as _;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;

/// How long the load runs before anything is counted.
const WARM_UP: Duration = Duration::from_millis(500);
/// A unit of load under way at the end of a round must be answered within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// How long each unit took, in nanoseconds.
    latencies: Vec<u32>,
    /// How long was counted.
    elapsed: Duration,
    /// The processor time that the other process used meanwhile.
    cpu: Duration,
}

impl Counted {
    /// Adds another round of the same.
    pub(super) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.elapsed += other.elapsed;
        self.cpu += other.cpu;
    }

    /// Units per second.
    pub(super) fn rate(&self) -> f64 {
        per(self.count(), self.elapsed.as_secs_f64())
    }

    /// Processor time for each unit, in microseconds.
    pub(super) fn cpu_us(&self) -> f64 {
        per(self.cpu.as_secs_f64() * 1e6, self.count())
    }

    /// The times within which this many hundredths of the units were answered.
    pub(super) fn percentiles<const N: usize>(&mut self, hundredths: [usize; N]) -> [Duration; N] {
        self.latencies.sort_unstable();
        hundredths.map(|p| {
            let at = (self.latencies.len() * p).div_ceil(100).saturating_sub(1);
            Duration::from_nanos(self.latencies.get(at).copied().unwrap_or_default().into())
        })
    }

    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap_or(u32::MAX))
    }
}

fn per(amount: f64, unit: f64) -> f64 {
    if unit > 0.0 { amount / unit } else { 0.0 }
}

/// Runs each load on a connection of its own. `cpu_time` is asked at both ends of what is counted.
pub(super) async fn drive(
    address: SocketAddr,
    loads: Vec<Load>,
    measured: Duration,
    cpu_time: impl Fn() -> anyhow::Result<Duration>,
) -> anyhow::Result<(Counted, Vec<Load>)> {
    let mut wires = Vec::with_capacity(loads.len());
    for _ in &loads {
        wires.push(Wire::connect(address).await.context("a connection for the load")?);
    }
    let from = Instant::now() + WARM_UP;
    let until = from + measured;
    let tasks: Vec<_> = loads
        .into_iter()
        .zip(wires)
        .map(|(load, wire)| {
            tokio::spawn(tokio::time::timeout_at(until + PATIENCE, repeat(load, wire, from, until)))
        })
        .collect();
    tokio::time::sleep_until(from).await;
    let (began, cpu_before) = (Instant::now(), cpu_time()?);
    tokio::time::sleep_until(until).await;
    let mut counted = Counted {
        latencies: Vec::new(),
        elapsed: began.elapsed(),
        cpu: cpu_time()?.saturating_sub(cpu_before),
    };
    let mut loads = Vec::with_capacity(tasks.len());
    for task in tasks {
        let (latencies, load) = task.await?.context("a request was never answered")??;
        counted.latencies.extend(latencies);
        loads.push(load);
    }
    Ok((counted, loads))
}

/// One connection: what is answered within the time counts.
async fn repeat(
    mut load: Load,
    mut wire: Wire,
    from: Instant,
    until: Instant,
) -> anyhow::Result<(Vec<u32>, Load)> {
    let mut latencies = Vec::new();
    let mut before = Instant::now();
    while before < until {
        load.once(&mut wire).await?;
        let now = Instant::now();
        if now >= from && now < until {
            latencies.push(u32::try_from(now.duration_since(before).as_nanos()).unwrap_or(u32::MAX));
        }
        before = now;
    }
    Ok((latencies, load))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_percentiles_are_those_of_all_rounds() {
        let round = |from: u32| Counted {
            latencies: (from..from + 50).map(|n| n * 1_000_000).collect(),
            elapsed: Duration::from_secs(1),
            cpu: Duration::from_millis(5),
        };
        let mut counted = round(51);
        counted.add(round(1));
        assert!((counted.rate() - 50.0).abs() < 1e-9);
        assert!((counted.cpu_us() - 100.0).abs() < 1e-9);
        assert_eq!(counted.percentiles([50, 99, 100]), [50, 99, 100].map(Duration::from_millis));
    }

    #[test]
    fn nothing_counted_is_no_rate() {
        let mut counted = Counted::default();
        assert!(counted.rate().abs() < f64::EPSILON && counted.cpu_us().abs() < f64::EPSILON);
        assert_eq!(counted.percentiles([99]), [Duration::ZERO]);
    }
}
