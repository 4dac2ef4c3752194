use super::*;

#[test]
fn addresses_are_read_and_refused() {
    let read = |text: &str| place(text);
    let usual = Place {
        host: "127.0.0.1".to_owned(),
        port: 6379,
        user: None,
        database: 0,
    };
    assert_eq!(read("redis://127.0.0.1"), Ok(usual.clone()));
    assert_eq!(
        read("redis://ada@127.0.0.1:7000/3"),
        Ok(Place {
            port: 7000,
            user: Some("ada".to_owned()),
            database: 3,
            ..usual
        })
    );
    for (text, why) in [
        ("rediss://there", "TLS"),
        ("http://there", "redis://"),
        ("redis://there/x", "number"),
        ("redis://ada:secret@there", "cache_key"),
        ("there", "no address"),
    ] {
        let refused = read(text).unwrap_err();
        assert!(refused.contains(why), "{text}: {refused}");
        assert!(!refused.contains("secret@"), "{refused}");
    }
}
