use super::*;

#[test]
fn known_values_are_masked_wherever_they_stand() {
    let redactor = Redactor::new(["hunter2hunter2".to_owned(), "short".to_owned()]);
    assert_eq!(redactor.redact("a=hunter2hunter2;b"), "a=[redacted];b");
    assert_eq!(redactor.redact("a short text"), "a short text");
}

#[test]
fn well_known_credentials_are_masked() {
    let redactor = Redactor::default();
    for secret in [
        format!("sk-ant-{}", "a".repeat(40)),
        format!("ghp_{}", "B".repeat(36)),
        format!("AKIA{}", "C".repeat(16)),
    ] {
        assert_eq!(
            redactor.redact(&format!("key: {secret}, end")),
            "key: [redacted], end"
        );
    }
    for plain in [
        "task-list",
        "sk-",
        "AKIA",
        "risk-free and disk-based",
        "hf_x",
    ] {
        assert_eq!(redactor.redact(plain), plain);
    }
}

#[test]
fn private_keys_are_masked() {
    let key = "x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\ny";
    let masked = Redactor::default().redact(key);
    assert!(
        !masked.contains("MIIE") && masked.ends_with("\ny"),
        "{masked}"
    );
    let cut = "-----BEGIN PRIVATE KEY-----\nMIIE";
    assert!(!Redactor::default().redact(cut).contains("MIIE"));
}

#[test]
fn masking_twice_changes_nothing() {
    let redactor = Redactor::new(["secret-secret".to_owned()]);
    let once =
        redactor.redact("secret-secret -----BEGIN PRIVATE KEY-----x-----END PRIVATE KEY-----");
    assert_eq!(redactor.redact(&once), once);
}
