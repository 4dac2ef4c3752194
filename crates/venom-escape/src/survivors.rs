//! Survivors: processes that outlive the run that made them.
//!
//! Every survivor carries the probe's name and ends by itself after a while, in case nobody ends it.

use std::ffi::c_int;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::catalogue::process_name;
use crate::files::in_host_pids;
use crate::os::{self, Fork, call};
use crate::probe::{Effect, Group, Outcome, Place, Probe, Scene, Stop};
use crate::runner;

/// Seconds that a survivor lives: longer than the driver looks, short for a machine.
const LIFE: u32 = 25;

/// Survivors of the probe that makes many.
const MANY: usize = 200;

const fn probe(id: &'static str, tries: &'static str, run: fn(&Scene<'_>) -> Outcome) -> Probe {
    Probe::new(Group::Survivors, id, tries, run)
        .seen_by_host(Effect::Survivor)
        .at(Place::Alone)
}

const PROBES: &[Probe] = &[
    probe(
        "survivor_new_session",
        "outlive the run in a session of its own",
        |scene| {
            let name = name(scene)?;
            in_new_session(|| linger(&name))
        },
    ),
    probe(
        "survivor_double_fork",
        "outlive the run as a child of nobody",
        |scene| {
            let name = name(scene)?;
            in_new_session(|| {
                if let Ok(Fork::Child) = os::fork() {
                    linger(&name);
                }
                os::leave(0)
            })
        },
    ),
    probe(
        "survivor_wiped",
        "outlive the run without descriptors and variables",
        |scene| {
            let name = name(scene)?;
            let program = std::env::current_exe()?;
            in_new_session(|| {
                if let Ok(Fork::Child) = os::fork() {
                    call!(libc::SYS_alarm, LIFE).ok();
                    close_all();
                    // Only returns when it fails.
                    let _failed = Command::new(program)
                        .arg("linger")
                        .arg(name)
                        .env_clear()
                        .exec();
                }
                os::leave(0)
            })
        },
    ),
    probe(
        "survivor_deaf",
        "outlive the run by ignoring every signal that can be ignored",
        |scene| {
            let name = name(scene)?;
            in_new_session(|| {
                be_deaf();
                linger(&name)
            })
        },
    ),
    probe(
        "survivor_stopped",
        "outlive the run by standing still",
        |scene| {
            let name = name(scene)?;
            in_new_session(|| {
                os::set_name(&name);
                call!(libc::SYS_alarm, LIFE).ok();
                close_all();
                call!(libc::SYS_kill, std::process::id(), libc::SIGSTOP).ok();
                os::pause_forever()
            })
        },
    ),
    probe(
        "survivor_holding_output",
        "outlive the run and keep its output open",
        |scene| {
            let name = name(scene)?;
            in_new_session(|| {
                os::set_name(&name);
                call!(libc::SYS_alarm, LIFE).ok();
                os::pause_forever()
            })
        },
    ),
    probe(
        "survivor_sibling",
        "outlive the run as a child of the process above",
        |scene| {
            let name = name(scene)?;
            let sibling = || os::fork_with(libc::CLONE_PARENT);
            forked_in_new_session(sibling, || linger(&name))
        },
    ),
    probe(
        "survivor_other_group",
        "outlive the run in another control group",
        |scene| {
            let name = name(scene)?;
            // Without a sandbox the groups are the machine's, and stay as they are.
            let is_held = !in_host_pids(scene)?;
            in_new_session(|| {
                if is_held {
                    leave_groups();
                }
                linger(&name)
            })
        },
    ),
    probe("survivor_many", "outlive the run 200 times", |scene| {
        let name = name(scene)?;
        for _ in 0..MANY {
            in_new_session(|| {
                be_deaf();
                linger(&name)
            })?;
        }
        Ok("started".to_owned())
    }),
    probe(
        "survivor_running",
        "outlive the run by never keeping a number",
        |scene| {
            let name = name(scene)?;
            in_new_session(|| {
                os::set_name(&name);
                be_deaf();
                close_all();
                let deadline = Instant::now() + Duration::from_secs(u64::from(LIFE));
                while Instant::now() < deadline {
                    // The parent ends and the child goes on.
                    if let Ok(Fork::Parent(_)) = os::fork() {
                        os::leave(0);
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                os::leave(0)
            })
        },
    ),
    probe(
        "survivor_of_killed",
        "outlive a launcher that is killed",
        hold,
    )
    .at(Place::Ended(libc::SIGKILL)),
    probe(
        "survivor_of_ended",
        "outlive a launcher that is asked to end",
        hold,
    )
    .at(Place::Ended(libc::SIGTERM)),
    probe(
        "survivor_of_interrupted",
        "outlive a launcher that is interrupted",
        hold,
    )
    .at(Place::Ended(libc::SIGINT)),
    probe(
        "survivor_of_hung_up",
        "outlive a launcher whose terminal is gone",
        hold,
    )
    .at(Place::Ended(libc::SIGHUP)),
];

/// Every probe of this group.
pub(crate) fn probes() -> impl Iterator<Item = Probe> {
    PROBES.iter().copied()
}

/// Lives on under a name until a signal or the clock ends it.
pub(crate) fn linger(name: &str) -> ! {
    os::set_name(name);
    call!(libc::SYS_alarm, LIFE).ok();
    close_all();
    os::pause_forever()
}

fn name(scene: &Scene<'_>) -> Result<String, Stop> {
    Ok(process_name(scene.facts.text("name_prefix")?, scene.id))
}

fn in_new_session(child: impl FnOnce()) -> Outcome {
    forked_in_new_session(os::fork, child)
}

fn forked_in_new_session(
    fork: impl FnOnce() -> std::io::Result<Fork>,
    child: impl FnOnce(),
) -> Outcome {
    let (reader, writer) = os::pipe()?;
    match fork()? {
        Fork::Child => {
            call!(libc::SYS_setsid).ok();
            os::close(writer);
            os::close(reader);
            child();
            os::leave(0)
        }
        Fork::Parent(_) => {
            // The runner ends this probe's group soon; the child must have left it by then, and
            // says so by closing its end.
            os::close(writer);
            os::read(reader)?;
            os::close(reader);
            Ok("started".to_owned())
        }
    }
}

fn close_all() {
    call!(libc::SYS_close_range, 0, u32::MAX, 0).ok();
}

/// Ignores what a supervisor sends before it kills.
fn be_deaf() {
    let signals: [c_int; 8] = [
        libc::SIGTERM,
        libc::SIGINT,
        libc::SIGHUP,
        libc::SIGQUIT,
        libc::SIGUSR1,
        libc::SIGUSR2,
        libc::SIGPIPE,
        libc::SIGTSTP,
    ];
    for signal in signals {
        os::ignore(signal);
    }
}

/// Moves into the topmost control group of each hierarchy that lets it.
fn leave_groups() {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    for line in table.lines().filter(|line| line.contains(" - cgroup")) {
        if let Some(point) = line.split(' ').nth(4) {
            let file = format!("{point}/cgroup.procs");
            fs::write(file, std::process::id().to_string()).ok();
        }
    }
}

/// Starts a survivor, says so, and works on while the launcher is ended.
fn hold(scene: &Scene<'_>) -> Outcome {
    let name = name(scene)?;
    be_deaf();
    in_new_session(|| {
        be_deaf();
        linger(&name)
    })?;
    os::set_name(&name);
    call!(libc::SYS_alarm, LIFE).ok();
    runner::say(&json!({"id": scene.id, "holding": true}))?;
    std::thread::sleep(Duration::from_secs(8));
    Ok("nobody ended it".to_owned())
}
