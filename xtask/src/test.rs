//! `cargo xtask test`: every test of the workspace, and one sum at the end.
//!
//! It needs nothing but cargo. What the tests print is passed on while it is read; the output of tests that passed is
//! held back except for its skips. A test that cannot run here prints `SKIPPED: <reason>` and returns; it is counted
//! as skipped and not as passed.

mod allowed;
mod libtest;
mod nextest;
mod tally;
#[cfg(test)]
mod tests;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::cargo;
use allowed::Allowed;
use libtest::Libtest;
use nextest::Nextest;
use tally::Tally;

/// The crates whose documentation examples are compiled and run; the others switch them off in their manifest.
const WITH_EXAMPLES: &[&str] = &["venom-kernel", "venom-ports"];

#[derive(Default)]
struct Options {
    packages: Vec<String>,
    is_nextest: bool,
    allowed_skips: Option<PathBuf>,
    passed_on: Vec<String>,
}

/// `cargo xtask test`
pub(crate) fn command(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    let options = parse(args)?;
    let allowed = options
        .allowed_skips
        .as_deref()
        .map(Allowed::read)
        .transpose()?;
    let started = Instant::now();
    let mut tally = Tally::default();

    if options.is_nextest {
        run_nextest(&mut with_nextest(root, &options), &mut tally)?;
    } else {
        run_libtest(&mut with_libtest(root, &options), &mut tally)?;
    }
    if let Some(mut examples) = documentation_examples(root, &options) {
        run_libtest(&mut examples, &mut tally)?;
    }

    let unexpected = allowed.map_or_else(Vec::new, |allowed| allowed.unexpected(tally.skips()));
    for skip in tally.skips() {
        println!("skipped: {skip}");
    }
    for name in tally.failures() {
        println!("failed: {name}");
    }
    for skip in &unexpected {
        println!("unexpected skip: {skip}");
    }
    println!("time: {:.1} s", started.elapsed().as_secs_f64());
    println!("{}", tally.sum());
    Ok(tally.failed() == 0 && unexpected.is_empty())
}

fn parse(args: &[String]) -> anyhow::Result<Options> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-p" | "--package" => {
                let package = args.next().context("-p needs the name of a crate")?;
                options.packages.push(package.clone());
            }
            "--nextest" => options.is_nextest = true,
            "--allow-skips" => {
                let file = args.next().context("--allow-skips needs a file")?;
                options.allowed_skips = Some(PathBuf::from(file));
            }
            "--" => options.passed_on = args.by_ref().cloned().collect(),
            unknown => bail!("test does not know `{unknown}`; arguments for the tests follow `--`"),
        }
    }
    Ok(options)
}

fn select(command: &mut Command, packages: &[String]) {
    if packages.is_empty() {
        command.arg("--workspace");
    }
    for package in packages {
        command.args(["--package", package]);
    }
}

/// `--tests` takes libraries, binaries and integration tests, and leaves benches and examples alone.
fn with_libtest(root: &Path, options: &Options) -> Command {
    let mut command = cargo::command(root);
    command.args(["test", "--tests", "--no-fail-fast"]);
    select(&mut command, &options.packages);
    command
        .args(["--", "--show-output"])
        .args(&options.passed_on);
    command
}

fn with_nextest(root: &Path, options: &Options) -> Command {
    let mut command = cargo::command(root);
    command.args([
        "nextest",
        "run",
        "--no-fail-fast",
        "--success-output",
        "immediate",
    ]);
    select(&mut command, &options.packages);
    command.arg("--").args(&options.passed_on);
    command
}

fn documentation_examples(root: &Path, options: &Options) -> Option<Command> {
    let is_wanted =
        |name: &&&str| options.packages.is_empty() || options.packages.iter().any(|p| p == **name);
    let mut packages: Vec<String> = WITH_EXAMPLES
        .iter()
        .filter(is_wanted)
        .map(|name| (*name).to_owned())
        .collect();
    if packages.is_empty() {
        return None;
    }
    if options.packages.is_empty() {
        // With all crates, cargo takes the dependencies that the tests before were compiled with.
        packages.clear();
    }
    let mut command = cargo::command(root);
    command.args(["test", "--doc", "--no-fail-fast"]);
    select(&mut command, &packages);
    command
        .args(["--", "--show-output"])
        .args(&options.passed_on);
    Some(command)
}

fn run_libtest(command: &mut Command, tally: &mut Tally) -> anyhow::Result<()> {
    let mut reader = Libtest::default();
    let failed_before = tally.failed();
    let status = stream(command, |line| reader.read(line, tally))?;
    reader.end(tally);
    explain(status, failed_before, tally);
    Ok(())
}

fn run_nextest(command: &mut Command, tally: &mut Tally) -> anyhow::Result<()> {
    let mut reader = Nextest::default();
    let failed_before = tally.failed();
    let status = stream(command, |line| reader.read(line, tally))?;
    explain(status, failed_before, tally);
    Ok(())
}

/// A bad exit that no failed test explains is one failure: something did not build.
fn explain(status: ExitStatus, failed_before: usize, tally: &mut Tally) {
    if !status.success() && tally.failed() == failed_before {
        tally.fail(format!(
            "cargo ended with {status} and no failed test; see above"
        ));
    }
}

/// Runs a command and shows those lines of its output, as they come, that `read` lets pass.
///
/// Both outputs share one pipe: cargo names each test program on stderr, and only the true order says which of the
/// following results belong to it.
fn stream(command: &mut Command, mut read: impl FnMut(&str) -> bool) -> anyhow::Result<ExitStatus> {
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command
        .stderr(writer.try_clone().context("cannot share the pipe")?)
        .stdout(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    // The command still holds our ends of the pipe; without this the reader would wait for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader
            .read_until(b'\n', &mut line)
            .context("cannot read the tests' output")?
            == 0
        {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if read(text) {
            println!("{text}");
        }
    }
    child.wait().context("cannot wait for cargo")
}
