fn set(settings: &mut Settings) {
    settings.smtp_password = "c0rrecthorse".into(); // expect: hard-coded-secret
    settings.host = "localhost".into();
}
