use std::process::Command;

fn open(path: &str) {
    Command::new("cmd").args(["/C", &("start ".to_string() + path)]).spawn().ok(); // expect: command-injection
}
