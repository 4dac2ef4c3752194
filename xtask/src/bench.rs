//! `cargo xtask bench`: the measurements, built for release.
//!
//! The engine, the log and the HTTP API are measured by programs of their own crates (`benches/`, without a harness); the cold start
//! is measured here, because it is about a process and not about a function, and so is the map of symbols, because of
//! the memory that each of its processes takes. `--data FILE` is for the router, which is measured on a table of
//! questions, for the rules, which search a graph of edges, and for the memory, which is asked about conversations;
//! `--files N` for the map of symbols; `--chroma URL` and `--most N` for the memory.

mod start;
mod symbols;

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::cargo::{self, Profile};

/// A bench program: what it is called here, and the crate that owns it.
const PROGRAMS: &[(&str, &str)] = &[
    ("agent", "venom"),
    (API, "venom"),
    (DATALOG, "venom-datalog"),
    ("engine", "venom"),
    ("frame", "venom-tui"),
    ("log", "venom-store"),
    (MEMORY, "venom-store"),
    ("packs", "venom-store"),
    (ROUTER, "venom-kernel"),
    ("sandbox", "venom-exec"),
    ("snapshot", "venom-exec"),
];

const API: &str = "api";
const DATALOG: &str = "datalog";
const MEMORY: &str = "memory";
const ROUTER: &str = "router";
const START: &str = "start";
const SYMBOLS: &str = "symbols";

/// `cargo xtask bench`
pub(crate) fn command(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    let (mut is_ci, mut data, mut files, mut wanted) = (false, None, None, Vec::new());
    let mut of_memory: Vec<String> = Vec::new();
    let mut rest = args.iter().map(String::as_str);
    while let Some(arg) = rest.next() {
        match arg {
            "--ci" => is_ci = true,
            "--data" => {
                let file = rest.next().context("--data needs a file")?;
                // The program is started elsewhere.
                let file = Path::new(file)
                    .canonicalize()
                    .with_context(|| format!("cannot find the table {file}"))?;
                data = Some(file);
            }
            flag @ ("--chroma" | "--most") => {
                let value = rest
                    .next()
                    .with_context(|| format!("{flag} needs a value"))?;
                of_memory.extend([flag.to_owned(), value.to_owned()]);
            }
            "--files" => {
                let number = rest.next().and_then(|number| number.parse::<u32>().ok());
                files = Some(number.context("--files wants a number, such as `--files 100000`")?);
            }
            name if [START, SYMBOLS].contains(&name)
                || PROGRAMS.iter().any(|(program, _)| *program == name) =>
            {
                wanted.push(name);
            }
            name => bail!(
                "there is no bench `{name}`; there are agent, api, datalog, engine, frame, log, memory, packs, router, sandbox, snapshot, start and symbols"
            ),
        }
    }
    let alone = |name: &str| wanted == [name];
    if data.is_some() && ![ROUTER, DATALOG, MEMORY].into_iter().any(alone) {
        bail!(
            "--data is for one of these alone: cargo xtask bench router|datalog|memory --data FILE"
        );
    }
    if !of_memory.is_empty() && !alone(MEMORY) {
        bail!("--chroma and --most are for the memory alone: cargo xtask bench memory --most N");
    }
    if data.is_some() && is_ci {
        bail!("with --ci nothing is measured on a file: leave out --data");
    }
    // The readers of the API want more descriptors than every machine that runs the automation gives.
    let is_wanted = |name: &str| match wanted.as_slice() {
        [] => !(is_ci && name == API),
        names => names.contains(&name),
    };

    let mut is_good = true;
    for (program, package) in PROGRAMS.iter().filter(|(program, _)| is_wanted(program)) {
        eprintln!("bench {program}");
        let mut bench = cargo::command(root);
        // With the binary's own crate, cargo picks the features of dependencies that it picks for the binary and for the
        // tests of everything, and compiles them once.
        bench.args(["bench", "--quiet", "--package", "venom"]);
        bench.args(["--package", package, "--bench", program]);
        if *program == DATALOG {
            bench.args(["--features", "venom-datalog/peer"]);
        }
        bench.arg("--");
        if is_ci {
            bench.arg("--ci");
        }
        if let Some(file) = &data {
            bench.arg("--data").arg(file);
        }
        bench.args(&of_memory);
        if let Err(error) = cargo::succeed(&mut bench) {
            eprintln!("bench {program}: {error:#}");
            is_good = false;
        }
    }
    if is_wanted(SYMBOLS)
        && let Err(error) = symbols::measure(root, files, is_ci)
    {
        eprintln!("bench {SYMBOLS}: {error:#}");
        is_good = false;
    }
    if is_wanted(START) {
        eprintln!("bench {START}");
        let venom = cargo::build_venom(root, Profile::Release)?;
        is_good &= start::measure(&venom, is_ci)?;
    }
    Ok(is_good)
}
