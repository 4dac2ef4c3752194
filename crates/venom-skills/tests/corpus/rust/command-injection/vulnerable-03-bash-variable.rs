use std::process::Command;

fn run(script: &str) {
    let _ = Command::new("bash") // expect: command-injection
        .arg("-c")
        .arg(script)
        .spawn();
}
