//! What `cargo xtask bench` can be told on the command line.

use super::scenario::Scenario;
use anyhow::{Context as _, bail};
use std::path::PathBuf;
use std::time::Duration;

pub(super) const USAGE: &str = "\
cargo xtask bench [options]   the release server under load, beside a responder that does nothing, in one run
  --only NAME          one scenario (discovery, code, refresh, introspection, userinfo); can be repeated
  --connections N,…    connections at once; 1,16,64 by default
  --seconds N          how long each row is measured, for each of the processes; 5 by default
  --json FILE          write the figures there, too
  --postgres           on a throwaway PostgreSQL, whose own flushing is off, in place of the embedded database";

/// The most connections that are prepared for: each has a browser that signs in.
const MOST_CONNECTIONS: usize = 1024;
/// The longest row. Access tokens, renewed before each turn, must outlive a turn.
const MOST_SECONDS: u64 = 300;

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    /// Which scenarios, in their order.
    pub(super) scenarios: Vec<Scenario>,
    /// How many connections at once, one row for each.
    pub(super) connections: Vec<usize>,
    /// How long each process is measured for a row.
    pub(super) measured: Duration,
    /// Where the figures are written as JSON.
    pub(super) json: Option<PathBuf>,
    /// Where the server keeps its data.
    pub(super) database: Database,
}

/// Where the server keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Database {
    /// In its folder.
    Embedded,
    /// In a server that is started for this run.
    Postgres,
}

impl Options {
    pub(super) fn parse(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut options = Self {
            scenarios: Vec::new(),
            connections: vec![1, 16, 64],
            measured: Duration::from_secs(5),
            json: None,
            database: Database::Embedded,
        };
        let mut words = arguments.iter().copied();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value\n{USAGE}"));
            match word {
                "--only" => options.scenarios.push(Scenario::parse(value()?)?),
                "--connections" => options.connections = connections(value()?)?,
                "--seconds" => options.measured = seconds(value()?)?,
                "--json" => options.json = Some(PathBuf::from(value()?)),
                "--postgres" => options.database = Database::Postgres,
                _ => bail!("bench does not know {word}\n{USAGE}"),
            }
        }
        if options.scenarios.is_empty() {
            options.scenarios = Scenario::ALL.to_vec();
        }
        Ok(options)
    }

    /// The same options as they are written.
    pub(super) fn arguments(&self) -> Vec<String> {
        let connections: Vec<String> = self.connections.iter().map(usize::to_string).collect();
        let mut words = vec!["--connections".to_owned(), connections.join(",")];
        words.extend(["--seconds".to_owned(), self.measured.as_secs().to_string()]);
        for scenario in &self.scenarios {
            words.extend(["--only".to_owned(), scenario.name().to_owned()]);
        }
        if let Some(path) = &self.json {
            words.extend(["--json".to_owned(), path.display().to_string()]);
        }
        if self.database == Database::Postgres {
            words.push("--postgres".to_owned());
        }
        words
    }
}

fn connections(text: &str) -> anyhow::Result<Vec<usize>> {
    let number = |word: &str| match word.parse() {
        Ok(n) if (1..=MOST_CONNECTIONS).contains(&n) => Ok(n),
        _ => bail!("--connections: {word:?} is not a number from 1 to {MOST_CONNECTIONS}"),
    };
    text.split(',').map(number).collect()
}

fn seconds(text: &str) -> anyhow::Result<Duration> {
    match text.parse() {
        Ok(n) if (1..=MOST_SECONDS).contains(&n) => Ok(Duration::from_secs(n)),
        _ => bail!("--seconds: {text:?} is not a number from 1 to {MOST_SECONDS}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_measured_where_nothing_is_said() {
        let options = Options::parse(&[]).unwrap();
        assert_eq!((options.scenarios.len(), options.connections), (5, vec![1, 16, 64]));
        assert_eq!((options.measured.as_secs(), options.database), (5, Database::Embedded));
    }

    #[test]
    fn options_read_back_as_they_are_written() {
        let given = [
            "--only",
            "code",
            "--only",
            "refresh",
            "--connections",
            "2,4",
            "--seconds",
            "9",
            "--postgres",
            "--json",
            "x.json",
        ];
        let options = Options::parse(&given).unwrap();
        let written = options.arguments();
        assert_eq!(Options::parse(&written.iter().map(String::as_str).collect::<Vec<_>>()).unwrap(), options);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [["--only", "everything"], ["--connections", "0"], ["--seconds", "soon"], ["--fast", ""]]
        {
            assert!(Options::parse(&wrong).is_err(), "{wrong:?}");
        }
        assert!(Options::parse(&["--json"]).is_err());
    }
}
