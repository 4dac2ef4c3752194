use std::sync::Mutex;

use super::super::File;
use super::super::speech::{Speech, read};
use super::*;
use crate::unread::Unread;

/// Keeps everything, and counts what is written.
#[derive(Default)]
struct Kept(Mutex<(BTreeMap<String, Vec<u8>>, usize)>);

impl Cache for Kept {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().0.get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap();
        kept.0.insert(key.to_owned(), bytes.to_owned());
        kept.1 += 1;
    }
}

impl Kept {
    fn writes(&self) -> usize {
        std::mem::take(&mut self.0.lock().unwrap().1)
    }
}

fn map(files: &[(&str, &str)]) -> Map {
    let file = |(path, text): &(&str, &str)| File {
        path: (*path).to_owned(),
        speech: Speech::of(path).unwrap(),
        digest: Digest::of_bytes(text.as_bytes()),
        facts: read(path, text).unwrap(),
    };
    Map {
        files: files.iter().map(file).collect(),
        manifests: BTreeMap::new(),
        parsed: 0,
        skipped: Vec::new(),
        truncated: false,
        unread: Unread::default(),
    }
}

fn found(cache: &Kept, name: &str) -> Vec<(String, String, bool)> {
    let entries = find(cache, "/p", name).unwrap();
    let row = |entry: Entry| {
        (
            entry.name,
            format!("{}:{}", entry.path, entry.line),
            entry.is_test,
        )
    };
    entries.into_iter().map(row).collect()
}

const CART: &str = "class ShoppingCart:\n    def total(self):\n        def inner():\n            pass\n        return 1\n";

#[test]
fn a_name_is_found_whatever_joins_its_words() {
    let cache = Kept::default();
    assert_eq!(find(&cache, "/p", "cart"), None);
    write(
        &map(&[
            ("shop/cart.py", CART),
            ("tests/test_cart.py", "def test_it():\n    assert True\n"),
        ]),
        &cache,
        "/p",
    );
    let row = |name: &str, place: &str, is_test| (name.to_owned(), place.to_owned(), is_test);
    for said in ["ShoppingCart", "shopping cart", "shopping_cart"] {
        assert_eq!(
            found(&cache, said),
            [row("ShoppingCart", "shop/cart.py:1", false)]
        );
    }
    assert_eq!(
        found(&cache, "cart"),
        [
            row("cart", "shop/cart.py:1", false),
            row("cart", "tests/test_cart.py:1", true)
        ]
    );
    assert_eq!(
        found(&cache, "total"),
        [row("ShoppingCart.total", "shop/cart.py:2", false)]
    );
    assert_eq!(found(&cache, "inner"), []);
    assert_eq!(found(&cache, ""), []);
    assert_eq!(near(&cache, "/p"), ["ShoppingCart", "cart"]);
    assert_eq!(find(&cache, "/other", "cart"), None);
}

#[test]
fn only_what_changed_is_written_and_what_is_damaged_is_not_there() {
    let cache = Kept::default();
    write(&map(&[("shop/cart.py", CART)]), &cache, "/p");
    assert_eq!(cache.writes(), PIECES + 1);
    write(&map(&[("shop/cart.py", CART)]), &cache, "/p");
    assert_eq!(cache.writes(), 1);
    let number = piece_of("total");
    let name = format!("names-{}-{number}", key("/p"));
    let mut bytes = cache.get(&name).unwrap();
    bytes.pop();
    cache.put(&name, &bytes);
    assert_eq!(find(&cache, "/p", "total"), None);
}

#[test]
fn files_have_the_names_that_people_give_them() {
    for (path, module, is_test) in [
        ("shop/cart.py", "cart", false),
        ("shop/__init__.py", "shop", false),
        ("crates/pay/src/lib.rs", "pay", false),
        ("src/pay/mod.rs", "pay", false),
        ("main.go", "main", false),
        ("web/cart.spec.ts", "cart", true),
        ("web/cart_test.go", "cart_test", true),
        ("tests/cart.rs", "cart", true),
    ] {
        assert_eq!(
            (module_of(path), is_of_tests(path)),
            (module, is_test),
            "{path}"
        );
    }
    assert_eq!(untested("test_cart"), "cart");
    assert_eq!(untested("cart_test"), "cart");
}
