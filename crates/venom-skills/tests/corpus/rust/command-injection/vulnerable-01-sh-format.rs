use std::process::Command;

fn archive(name: &str) -> std::io::Result<std::process::ExitStatus> {
    Command::new("sh").arg("-c").arg(format!("tar czf backup.tgz {name}")).status() // expect: command-injection
}
