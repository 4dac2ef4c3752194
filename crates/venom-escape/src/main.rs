//! Tries to get out of a sandbox, and watches from outside whether it did.
//!
//! One static program with two sides. Inside, `run` makes each attempt in a child of its own and
//! prints a JSON line for it. Outside, `drive` prepares decoys, starts a launcher that puts `run` into
//! a sandbox, and then looks at the host: files changed, processes killed, servers reached, processes
//! alive. What the host sees counts for more than what a probe believes.
//!
//! Every attempt is safe for a machine that runs it without a sandbox, which is how the suite shows
//! that its probes have teeth: it touches decoys only, asks dangerous calls with arguments that are
//! refused after the check of rights, opens settings and devices without writing, and stops each bomb
//! at a fixed size.

use std::ffi::c_int;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

mod catalogue;
mod driver;
mod environment;
mod facts;
mod files;
mod mounts;
mod network;
#[expect(
    unsafe_code,
    reason = "the probes make calls that no safe library offers; this module makes them for all"
)]
mod os;
mod probe;
mod processes;
mod resources;
mod runner;
mod survivors;
mod syscalls;
mod terminal;

const USAGE: &str = "usage:
  venom-escape list
  venom-escape run --facts FILE [--only ID,ID...]
  venom-escape drive [--outside DIR] [--only ID,...] [--skip ID,...] [--expect FILE]
      [--control REPORT] [--report FILE] [--env NAME=VALUE]... [--timeout SECONDS]
      --launcher COMMAND...
In COMMAND, {workspace}, {probe}, {facts} and {name} stand for the paths of the workspace, of the
program and the facts in it, and for the program's name in the workspace.
Exit codes: 0 as expected, 1 another set escaped, 2 the suite itself failed.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["list"] => catalogue::list().map(|()| ExitCode::SUCCESS),
        ["run", rest @ ..] => run(rest).map(|()| ExitCode::SUCCESS),
        ["drive", rest @ ..] => driver::drive(rest),
        ["victim", name, token] => driver::be_victim(name, token),
        ["linger", name] => survivors::linger(name),
        ["whoami"] => whoami().map(|()| ExitCode::SUCCESS),
        ["on-terminal", path, command @ ..] => Err(on_terminal(path, command)),
        _ => Err(io::Error::other(USAGE)),
    };
    result.unwrap_or_else(|error| {
        // A closed standard error leaves nobody to tell.
        writeln!(io::stderr(), "venom-escape: {error}").ok();
        ExitCode::from(2)
    })
}

fn run(arguments: &[&str]) -> io::Result<()> {
    let mut path = None;
    let mut only = None;
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = rest
            .next()
            .ok_or_else(|| io::Error::other(format!("{name} needs a value")))?;
        match *name {
            "--facts" => path = Some(PathBuf::from(value)),
            "--only" => only = Some(value.split(',').map(str::to_owned).collect::<Vec<_>>()),
            _ => return Err(io::Error::other(format!("unknown option {name}"))),
        }
    }
    let path = path.ok_or_else(|| io::Error::other("run needs --facts"))?;
    let facts = facts::Facts::read(&path)?;
    let path = std::path::absolute(path)?;
    let workspace = path.parent().unwrap_or_else(|| Path::new("/"));
    runner::run(&facts, workspace, only.as_deref())
}

/// Prints the effective user, for the probe that runs a setuid program.
fn whoami() -> io::Result<()> {
    let user = os::call!(libc::SYS_geteuid)?;
    writeln!(io::stdout(), "{user}")
}

/// Becomes a command whose controlling terminal is the one at this path. Returns only an error.
fn on_terminal(path: &str, command: &[&str]) -> io::Error {
    let attach = || -> io::Result<()> {
        os::call!(libc::SYS_setsid)?;
        // The first terminal that the leader of a session opens becomes its own.
        let flags = libc::O_RDWR;
        let fd = os::open_at(libc::AT_FDCWD, &os::c_path(path)?, flags, 0)?;
        for stream in [0, 1, 2] as [c_int; 3] {
            if stream != fd {
                os::call!(libc::SYS_dup3, fd, stream, 0)?;
            }
        }
        if fd > 2 {
            os::close(fd);
        }
        Ok(())
    };
    if let Err(error) = attach() {
        return error;
    }
    match command {
        [program, arguments @ ..] => Command::new(program).args(arguments).exec(),
        [] => io::Error::other("no command"),
    }
}
