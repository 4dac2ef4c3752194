use super::*;

#[test]
fn addresses_name_a_user_and_a_database() {
    let place = |host: &str, port, user: Option<&str>, database: Option<&str>, is_tls| Place {
        host: host.to_owned(),
        port,
        user: user.map(str::to_owned),
        database: database.map(str::to_owned),
        is_tls,
    };
    assert_eq!(
        check("bolt://127.0.0.1"),
        Ok(place("127.0.0.1", 7687, None, None, false))
    );
    assert_eq!(
        check("bolt+s://ada@there:17687/facts"),
        Ok(place("there", 17687, Some("ada"), Some("facts"), true))
    );
    assert_eq!(
        check("bolt://[::1]:7688/"),
        Ok(place("::1", 7688, None, None, false))
    );
}

#[test]
fn addresses_that_say_too_much_or_too_little_are_refused() {
    for (address, why) in [
        ("", "no address"),
        ("there:7687", "bolt://"),
        ("bolt://", "names a host"),
        ("http://there", "bolt://"),
        ("neo4j://there", "is not spoken"),
        ("bolt://ada:hunter2@there", "graph_key"),
        ("bolt://there/a/b", "name of a database"),
        ("bolt://there/?x=1", "name of a database"),
    ] {
        let said = check(address).unwrap_err();
        assert!(said.contains(why), "{address}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn keys_go_over_open_lines_to_this_machine_alone() {
    assert!(may_take_a_key("bolt://localhost"));
    assert!(may_take_a_key("bolt://[::1]"));
    assert!(may_take_a_key("bolt+s://there"));
    assert!(!may_take_a_key("bolt://there"));
}
