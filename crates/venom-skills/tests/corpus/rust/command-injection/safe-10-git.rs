use std::process::Command;

fn log(branch: &str) -> std::io::Result<std::process::Output> {
    Command::new("git").arg("log").arg(format!("origin/{branch}")).output()
}
