fn clone(repository: &str) {
    let _ = subprocess::Exec::shell(format!("git clone {repository}")).join(); // expect: command-injection
}
