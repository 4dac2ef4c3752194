//! The map and what is done by it, on small projects of which every place is known.

use serde_json::{Value, json};

use crate::world::World;

fn python() -> World {
    let world = World::new();
    world.write("shop/__init__.py", "from .cart import total\n");
    world.write(
        "shop/cart.py",
        "\
from .price import tax_rate

__all__ = [\"total\", \"Cart\"]


def total(items):
    return sum(items) + tax_rate()


class Cart:
    def __init__(self):
        self.items = []

    def weigh_all(self):
        return total(self.items)

    def _forgotten(self):
        return 1


class Basket(Cart):
    def weigh_all(self):
        return super().weigh_all() + 1
",
    );
    world.write(
        "shop/price.py",
        "\
def tax_rate():
    # total is not meant here
    total = 3
    return total


def _unused():
    return _only_by_unused()


def _only_by_unused():
    return 0
",
    );
    world.write(
        "other.py",
        "\
import shop
from shop import cart as c
from shop.cart import Cart, total as count


def total():
    return \"total\"


def use(anything):
    anything.weigh_all()
    return shop.total([]) + c.total([1]) + count([2]) + total()


use(Cart())
",
    );
    world
}

fn text(output: &Value) -> String {
    output["text"].as_str().unwrap().to_owned()
}

#[test]
fn a_function_is_renamed_where_it_is_meant_and_nowhere_else() {
    let world = python();
    let output = world
        .try_call("code.rename", json!({"from": "cart.total", "to": "sum_up"}))
        .unwrap();
    world.apply();
    let read = |path: &str| std::fs::read_to_string(world.path(path)).unwrap();
    assert_eq!(read("shop/__init__.py"), "from .cart import sum_up\n");
    let cart = read("shop/cart.py");
    assert!(cart.contains("__all__ = [\"sum_up\", \"Cart\"]"), "{cart}");
    assert!(cart.contains("def sum_up(items):"), "{cart}");
    assert!(cart.contains("return sum_up(self.items)"), "{cart}");
    let other = read("other.py");
    assert!(other.contains("from shop.cart import Cart, sum_up as count"));
    assert!(other.contains("shop.sum_up([]) + c.sum_up([1]) + count([2]) + total()"));
    assert!(other.contains("def total():\n    return \"total\""));
    // Neither a variable nor a comment of another file was touched.
    assert!(
        !world
            .staged_paths()
            .iter()
            .any(|path| path == "shop/price.py")
    );
    assert!(read("shop/price.py").contains("total = 3"));
    assert_eq!(output.result["undecided_count"], 0);
    assert_eq!(output.result["replaced"], 7);
}

#[test]
fn a_name_with_several_meanings_is_asked_about() {
    let world = python();
    let failure = world
        .try_call("code.rename", json!({"from": "total", "to": "sum_up"}))
        .unwrap_err();
    assert!(failure.message.contains("defined 2 times"), "{failure}");
    assert!(failure.message.contains("shop/cart.py:6"), "{failure}");
    assert!(world.staged_paths().is_empty());
}

#[test]
fn overriding_methods_are_renamed_together() {
    let world = python();
    let output = world
        .try_call(
            "code.rename",
            json!({"from": "Cart.weigh_all", "to": "weigh_everything"}),
        )
        .unwrap();
    assert_eq!(output.result["likely_count"], 1, "{}", text(&output.result));
    let cart = world.staged("shop/cart.py").unwrap();
    assert_eq!(cart.matches("weigh_everything").count(), 3);
    assert!(
        world
            .staged("other.py")
            .unwrap()
            .contains("anything.weigh_everything()")
    );
}

#[test]
fn what_cannot_be_told_apart_is_left_to_the_user() {
    let world = python();
    world.write(
        "scale.py",
        "class Scale:\n    def weigh_all(self):\n        return 0\n",
    );
    let params = json!({"from": "Cart.weigh_all", "to": "weigh_everything"});
    let failure = world.try_call("code.rename", params.clone()).unwrap_err();
    assert!(failure.message.contains("other.py:11"), "{failure}");
    assert!(world.staged_paths().is_empty());
    let mut leave = params;
    leave["undecided"] = json!("leave");
    let output = world.try_call("code.rename", leave).unwrap();
    assert_eq!(output.result["undecided_count"], 1);
    assert!(world.staged("other.py").is_none());
    assert!(world.staged("scale.py").is_none());
}

#[test]
fn a_name_may_be_written_as_a_call_of_it() {
    let params = |from: &str, to: &str| json!({"from": from, "to": to, "undecided": "leave"});
    let (plain, called) = (python(), python());
    plain
        .try_call("code.rename", params("tax_rate", "rate"))
        .unwrap();
    called
        .try_call("code.rename", params("tax_rate()", "rate()"))
        .unwrap();
    assert!(!plain.staged_paths().is_empty());
    assert_eq!(plain.staged_paths(), called.staged_paths());
    for path in plain.staged_paths() {
        assert_eq!(plain.staged(&path), called.staged(&path), "{path}");
    }
}

#[test]
fn a_new_name_must_be_free_and_be_one() {
    let world = python();
    for (from, to, why) in [
        ("tax_rate", "class", "a word of Python"),
        ("tax_rate", "1st", "is no name"),
        ("tax_rate", "total", "already"),
        ("tax_rate", "tax_rate", "already has this name"),
        ("Cart.__init__", "start", "called by the language"),
        ("nowhere", "x", "nothing is defined"),
        ("a b", "x", "is no name of a symbol"),
    ] {
        let failure = world
            .try_call("code.rename", json!({"from": from, "to": to}))
            .unwrap_err();
        assert!(failure.message.contains(why), "{from} {to}: {failure}");
        assert!(failure.hint.is_some() || to == "tax_rate", "{from} {to}");
    }
    assert!(world.staged_paths().is_empty());
}

#[test]
fn what_nothing_leads_to_is_found_with_how_sure_that_is() {
    let world = python();
    let output = world.try_call("code.find-unused", json!({})).unwrap();
    let found: Vec<(String, String)> = output.result["unused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            (text("name"), text("confidence"))
        })
        .collect();
    let expected = [
        ("Cart._forgotten", "certain"),
        ("_unused", "certain"),
        ("Basket", "likely"),
        ("_only_by_unused", "likely"),
    ]
    .map(|(name, sure)| (name.to_owned(), sure.to_owned()));
    assert_eq!(found, expected, "{}", text(&output.result));
}

