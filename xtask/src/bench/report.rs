//! The figures as people read them (Markdown) and as programs do (JSON). A ratio stands beside its target; nothing is rounded in favour
//! of anybody.

use super::baseline::Baseline;
use super::options::Database;
use super::scenario::Scenario;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// The most time that a start on a folder that is there already should take.
const COLD_START: Duration = Duration::from_millis(20);
/// The most memory that a server without work should hold, in KiB.
const IDLE_KIB: u64 = 15 * 1024;

/// Everything that a run found out.
pub(super) struct Report {
    /// The machine.
    pub(super) machine: String,
    /// What its disk can do: flushed writes per second, one after the other.
    pub(super) flushes: f64,
    /// Where the server kept its data.
    pub(super) database: Database,
    /// Start and memory.
    pub(super) start: Start,
    /// Load.
    pub(super) rows: Vec<Row>,
}

/// Start and memory.
pub(super) struct Start {
    /// From the process's start to the first answer, on a folder with the declared pool alone.
    pub(super) cold: Duration,
    /// The same after all of the load.
    pub(super) cold_later: Duration,
    /// Memory before the load.
    pub(super) idle_kib: u64,
    /// The most memory, under load.
    pub(super) peak_kib: u64,
}

/// A scenario on a number of connections.
pub(super) struct Row {
    pub(super) scenario: Scenario,
    pub(super) connections: usize,
    /// Units per second.
    pub(super) rate: f64,
    /// Half of the units took no longer.
    pub(super) p50: Duration,
    /// All but a hundredth of the units took no longer.
    pub(super) p99: Duration,
    /// The server's processor time for each.
    pub(super) cpu_us: f64,
    /// The rate of the responder that answers with the same bytes.
    pub(super) bare: f64,
    /// The rate of the one that signs.
    pub(super) sign: f64,
}

impl Row {
    /// Its part of the rate that it is measured against.
    fn ratio(&self) -> f64 {
        let (baseline, _) = self.scenario.target();
        let best = match baseline {
            Baseline::Bare => self.bare,
            Baseline::Sign => self.sign,
        };
        if best > 0.0 { self.rate / best } else { 0.0 }
    }

    fn target(&self) -> f64 {
        self.scenario.target().1
    }

    fn against(&self) -> &'static str {
        match self.scenario.target().0 {
            Baseline::Bare => "bare",
            Baseline::Sign => "ES256",
        }
    }
}

fn verdict(is_reached: bool) -> &'static str {
    if is_reached { "ok" } else { "**below**" }
}

/// Two tables.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = String::new();
    let database = match report.database {
        Database::Embedded => "the embedded database, every answered write on disk",
        Database::Postgres => "a throwaway PostgreSQL that does not flush",
    };
    let _ = writeln!(
        text,
        "{}; {database}; the disk flushes {:.0} times a second\n",
        report.machine, report.flushes
    );
    text.push_str("| scenario | conns | per s | p50 ms | p99 ms | CPU µs each | bare per s | ES256 per s | ratio | target | |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n");
    for row in &report.rows {
        let Row { scenario, connections, rate, p50, p99, cpu_us, bare, sign } = row;
        let (p50, p99) = (ms(*p50), ms(*p99));
        let (ratio, against, target) = (row.ratio(), row.against(), row.target());
        let _ = writeln!(
            text,
            "| {} | {connections} | {rate:.0} | {p50:.3} | {p99:.3} | {cpu_us:.1} | {bare:.0} | {sign:.0} | \
             {ratio:.3} of {against} | {target:.2} | {} |",
            scenario.name(),
            verdict(ratio >= target)
        );
    }
    let start = &report.start;
    text.push_str("\n| start and memory | | target | |\n|---|--:|--:|---|\n");
    for (name, time) in [("cold start", start.cold), ("cold start after the load", start.cold_later)] {
        let (took, most) = (ms(time), COLD_START.as_millis());
        let _ = writeln!(text, "| {name} | {took:.1} ms | {most} ms | {} |", verdict(time <= COLD_START));
    }
    let is_small = verdict(start.idle_kib <= IDLE_KIB);
    let _ = writeln!(text, "| memory, idle | {} | {} | {is_small} |", mib(start.idle_kib), mib(IDLE_KIB));
    let _ = writeln!(text, "| memory, peak | {} | | |", mib(start.peak_kib));
    text
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn mib(kib: u64) -> String {
    format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
}

/// The same figures; times in milliseconds or microseconds and memory in KiB, as the names say.
pub(super) fn json(report: &Report) -> String {
    let row = |row: &Row| {
        json!({
            "scenario": row.scenario.name(), "connections": row.connections, "per_s": row.rate,
            "p50_ms": ms(row.p50), "p99_ms": ms(row.p99), "cpu_us": row.cpu_us,
            "bare_per_s": row.bare, "es256_per_s": row.sign,
            "ratio": row.ratio(), "ratio_to": row.against(), "target": row.target(), "reached": row.ratio() >= row.target(),
        })
    };
    let start = &report.start;
    let whole = json!({
        "machine": report.machine,
        "database": match report.database { Database::Embedded => "embedded", Database::Postgres => "postgres" },
        "flushes_per_s": report.flushes,
        "cold_start_ms": ms(start.cold),
        "cold_start_after_load_ms": ms(start.cold_later),
        "idle_kib": start.idle_kib,
        "peak_kib": start.peak_kib,
        "rows": report.rows.iter().map(row).collect::<Vec<Value>>(),
    });
    format!("{whole:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Report {
        let row = |scenario, rate| Row {
            scenario,
            connections: 16,
            rate,
            p50: Duration::from_micros(250),
            p99: Duration::from_micros(1500),
            cpu_us: 20.0,
            bare: 40_000.0,
            sign: 20_000.0,
        };
        Report {
            machine: "2 × a processor".to_owned(),
            flushes: 1000.0,
            database: Database::Embedded,
            start: Start {
                cold: Duration::from_millis(12),
                cold_later: Duration::from_millis(25),
                idle_kib: 14 * 1024 + 512,
                peak_kib: 30 * 1024,
            },
            rows: vec![row(Scenario::Discovery, 35_000.0), row(Scenario::Code, 1_500.0)],
        }
    }

    #[test]
    fn a_ratio_stands_beside_its_target() {
        let text = markdown(&sample());
        assert!(text.contains("| discovery | 16 | 35000 | 0.250 | 1.500 | 20.0 | 40000 | 20000 | 0.875 of bare | 0.85 | ok |"), "{text}");
        assert!(text.contains("0.075 of ES256 | 0.10 | **below** |"), "{text}");
        assert!(text.contains("| cold start after the load | 25.0 ms | 20 ms | **below** |"), "{text}");
        assert!(text.contains("| memory, idle | 14.5 MiB | 15.0 MiB | ok |"), "{text}");
    }

    #[test]
    fn programs_read_the_same_figures() {
        let read: Value = serde_json::from_str(&json(&sample())).unwrap();
        assert_eq!(read["rows"][1]["scenario"], "code");
        assert_eq!(read["rows"][1]["reached"], false);
        assert_eq!(read["idle_kib"], 14 * 1024 + 512);
    }
}
