const PASSWORD: &str = "h4rd-t0-gu3ss!"; // expect: hard-coded-secret

fn connect() {
    login("admin", PASSWORD);
}
