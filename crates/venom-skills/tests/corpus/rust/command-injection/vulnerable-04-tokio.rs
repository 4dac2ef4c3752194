use tokio::process::Command;

async fn ping(host: String) -> std::io::Result<std::process::Output> {
    let line = format!("ping -c 1 {host}");
    Command::new("sh").arg("-c").arg(&line).output().await // expect: command-injection
}
