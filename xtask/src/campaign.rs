//! `cargo xtask campaign`: the tests that try every point instead of a sample.
//!
//! They are ordinary tests; the environment tells them to leave nothing out. What each counted is a line that begins
//! with `CAMPAIGN`; docs/bench/campaigns.md keeps the last ones. `bfcl` is another matter: it asks a model, for as long
//! as the model takes, and docs/bench/bfcl.md keeps what came of it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::cargo;

mod bfcl;

/// A campaign: its name, the crate that owns it, and which of its tests it is.
const CAMPAIGNS: &[(&str, &str, &str)] = &[
    ("kill", "venom", "outage::kill::"),
    ("power", "venom", "outage::power::"),
    ("io", "venom", "outage::faults::"),
    ("corruption", "venom-store", "corruption::"),
];

/// `cargo xtask campaign`
pub(crate) fn command(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    if args.first().is_some_and(|name| name == "bfcl") {
        bfcl::run(root, args.get(1..).unwrap_or_default())
            .context("asking a model for calls of tools")?;
        return Ok(true);
    }
    for name in args {
        if !CAMPAIGNS.iter().any(|(known, _, _)| known == name) {
            bail!("there is no campaign `{name}`; there are kill, power, io, corruption and bfcl");
        }
    }
    let mut is_good = true;
    for (name, package, filter) in CAMPAIGNS {
        if !args.is_empty() && !args.iter().any(|arg| arg == name) {
            continue;
        }
        eprintln!("campaign {name}");
        let begun = Instant::now();
        let mut tests = cargo::command(root);
        tests
            .args(["test", "--quiet", "--package", package, "--test", "it"])
            .args(["--", filter, "--nocapture", "--test-threads", "1"])
            .env("VENOM_CAMPAIGN", "full");
        if let Err(error) = cargo::succeed(&mut tests) {
            eprintln!("campaign {name}: {error:#}");
            is_good = false;
        }
        println!("campaign {name}: {:.0} s", begun.elapsed().as_secs_f64());
    }
    Ok(is_good)
}
