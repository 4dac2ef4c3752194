use super::*;

fn chroma(address: &str) -> Result<Chroma> {
    Chroma::new(
        address,
        ("set", "model"),
        std::sync::Arc::new(|| Ok(None)),
        std::sync::Arc::new(|| Ok(rustls::RootCertStore::empty())),
    )
}

#[test]
fn addresses_name_a_tenant_and_a_database() -> Result<()> {
    let usual = chroma("http://127.0.0.1:8000")?;
    assert_eq!(usual.name, "ChromaDB at http://127.0.0.1:8000");
    assert_eq!(
        usual.database.as_str(),
        "http://127.0.0.1:8000/api/v2/tenants/default_tenant/databases/default_database"
    );
    let named = chroma("https://there/team/notes")?;
    assert_eq!(
        named.database.as_str(),
        "https://there/api/v2/tenants/team/databases/notes"
    );
    Ok(())
}

#[test]
fn addresses_that_say_too_much_or_too_little_are_refused() {
    for address in [
        "",
        "there",
        "ftp://there",
        "http://ada:secret@there",
        "http://there/?x=1",
    ] {
        let failure = chroma(address).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{address}");
        assert!(!failure.message.contains("secret"), "{failure}");
    }
}

#[test]
fn models_have_collections_of_their_own() {
    let one = collection("set", "one/1");
    assert_ne!(one, collection("set", "two/1"));
    assert_ne!(one, collection("tes", "one/1"));
    assert!(
        one.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
        "{one}"
    );
}
