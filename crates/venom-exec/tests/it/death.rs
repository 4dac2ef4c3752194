//! What happens to commands when VENOM itself is killed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use venom_exec::process::sweep_leftovers;
use venom_ports::exec::{Executor as _, OnLine};

use crate::command::{ends_within, executor, is_gone, pid_of, shell};

/// The process that is to be killed runs the script in this file; it is this binary again, asked
/// for one test, in a folder that holds the file.
const SCRIPT: &str = "venom-death-script";

/// Does nothing unless the test below has put a script into the current folder.
#[tokio::test]
async fn process_that_is_killed() {
    if !Path::new(SCRIPT).exists() {
        return;
    }
    let script = fs::read_to_string(SCRIPT).unwrap();
    let on_line: OnLine = Arc::new(|line| println!("{line}"));
    executor()
        .run(shell(&script), CancellationToken::new(), Some(on_line))
        .await
        .unwrap();
}

#[test]
fn commands_die_with_venom_and_their_children_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo main $$; (setsid sleep 300 & echo child $!); echo ready; exec sleep 300";
    fs::write(folder.path().join(SCRIPT), script).unwrap();
    let mut venom = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "death::process_that_is_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(venom.stdout.take().unwrap()).lines();
    let mut output = String::new();
    while !output.contains("ready\n") {
        output.push_str(&lines.next().unwrap().unwrap());
        output.push('\n');
    }
    // The first line may stand behind the name of the test.
    let output = output
        .replace("... main", "\nmain")
        .replace("... \nmain", "\nmain");
    let (main, child) = (pid_of("main", &output), pid_of("child", &output));

    assert!(!is_gone(main) && !is_gone(child));
    sweep_leftovers();
    assert!(
        !is_gone(child),
        "commands of a VENOM that lives are none of our business"
    );

    venom.kill().unwrap();
    venom.wait().unwrap();
    assert!(ends_within(main, 10), "the kernel kills the command itself");
    assert!(
        !is_gone(child),
        "if this dies too, sweeping is of no use any more"
    );
    assert!(sweep_leftovers() >= 1);
    assert!(is_gone(child));
}
