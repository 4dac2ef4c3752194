//! Cold start of the binary, beside the smallest program there is.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Starting it costs what starting any program costs here; the rest is ours.
const FLOOR: &str = "/bin/true";

/// Chosen: the extremes settle, and the whole takes under a second.
const RUNS: usize = 30;

/// The first runs read the file from disk and are not counted.
const WARM_UP: usize = 3;

/// The promise: `venom --version` is back in less than this. The best run is compared, because on a shared machine
/// the others measure the neighbours.
const BUDGET: Duration = Duration::from_millis(10);

/// Linux counts the processor time of children in hundredths of a second (`USER_HZ`, fixed in its interface).
const TICK: Duration = Duration::from_millis(10);

/// Prints the table; with `is_ci` a start above the budget is a failure.
pub(crate) fn measure(venom: &Path, is_ci: bool) -> anyhow::Result<bool> {
    let floor = Path::new(FLOOR);
    for _ in 0..WARM_UP {
        run(venom)?;
        run(floor)?;
    }
    // Alternating, so that a busy second of the machine hits both alike.
    let mut venom_walls = Vec::with_capacity(RUNS);
    let mut floor_walls = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        venom_walls.push(run(venom)?);
        floor_walls.push(run(floor)?);
    }
    let venom_spread = Spread::of(venom_walls).context("nothing was measured")?;
    let floor_spread = Spread::of(floor_walls).context("nothing was measured")?;
    // One block each: a single run is far below the clock's tick, thirty are not.
    let venom_cpu = processor_time(venom)?;
    let floor_cpu = processor_time(floor)?;

    println!("start, {RUNS} runs, ms        min   median      max  cpu/run");
    print_row("venom --version", &venom_spread, venom_cpu);
    print_row(FLOOR, &floor_spread, floor_cpu);
    let ratio = venom_spread.median.as_secs_f64() / floor_spread.median.as_secs_f64();
    println!("ratio of the medians {ratio:.1}");
    if venom_spread.min > BUDGET {
        println!(
            "over budget: the best start took more than {} ms",
            BUDGET.as_millis()
        );
        return Ok(!is_ci);
    }
    Ok(true)
}

fn print_row(name: &str, spread: &Spread, cpu: Option<Duration>) {
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let cpu = cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{:.2}", ms(cpu)));
    println!(
        "{name:<20} {:>8.2} {:>8.2} {:>8.2} {cpu:>8}",
        ms(spread.min),
        ms(spread.median),
        ms(spread.max)
    );
}

fn run(program: &Path) -> anyhow::Result<Duration> {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let wall = started.elapsed();
    if !status.success() {
        bail!("{} --version ended with {status}", program.display());
    }
    Ok(wall)
}

/// User and system time per run, where the system tells.
fn processor_time(program: &Path) -> anyhow::Result<Option<Duration>> {
    let before = children_ticks();
    for _ in 0..RUNS {
        run(program)?;
    }
    let spent = children_ticks()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    Ok(spent.map(|ticks| TICK * ticks / u32::try_from(RUNS).unwrap_or(u32::MAX)))
}

fn children_ticks() -> Option<u32> {
    std::fs::read_to_string("/proc/self/stat")
        .ok()
        .as_deref()
        .and_then(ticks_of_children)
}

/// `cutime` and `cstime`, the 16th and 17th field of proc_pid_stat(5). The second field is a name in parentheses that
/// may hold blanks, so the count begins behind it.
fn ticks_of_children(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(13);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// What is said about a series.
#[derive(Debug, PartialEq, Eq)]
struct Spread {
    min: Duration,
    median: Duration,
    max: Duration,
}

impl Spread {
    fn of(mut values: Vec<Duration>) -> Option<Self> {
        values.sort();
        Some(Self {
            min: *values.first()?,
            median: *values.get(values.len() / 2)?,
            max: *values.last()?,
        })
    }
}
