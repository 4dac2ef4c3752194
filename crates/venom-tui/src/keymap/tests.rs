use std::collections::BTreeSet;

use super::{Action, TABLE, When, find, named};

#[test]
fn no_key_does_two_things_in_one_place() {
    let mut seen = BTreeSet::new();
    for binding in TABLE {
        assert!(!binding.keys.is_empty(), "{} has no key", binding.help);
        for key in binding.keys {
            assert!(
                seen.insert((binding.when.title(), *key)),
                "{key} is bound twice in {}",
                binding.when.title()
            );
        }
    }
}

#[test]
fn no_command_has_the_name_of_another_one() {
    let names: Vec<_> = named().map(|binding| binding.name).collect();
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(names.len(), distinct.len());
}

#[test]
fn a_place_goes_before_what_holds_anywhere() {
    assert_eq!(find(When::Runs, "/"), Some(Action::Filter));
    assert_eq!(find(When::Plan, "j"), Some(Action::Down));
    assert_eq!(find(When::Asked, "y"), Some(Action::Yes));
    assert_eq!(
        find(When::Asked, "q"),
        None,
        "a question is not left by leaving"
    );
    assert_eq!(find(When::Compose, "q"), None, "it is text");
    assert_eq!(find(When::Compose, "Ctrl-c"), Some(Action::Interrupt));
}
