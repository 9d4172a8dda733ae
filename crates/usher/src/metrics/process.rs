//! The process's own numbers, from /proc: memory, time of the processors, open files, its start. What the system does not tell is left out.

use super::Sheet;
use prometheus_client::encoding::NoLabelSet;
use prometheus_client::metrics::MetricType;
use std::fmt::Error;
use std::fs;

pub(super) fn encode(sheet: &mut Sheet<'_>) -> Result<(), Error> {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold anything.
    let fields: Vec<&str> =
        stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ').collect()).unwrap_or_default();
    let field = |number: usize| fields.get(number).and_then(|f| f.trim().parse::<f64>().ok());
    // proc_pid_stat(5): 14 utime, 15 stime, 22 starttime, in ticks; the first of these fields is number 3.
    let ticks = f64::from(u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100));
    if let (Some(user), Some(system)) = (field(11), field(12)) {
        let help = "Time of processors, of the program and of the system for it";
        let mut family = sheet.family("process_cpu_seconds", help, MetricType::Counter)?;
        family.encode_counter::<NoLabelSet, _, u64>(&((user + system) / ticks), None)?;
    }
    if let (Some(started), Some(booted)) = (field(19), booted_at()) {
        sheet.fraction("process_start_time_seconds", "When the process started", booted + started / ticks)?;
    }
    let memory = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = memory.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok());
    if let Some(pages) = pages {
        let page = i64::try_from(rustix::param::page_size()).unwrap_or(4096);
        sheet.gauge("process_resident_memory_bytes", "Memory in use", pages.saturating_mul(page))?;
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        let open = i64::try_from(open.count()).unwrap_or(i64::MAX);
        sheet.gauge("process_open_fds", "Open files and connections", open)?;
    }
    if let Some(most) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        sheet.gauge("process_max_fds", "The most of them that the system allows", most)?;
    }
    Ok(())
}

/// When the machine started, in seconds since 1970.
fn booted_at() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}
