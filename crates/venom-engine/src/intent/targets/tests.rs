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
