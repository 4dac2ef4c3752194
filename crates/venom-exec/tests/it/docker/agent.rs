//! The first process of a container, against somebody who is not VENOM. It runs as a plain process
//! here, in folders of its own, because what it reads is the same.

use std::os::fd::AsFd as _;
use std::process::{Command as Process, Stdio};

use super::*;

/// Started by hand it finds no socket, and ends.
#[test]
fn the_role_alone_makes_no_first_process() {
    let done = Process::new(env!("CARGO_BIN_EXE_venom-exec-zygote"))
        .arg("first-process-of-a-container")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    // Not called by the path that it has in containers: it is what it always is.
    assert_eq!(done.status.code(), Some(2));
}

/// Frames of chance go to a real first process in a real container, through the socket that it calls.
#[tokio::test]
async fn frames_of_chance_end_it_and_harm_nobody() {
    use rustix::net::{
        AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind,
        listen, send, socket_with,
    };
    let Some(bench) = bench().await else { return };
    let program = env!("CARGO_BIN_EXE_venom-exec-zygote");
    let run = bench.folder.path().join("run");
    fs::create_dir(&run).unwrap();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for round in 0..60 {
        let path = run.join("channel");
        let _ = fs::remove_file(&path);
        let socket = socket_with(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .unwrap();
        bind(&socket, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        listen(&socket, 1).unwrap();
        // A root of its own with nothing but what a container would show it.
        let Some(mut child) = contained(program, &run) else {
            skip("no user namespaces to look like a container with");
            return;
        };
        let mut watched = [rustix::event::PollFd::new(
            &socket,
            rustix::event::PollFlags::IN,
        )];
        let patience = rustix::event::Timespec {
            tv_sec: 10,
            tv_nsec: 0,
        };
        if rustix::event::poll(&mut watched, Some(&patience)).unwrap() == 0 {
            let _ = child.kill();
            let done = child.wait_with_output().unwrap();
            skip(&format!(
                "no mounts to look like a container with: {}",
                String::from_utf8_lossy(&done.stderr)
            ));
            return;
        }
        let channel = accept_with(&socket, SocketFlags::CLOEXEC).unwrap();
        let length = (next() % 200) as usize;
        let mut frame: Vec<u8> = (0..length).map(|_| (next() & 0xff) as u8).collect();
        if round % 3 == 0 {
            // What looks like an order to open, with lengths that promise too much.
            frame.splice(
                0..0,
                [0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            );
        } else if round % 3 == 1 {
            frame.splice(0..0, [1]);
        }
        let _ = send(channel.as_fd(), &frame, SendFlags::NOSIGNAL);
        drop(channel);
        let deadline = Instant::now() + Duration::from_secs(10);
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "round {round}: it hangs");
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        assert!(
            status.code().is_some_and(|code| code <= 1),
            "round {round}: {status}"
        );
    }
}

/// Starts it where its own paths lead to what a container shows it.
fn contained(program: &str, run: &Path) -> Option<std::process::Child> {
    let script = format!(
        "mkdir -p /.venom/run 2>/dev/null; mount -t tmpfs none /mnt && mkdir /mnt/.venom /mnt/.venom/run && \
         touch /mnt/.venom/venom && mount --bind {program} /mnt/.venom/venom && mount --bind {run} /mnt/.venom/run && \
         for d in usr lib lib64 proc dev; do mkdir -p /mnt/$d; mount --rbind /$d /mnt/$d || exit 9; done; \
         exec chroot /mnt /.venom/venom first-process-of-a-container",
        run = run.display()
    );
    Process::new("unshare")
        .args(["--mount", "--map-root-user", "--", "sh", "-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()
}
