use std::process::Command;

fn run(task: &str) {
    let line = match task {
        "build" => "make all",
        _ => "make check",
    };
    Command::new("sh").arg("-c").arg(line).status().ok();
}