#[test]
fn classes_of_tests_are_found_by_those_who_run_them() {
    let world = World::new();
    world.write(
        "checks.py",
        "import unittest\nfrom unittest import TestCase as Case\n\n\nclass Prices(unittest.TestCase):\n    \
         def test_one(self):\n        pass\n\n\nclass Base(unittest.IsolatedAsyncioTestCase):\n    \
         pass\n\n\nclass Totals(Base):\n    def test_two(self):\n        pass\n\n\n\
         class Forgotten:\n    pass\n",
    );
    let output = world.try_call("code.find-unused", json!({})).unwrap();
    let names: Vec<&str> = output.result["unused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Forgotten"], "{}", text(&output.result));
}

#[test]
fn what_runs_when_a_file_is_loaded_is_used() {
    let world = World::new();
    // Nobody imports it: it is a program of its own in a folder of tests.
    world.write(
        "tests/extra.py",
        "import sys\n\n\ndef check(case):\n    return case + 1\n\n\ndef report(error):\n    \
         print(error)\n\n\ndef begin():\n    return 0\n\n\ndef forgotten():\n    pass\n\n\n\
         if __name__ == \"__main__\":\n    started = begin()\n    for case in [1, 2]:\n        \
         check(case)\n    with open(sys.argv[1]) as file:\n        for line in file:\n            \
         report(line)\n",
    );
    let output = world.try_call("code.find-unused", json!({})).unwrap();
    let names: Vec<&str> = output.result["unused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .filter(|name| !matches!(*name, "started" | "case" | "file" | "line"))
        .collect();
    assert_eq!(names, ["forgotten"], "{}", text(&output.result));
}

#[test]
fn references_and_tests_of_a_symbol_are_listed() {
    let world = python();
    world.write(
        "tests/test_price.py",
        "from shop.price import tax_rate\n\ndef test_rate():\n    assert tax_rate() == 3\n",
    );
    let output = world
        .try_call("code.map", json!({"symbol": "tax_rate"}))
        .unwrap();
    let symbol = &output.result["symbols"][0];
    assert_eq!(symbol["tests"], json!(["test_rate"]));
    let places: Vec<String> = symbol["references"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{}:{}", one["path"].as_str().unwrap(), one["line"]))
        .collect();
    assert_eq!(
        places,
        [
            "shop/cart.py:1",
            "shop/cart.py:7",
            "tests/test_price.py:1",
            "tests/test_price.py:4"
        ]
    );
}

#[test]
fn a_module_is_explained() {
    let world = python();
    let output = world
        .try_call("code.explain-module", json!({"path": "shop"}))
        .unwrap();
    assert_eq!(output.result["files_count"], 3);
    assert_eq!(
        output.result["dependents"],
        json!([{"name": "other.py", "count": 6}])
    );
    let text = text(&output.result);
    assert!(
        text.contains("function `total` (shop/cart.py:6), named 6 times"),
        "{text}"
    );
}

fn rust() -> World {
    let world = World::new();
    world.write("Cargo.toml", "[package]\nname = \"a-crate\"\n");
    world.write(
        "src/lib.rs",
        "\
mod shape;
pub use shape::{Area, Square};

pub fn area_of(side: u32) -> Option<u32> {
    let square = Square { side };
    let text: Option<u32> = Some(square.area());
    Some(text.unwrap() + shape::helper())
}

fn plain(x: Option<u32>) -> u32 {
    x.unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares() {
        assert_eq!(plain(area_of(2)), 4 + shape::helper());
    }
}
",
    );
    world.write(
        "src/shape.rs",
        "\
pub trait Area {
    fn area(&self) -> u32;
}

pub struct Square {
    pub side: u32,
}

impl Area for Square {
    fn area(&self) -> u32 {
        self.side * self.side
    }
}

pub(crate) fn helper() -> u32 {
    0
}

fn never() {
    never();
}
",
    );
    world
}

#[test]
fn names_of_rust_follow_modules_traits_and_shorthands() {
    let world = rust();
    world
        .try_call("code.rename", json!({"from": "helper", "to": "nothing"}))
        .unwrap();
    assert_eq!(
        world
            .staged("src/lib.rs")
            .unwrap()
            .matches("shape::nothing()")
            .count(),
        2
    );
    world.apply();
    world
        .try_call("code.rename", json!({"from": "Area.area", "to": "surface"}))
        .unwrap();
    let shape = world.staged("src/shape.rs").unwrap();
    assert_eq!(shape.matches("fn surface(&self)").count(), 2);
    assert!(
        world
            .staged("src/lib.rs")
            .unwrap()
            .contains("square.surface()")
    );
    world.apply();
    world
        .try_call("code.rename", json!({"from": "Square.side", "to": "edge"}))
        .unwrap();
    assert!(
        world
            .staged("src/lib.rs")
            .unwrap()
            .contains("Square { edge: side }")
    );
    assert!(
        world
            .staged("src/shape.rs")
            .unwrap()
            .contains("self.edge * self.edge")
    );
}

#[test]
fn unused_code_of_rust_is_found() {
    let world = rust();
    let output = world.try_call("code.find-unused", json!({})).unwrap();
    let names: Vec<&str> = output.result["unused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    // `plain` is used by a test alone, which counts.
    assert_eq!(names, ["never"], "{}", text(&output.result));
}

#[test]
fn nobody_else_can_use_a_part_of_a_program() {
    let world = World::new();
    world.write(
        "Cargo.toml",
        "[package]\nname = \"tool\"\nversion = \"0.1.0\"\n",
    );
    world.write(
        "src/main.rs",
        "mod shape;\n\n#[cfg(windows)]\nmod odd {\n    fn alone() {}\n}\n\nfn main() {\n    shape::used();\n}\n",
    );
    world.write(
        "src/shape.rs",
        "pub fn used() {}\n\npub fn unused() {}\n\npub struct Never;\n\nimpl Never {\n    pub fn at_all(&self) {}\n}\n",
    );
    let found = || {
        let output = world.try_call("code.find-unused", json!({})).unwrap();
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        let found = output.result["unused"].as_array().unwrap();
        let pair = |one: &Value| (text(one, "name"), text(one, "confidence"));
        found.iter().map(pair).collect::<Vec<_>>()
    };
    let expected = [
        ("unused", "likely"),
        ("Never", "likely"),
        ("odd::alone", "possible"),
    ]
    .map(|(name, sure)| (name.to_owned(), sure.to_owned()));
    assert_eq!(found(), expected);
    // What a library offers may be used by anybody.
    std::fs::rename(
        world.root().join("src/main.rs"),
        world.root().join("src/lib.rs"),
    )
    .unwrap();
    let left: Vec<String> = found().into_iter().map(|(name, _)| name).collect();
    assert_eq!(left, ["main", "odd::alone"], "nobody calls its `main`");
}

#[test]
fn unwrap_becomes_a_question_mark_where_an_error_can_be_handed_on() {
    let world = rust();
    let output = world
        .try_call(
            "code.replace-pattern",
            json!({"pattern": "unwrap()", "with": "?", "path": "src"}),
        )
        .unwrap();
    assert_eq!(output.result["replaced"], 1);
    assert_eq!(output.result["left_count"], 1);
    let lib = world.staged("src/lib.rs").unwrap();
    assert!(lib.contains("Some(text? + shape::helper())"), "{lib}");
    assert!(lib.contains("x.unwrap()"), "{lib}");
}

#[test]
fn patterns_are_found_and_replaced_also_inside_of_each_other() {
    let world = World::new();
    world.write("a.py", "x = f(f(1, 2), g(3))\nif x == None:\n    pass\n");
    let found = world
        .try_call("code.search-pattern", json!({"pattern": "f($A, $B)"}))
        .unwrap();
    assert_eq!(found.result["count"], 2);
    world
        .try_call(
            "code.replace-pattern",
            json!({"pattern": "f($A, $B)", "with": "h($B, $A)"}),
        )
        .unwrap();
    assert!(
        world
            .staged("a.py")
            .unwrap()
            .starts_with("x = h(g(3), h(2, 1))\n")
    );
    world.apply();
    world
        .try_call(
            "code.replace-pattern",
            json!({"pattern": "== None", "with": "is None"}),
        )
        .unwrap();
    assert!(world.staged("a.py").unwrap().contains("if x is None:"));
    for (pattern, with) in [("f(((", "x"), ("h($A, $B)", "h($A")] {
        let failure = world
            .try_call(
                "code.replace-pattern",
                json!({"pattern": pattern, "with": with}),
            )
            .unwrap_err();
        assert!(failure.hint.is_some(), "{pattern}: {failure}");
    }
}
