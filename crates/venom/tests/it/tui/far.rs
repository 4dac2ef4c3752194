//! The terminal UI against a server: the same keys, and what is begun there goes on without it.

use rustix::process::Signal;

use super::super::home::Home;
use super::seat::{Seat, has_tmux};
use super::{announcing, listed};

#[test]
fn runs_of_a_server_are_started_answered_scrubbed_and_taken_back() {
    if !has_tmux() {
        return;
    }
    let home = announcing();
    let mut server = home.start(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    let said = server.line().expect("the server says where it is");
    let file = said["data"]["token_file"].as_str().unwrap();
    let guest = Home::new()
        .with_variable(
            "VENOM_SERVER",
            said["data"]["url"].as_str().unwrap().to_owned(),
        )
        .with_variable("VENOM_SERVER_TOKEN_FILE", file.to_owned());
    let args = format!("tui -C {}", home.work().display());
    let seat = Seat::open(&guest, (120, 36), &args);
    seat.until("no run yet");
    listed(&seat);
    let written = home.work().join("TODO.md");
    assert!(written.is_file());
    seat.keys(&["<"]);
    seat.until("THE PAST");
    seat.keys(&[">"]);
    seat.until_gone("THE PAST");
    seat.keys(&["u"]);
    seat.until("Would change");
    seat.keys(&["y"]);
    seat.until("U does it again");
    assert!(!written.exists());
    seat.keys(&["i"]);
    seat.text("announce the release");
    seat.keys(&["Enter"]);
    seat.until("x deny");
    seat.keys(&["y"]);
    seat.until_file(&home.work().join("told.txt"));
    seat.keys(&["q"]);
    assert_eq!(seat.status(), "0");
    assert!(!guest.venom_home().join("data/log.db").exists());
    server.signal(Signal::TERM);
    assert_eq!(server.finish().code, Some(0));
}
