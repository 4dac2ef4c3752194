use super::*;

#[test]
fn names_are_read_with_what_they_are_said_to_be() {
    let check = |phrase: &str, expected: Option<(&str, Option<Sort>)>| {
        let read = said(phrase);
        let read = read.as_ref().map(|said| (said.name.as_str(), said.sort));
        assert_eq!(read, expected, "{phrase}");
    };
    check("class Cart", Some(("Cart", Some(Sort::Type))));
    check("the class `Cart`", Some(("Cart", Some(Sort::Type))));
    check("Cart.total()", Some(("Cart.total()", None)));
    check("the payment tests", Some(("payment", Some(Sort::Tests))));
    check("tests of the class Cart", Some(("Cart", Some(Sort::Tests))));
    check("shopping cart", Some(("shoppingcart", None)));
    check(
        "the checkout function",
        Some(("checkout", Some(Sort::Function))),
    );
    for none in [
        "",
        "the",
        "class",
        "../etc/passwd",
        "why all of this is so slow",
        "a|b",
    ] {
        check(none, None);
    }
}

#[test]
fn what_a_name_is_said_to_be_stays_with_it() {
    let check = |words: &str, phrase: &str, expected: &str| {
        assert_eq!(with_sort(words, phrase.to_owned()), expected, "{words}");
    };
    check("explain class Cart", "Cart", "class Cart");
    check(
        "explain the checkout function",
        "checkout",
        "checkout function",
    );
    check("what does the Cart class do?", "Cart", "Cart class");
    check("explain the payment tests.", "payment", "payment tests");
    // A module is what is looked for anyway.
    check("explain the auth module", "auth", "auth");
    check("explain Cart", "Cart", "Cart");
    check("explain class Cart", "elsewhere", "elsewhere");
}
