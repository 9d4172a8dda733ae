//! What the kernel says about another process: its processor time and its memory (proc(5)).

use anyhow::Context as _;
use std::fs;
use std::time::Duration;

/// The kernel's unit of processor time in /proc: USER_HZ, 100 on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// A process's memory in KiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// What it holds now.
    pub(super) resident: u64,
    /// The most that it ever held.
    pub(super) peak: u64,
}

/// The processor time of all its threads so far, its own and the kernel's on its behalf.
pub(super) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat =
        fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is not there any more")?;
    parse_cpu_time(&stat).with_context(|| format!("/proc/{pid}/stat cannot be read"))
}

/// Its memory.
pub(super) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status =
        fs::read_to_string(format!("/proc/{pid}/status")).context("the process is not there any more")?;
    let kib = |name| parse_kib(&status, name).with_context(|| format!("/proc/{pid}/status has no {name}"));
    Ok(Memory { resident: kib("VmRSS:")?, peak: kib("VmHWM:")? })
}

/// The processor of this machine, as it names itself.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split(':').nth(1));
    format!("{cores} × {}", model.unwrap_or("a processor without a name").trim())
}

fn parse_cpu_time(stat: &str) -> Option<Duration> {
    // The second field is the program's name in parentheses, which may hold anything; utime and stime are the 14th and 15th.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()?.checked_add(ticks()?)?))
}

fn parse_kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_the_programs_and_the_kernels() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 5 0 0 0 120 30 0 0 20 0 4 0 99";
        assert_eq!(parse_cpu_time(stat), Some(Duration::from_millis(1500)));
        assert_eq!(parse_cpu_time("7 (a) S 1"), None);
    }

    #[test]
    fn memory_is_found_by_its_name() {
        assert_eq!(parse_kib("Name:\tx\nVmHWM:\t  14032 kB\nVmRSS:\t  9000 kB\n", "VmRSS:"), Some(9000));
        assert_eq!(parse_kib("Name:\tx\n", "VmRSS:"), None);
    }

    #[test]
    fn this_very_process_can_be_looked_at() {
        let memory = memory(std::process::id()).unwrap();
        assert!(memory.resident > 0 && memory.peak >= memory.resident);
        assert!(cpu_time(std::process::id()).is_ok());
    }
}
