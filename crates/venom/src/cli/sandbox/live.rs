//! A command whose output is shown as it comes.
//!
//! The command never gets the terminal itself: its bytes go through pipes, and what would steer the
//! terminal is taken out before they are shown. Where nobody looks, they are passed on as they are.

use std::io::{IsTerminal, Read as _, Write};
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::mpsc;
use venom_exec::sandbox::Confined;
use venom_kernel::plain::Cleaner;
use venom_kernel::time::Millis;
use venom_ports::exec::{Captured, Command, Executor as _, Finished};

use crate::cli::attend::Signals;
use crate::error::CliError;
use crate::exit::Exit;

/// Bytes per read: what a pipe holds by default (pipe(7)).
const CHUNK: usize = 64 << 10;

/// The most that is passed on of each stream. Chosen: several times what the longest build says, and
/// nothing to a terminal's or a log's disk.
const MOST: u64 = 32 << 20;

/// How long is waited for the last bytes of a command that has ended.
const LAST_BYTES: Duration = Duration::from_millis(500);

/// Runs a command to its end; a signal ends it.
pub(super) async fn run(
    cell: &Arc<Confined>,
    command: &Command,
    signals: &mut Signals,
) -> Result<Finished, CliError> {
    let began = Instant::now();
    let mut running = cell.start(command, None).await?;
    let (stdin, stdout, stderr) = (
        running.stdin.take(),
        running.stdout.take(),
        running.stderr.take(),
    );
    // Ends early, with an error, when one of them is over the limit.
    let talk = async {
        tokio::try_join!(
            pass(stdout, std::io::stdout()),
            pass(stderr, std::io::stderr()),
        )
    };
    let mut talk = pin!(talk);
    let mut feed = pin!(feed(stdin));
    let (mut has_talked, mut has_fed, mut is_flood) = (false, false, false);
    let exit = loop {
        let mut is_unwanted = false;
        tokio::select! {
            biased;
            exit = cell.finish(&mut running) => break exit?,
            _ = signals.next() => is_unwanted = true,
            talked = &mut talk, if !has_talked => {
                has_talked = true;
                is_flood = talked.is_err();
                is_unwanted = is_flood;
            }
            () = &mut feed, if !has_fed => has_fed = true,
        }
        if is_unwanted {
            running.kill();
        }
    };
    if !has_talked {
        let _cut = tokio::time::timeout(LAST_BYTES, talk).await;
    }
    if is_flood {
        let most = MOST >> 20;
        return Err(CliError::new(
            Exit::Failed,
            format!("the command was ended because it wrote more than {most} MiB to its output"),
        )
        .hint("let it write to a file of the workspace instead"));
    }
    Ok(Finished {
        exit,
        stdout: Captured::default(),
        stderr: Captured::default(),
        took: Millis::new(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)),
        tier: cell.tier(),
    })
}

/// There was more of a stream than is passed on.
struct Flood;

/// Passes a stream on as it comes.
async fn pass(from: Option<OwnedFd>, mut to: impl Write + IsTerminal) -> Result<(), Flood> {
    let Some(Ok(mut from)) = from.map(pipe::Receiver::from_owned_fd) else {
        return Ok(());
    };
    let is_watched = to.is_terminal();
    let mut passed = 0_u64;
    let mut chunk = vec![0; CHUNK];
    let mut cleaner = Cleaner::default();
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let bytes = chunk.get(..count).unwrap_or_default();
        passed += bytes.len() as u64;
        if passed > MOST {
            return Err(Flood);
        }
        let written = if is_watched {
            to.write_all(cleaner.push(bytes).as_bytes())
        } else {
            to.write_all(bytes)
        };
        // Whoever reads may have gone; the command goes on.
        let _unread = written.and_then(|()| to.flush());
    }
    let rest = cleaner.finish();
    let _unread = to.write_all(rest.as_bytes()).and_then(|()| to.flush());
    Ok(())
}

/// Passes our own input on. It is read on a thread of its own, because a terminal gives nothing until
/// somebody types; the thread ends with the process.
async fn feed(to: Option<OwnedFd>) {
    let Some(Ok(mut to)) = to.map(pipe::Sender::from_owned_fd) else {
        return;
    };
    let (send, mut receive) = mpsc::channel::<Vec<u8>>(4);
    let read = move || {
        let mut chunk = vec![0; CHUNK];
        while let Ok(count @ 1..) = std::io::stdin().read(&mut chunk) {
            let bytes = chunk.get(..count).unwrap_or_default().to_vec();
            if send.blocking_send(bytes).is_err() {
                break;
            }
        }
    };
    let reader = std::thread::Builder::new().name("venom-stdin".to_owned());
    if reader.spawn(read).is_err() {
        return;
    }
    while let Some(bytes) = receive.recv().await {
        if to.write_all(&bytes).await.is_err() {
            break;
        }
    }
}
