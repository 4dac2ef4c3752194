use std::process::Command;

fn build(target: &str) {
    let mut command = Command::new("sh");
    command.arg("-c");
    command.arg(format!("make {target}")); // expect: command-injection
    command.status().ok();
}
