fn grep(pattern: &str) -> std::io::Result<std::process::Output> {
    std::process::Command::new("sh") // expect: command-injection
        .args(&["-c", format!("grep {} log.txt", pattern).as_str()])
        .output()
}
