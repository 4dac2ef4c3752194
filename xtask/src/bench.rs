//! `cargo xtask bench`: the measurements, built for release.
//!
//! The engine and the log are measured by programs of their own crates (`benches/`, without a harness); the cold start
//! is measured here, because it is about a process and not about a function, and so is the map of symbols, because of
//! the memory that each of its processes takes.

mod start;
mod symbols;

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::cargo::{self, Profile};

/// A bench program: what it is called here, and the crate that owns it.
const PROGRAMS: &[(&str, &str)] = &[
    ("engine", "venom"),
    ("log", "venom-store"),
    ("packs", "venom-store"),
    ("sandbox", "venom-exec"),
    ("snapshot", "venom-exec"),
];

const START: &str = "start";
const SYMBOLS: &str = "symbols";

/// `cargo xtask bench`
pub(crate) fn command(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    let is_ci = args.iter().any(|arg| arg == "--ci");
    let mut files: Option<u32> = None;
    let mut wanted: Vec<&str> = Vec::new();
    let mut words = args.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--ci" => {}
            "--files" => {
                let number = words.next().and_then(|number| number.parse().ok());
                files = Some(number.context("--files wants a number, such as `--files 100000`")?);
            }
            name => wanted.push(name),
        }
    }
    for name in &wanted {
        if *name != START
            && *name != SYMBOLS
            && !PROGRAMS.iter().any(|(program, _)| program == name)
        {
            bail!(
                "there is no bench `{name}`; there are engine, log, packs, sandbox, snapshot, start and symbols"
            );
        }
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.contains(&name);

    let mut is_good = true;
    for (program, package) in PROGRAMS.iter().filter(|(program, _)| is_wanted(program)) {
        eprintln!("bench {program}");
        let mut bench = cargo::command(root);
        bench.args(["bench", "--quiet", "--package", package, "--bench", program]);
        if is_ci {
            bench.args(["--", "--ci"]);
        }
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
