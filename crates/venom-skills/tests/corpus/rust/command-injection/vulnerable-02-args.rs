use std::process::Command;

fn size(folder: String) -> std::io::Result<std::process::Output> {
    Command::new("/bin/sh").args(["-c", &format!("du -sh {}", folder)]).output() // expect: command-injection
}
