use std::process::Command;

fn revision() -> std::io::Result<std::process::Output> {
    Command::new("sh").arg("-c").arg("git rev-parse HEAD | cut -c1-8").output()
}
