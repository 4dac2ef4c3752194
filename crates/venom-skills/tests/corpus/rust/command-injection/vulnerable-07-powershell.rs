use std::process::Command;

fn stop(service: &str) {
    let script = format!("Stop-Service {}", service);
    Command::new("powershell").arg("-Command").arg(script).status().ok(); // expect: command-injection
}
