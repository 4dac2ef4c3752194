//! What the system says about this process. A figure that it does not give is left out.

use std::fs;

use super::text::{self, Kind, Page};

/// Ticks of a second in what the system counts for programs: the same for every machine that Linux runs
/// on here.
const TICKS: u64 = 100;

/// The names of the figures are those that every exporter uses.
pub(super) fn write(page: &mut Page) {
    let hundredths = |ticks: u64| text::thousandths(ticks.saturating_mul(1_000) / TICKS);
    if let Some(stat) = stat() {
        page.family(
            "process_cpu_seconds_total",
            Kind::Counter,
            "Time of processors that this process used.",
        );
        page.sample("", &[], hundredths(stat.cpu));
        if let Some(booted) = booted() {
            page.family(
                "process_start_time_seconds",
                Kind::Gauge,
                "When this process began, in seconds since 1970.",
            );
            let since = booted.saturating_mul(TICKS).saturating_add(stat.started);
            page.sample("", &[], hundredths(since));
        }
        page.family(
            "process_resident_memory_bytes",
            Kind::Gauge,
            "Memory of this process that is in place.",
        );
        page.sample("", &[], resident().unwrap_or_default());
        page.family(
            "process_virtual_memory_bytes",
            Kind::Gauge,
            "Memory that this process was promised.",
        );
        page.sample("", &[], stat.promised);
        page.family("process_threads", Kind::Gauge, "Threads of this process.");
        page.sample("", &[], stat.threads);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        page.family(
            "process_open_fds",
            Kind::Gauge,
            "Descriptors that are open.",
        );
        // The one that lists them is one of them.
        page.sample("", &[], open.count().saturating_sub(1));
    }
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    if let Some(most) = limit.current {
        page.family(
            "process_max_fds",
            Kind::Gauge,
            "Descriptors that may be open.",
        );
        page.sample("", &[], most);
    }
}

struct Stat {
    cpu: u64,
    threads: u64,
    started: u64,
    promised: u64,
}

/// Reads `/proc/self/stat`, by the fields of proc(5).
fn stat() -> Option<Stat> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    parse(&text)
}

fn parse(text: &str) -> Option<Stat> {
    // The second field is the program's name in parentheses, whatever is in it.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u64>().ok();
    Some(Stat {
        cpu: field(14)?.checked_add(field(15)?)?,
        threads: field(20)?,
        started: field(22)?,
        promised: field(23)?,
    })
}

/// Reads the memory that is in place from `/proc/self/status`, which says it in units that do not depend
/// on the machine.
fn resident() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes.saturating_mul(1_024))
}

/// Reads when the machine was started, in seconds since 1970.
fn booted() -> Option<u64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_parenthesis_does_not_shift_the_fields() {
        let fields: Vec<String> = (4..=30).map(|number| number.to_string()).collect();
        let stat = parse(&format!("1 (a) b) S {}", fields.join(" "))).unwrap();
        assert_eq!(
            (stat.cpu, stat.threads, stat.started, stat.promised),
            (29, 20, 22, 23)
        );
        assert!(parse("1 (a").is_none() && parse("1 (a) S 1").is_none());
        assert!(super::stat().is_some() && resident().unwrap() > 0);
    }
}
