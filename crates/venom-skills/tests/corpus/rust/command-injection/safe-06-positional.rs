use std::process::Command;

fn show(path: &str) {
    Command::new("sh").args(["-c", "cat -- \"$1\"", "sh", path]).status().ok();
}
