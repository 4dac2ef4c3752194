//! Names of things that are no paths, found by the map of symbols.

use serde_json::Value;

use super::home::Home;

fn shop(home: &Home) {
    home.file(
        "shop/cart.py",
        "class Cart:\n    def total(self):\n        return 1\n\n\ndef checkout(cart):\n    return cart.total()\n",
    );
    home.file(
        "shop/gateway.py",
        "from shop.cart import checkout\n\n\ndef pay(cart):\n    return checkout(cart)\n",
    );
    home.file(
        "tests/test_payment.py",
        "import unittest\n\n\nclass Pays(unittest.TestCase):\n    def test_it(self):\n        self.assertTrue(True)\n",
    );
}

/// Returns what a goal's names were taken for.
fn targets(home: &Home, goal: &str) -> Vec<(String, String)> {
    let (code, plan) = home.json(&["plan", goal, "--json"]);
    assert_eq!(code, Some(0), "{goal}: {plan}");
    let targets = plan["data"]["intent"]["targets"].as_array().cloned();
    let pair = |target: Value| {
        let text = |key: &str| target[key].as_str().unwrap_or_default().to_owned();
        (text("kind"), text("path"))
    };
    targets.unwrap_or_default().into_iter().map(pair).collect()
}

fn asked(home: &Home, goal: &str) -> Vec<String> {
    let (code, report) = home.json(&["plan", goal, "--json"]);
    assert_eq!(code, Some(12), "{goal}: {report}");
    let choices = report["data"]["questions"][0]["question"]["choices"].as_array();
    let value = |choice: &Value| choice["value"].as_str().unwrap_or_default().to_owned();
    choices.expect("choices").iter().map(value).collect()
}

#[test]
fn one_thing_of_a_name_is_taken_and_said() {
    let home = Home::new();
    shop(&home);
    let one = |kind: &str, path: &str| vec![(kind.to_owned(), path.to_owned())];
    assert_eq!(
        targets(&home, "explain class Cart"),
        one("class", "shop/cart.py")
    );
    assert_eq!(
        targets(&home, "explain the checkout function"),
        one("function", "shop/cart.py")
    );
    assert_eq!(
        targets(&home, "explain Cart.total"),
        one("method", "shop/cart.py")
    );
    assert_eq!(
        targets(&home, "explain the payment tests"),
        one("tests", "tests/test_payment.py")
    );
    let done = home.venom(&["run", "explain class Cart"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let said = "\"class Cart\" is class Cart, shop/cart.py:1";
    assert!(
        done.stderr.contains(said) && done.stdout.contains(said),
        "{done:?}"
    );
    // A folder or a file of the name goes first, and needs no map.
    assert_eq!(targets(&home, "explain the shop module"), vec![]);
}

#[test]
fn several_are_asked_about_once_and_none_is_said_with_what_looks_like_it() {
    let home = Home::new();
    shop(&home);
    home.file("web/basket.py", "class Cart:\n    pass\n");
    let choices = asked(&home, "explain class Cart");
    assert_eq!(choices, ["shop/cart.py", "web/basket.py"]);
    let done = home.venom(&["answer", "last", "2"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = home.venom(&["resume"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let again = home.venom(&["plan", "explain class Cart"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stdout.contains("web/basket.py"), "{again:?}");

    let near = asked(&home, "explain class Carrt");
    assert!(near.contains(&"Cart".to_owned()), "{near:?}");
}

#[test]
fn what_has_changed_since_is_seen() {
    let home = Home::new();
    shop(&home);
    assert_eq!(targets(&home, "explain class Cart").len(), 1);
    home.file("shop/order.py", "class Order:\n    pass\n");
    let found = targets(&home, "explain class Order");
    assert_eq!(found, [("class".to_owned(), "shop/order.py".to_owned())]);
    // It has moved.
    home.file("shop/order.py", "ORDER = 1\n");
    home.file("shop/sale.py", "\n\nclass Order:\n    pass\n");
    let found = targets(&home, "explain class Order");
    assert_eq!(found, [("class".to_owned(), "shop/sale.py".to_owned())]);
}

#[test]
fn no_map_is_read_for_goals_that_name_nothing() {
    let home = Home::new();
    shop(&home);
    let maps = || {
        let cache = home.venom_home().join("data/cache");
        let entries = std::fs::read_dir(cache).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names
            .filter(|name| name.starts_with("map-") || name.starts_with("names-"))
            .count()
    };
    for goal in [
        "run the tests",
        "explain the shop module",
        "find all TODOs and write them to T.md",
    ] {
        let done = home.venom(&["plan", goal]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    assert_eq!(maps(), 0);
    assert_eq!(targets(&home, "explain class Cart").len(), 1);
    assert!(maps() > 0);
}
