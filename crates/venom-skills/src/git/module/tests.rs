use super::*;

fn places_check(
    files: &[&str],
    manifests: &[(&str, &str)],
    module: &str,
    from: (&str, &str),
    expected: &[usize],
) {
    let names: BTreeSet<&str> = files.iter().copied().collect();
    let manifests: BTreeMap<String, String> = manifests
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let places = Places {
        names: &names,
        manifests: &manifests,
    };
    let path = RelPath::new(module).expect("a path");
    let is_folder = !files.contains(&module);
    let part = |path: &&str| Part {
        path: (*path).to_owned(),
        language: Language::of(path),
        lines: 0,
        imports: Vec::new(),
        entries: Vec::new(),
    };
    let parts: Vec<Part> = files
        .iter()
        .filter(|file| file.starts_with(module))
        .map(part)
        .collect();
    let targets = Target::all(&path, is_folder, &parts, &places);
    let found: Vec<usize> = imports::imports(from.0, Language::of(from.0), from.1, &places)
        .iter()
        .filter(|import| targets.iter().any(|target| target.is_meant_by(import)))
        .map(|import| import.line)
        .collect();
    assert_eq!(found, expected, "{targets:?}");
}

#[test]
fn finds_users_of_a_python_package() {
    let files = [
        "shop/__init__.py",
        "shop/auth/__init__.py",
        "shop/auth/views.py",
        "shop/app.py",
    ];
    let text = "import shop.auth.views as v\nfrom shop import auth\nfrom shop.author import x\n\
                from .auth import views\nfrom . import auth, db\nimport os\n";
    places_check(
        &files,
        &[],
        "shop/auth",
        ("shop/app.py", text),
        &[1, 2, 4, 5],
    );
    places_check(
        &files,
        &[],
        "shop/auth/views.py",
        ("shop/app.py", "from shop.auth import views\n"),
        &[1],
    );
}

#[test]
fn finds_users_of_a_python_package_below_src() {
    let files = [
        "src/shop/__init__.py",
        "src/shop/cart.py",
        "tests/test_cart.py",
    ];
    let from = (
        "tests/test_cart.py",
        "from shop.cart import total\nimport shop\n",
    );
    places_check(&files, &[], "src/shop/cart.py", from, &[1]);
}

#[test]
fn finds_users_of_a_rust_module() {
    let files = [
        "crates/a/src/lib.rs",
        "crates/a/src/log.rs",
        "crates/b/src/main.rs",
    ];
    let manifests = [
        ("crates/a/Cargo.toml", "[package]\nname = \"the-a\"\n"),
        ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
    ];
    let inner =
        "use crate::log::Line;\nuse crate::logic::X;\n// crate::log\nlet x = crate::log::open();\n";
    places_check(
        &files,
        &manifests,
        "crates/a/src/log.rs",
        ("crates/a/src/lib.rs", inner),
        &[1, 4],
    );
    let outer = "use the_a::log;\nuse the_a::Other;\n";
    places_check(
        &files,
        &manifests,
        "crates/a/src/log.rs",
        ("crates/b/src/main.rs", outer),
        &[1],
    );
    places_check(
        &files,
        &manifests,
        "crates/a",
        ("crates/b/src/main.rs", outer),
        &[1, 2],
    );
}

#[test]
fn finds_users_of_a_script() {
    let files = ["web/cart/index.ts", "web/cart/sum.ts", "web/app.ts"];
    let text = "import { x } from './cart';\nconst y = require(\"./cart/sum.js\");\nimport z from './cartoon';\n\
                import React from 'react';\n";
    places_check(&files, &[], "web/cart", ("web/app.ts", text), &[1, 2]);
}

#[test]
fn finds_users_of_a_go_package() {
    let files = ["cart/cart.go", "main.go"];
    let text = "package main\nimport (\n\t\"fmt\"\n\tc \"example.org/shop/cart\"\n)\nvar x = f(\n\"example.org/shop/cart\"\n)\n";
    places_check(
        &files,
        &[("go.mod", "module example.org/shop\n")],
        "cart",
        ("main.go", text),
        &[4],
    );
}

fn names(path: &str, text: &str) -> Vec<(usize, String)> {
    let entries = outline::entries(path, Language::of(path), text);
    entries
        .into_iter()
        .map(|entry| (entry.line, entry.name))
        .collect()
}

fn named(names: &[(usize, &str)]) -> Vec<(usize, String)> {
    names
        .iter()
        .map(|(line, name)| (*line, (*name).to_owned()))
        .collect()
}

#[test]
fn finds_entry_points() {
    assert_eq!(
        names(
            "a.py",
            "def a():\n  def b(): ...\nclass C:\n  pass\ndef _d(): ...\nif __name__ == '__main__':\n"
        ),
        named(&[(6, "__main__"), (1, "a"), (3, "C")])
    );
    assert_eq!(
        names("a.py", "__all__ = [\n  'x', \"y\",\n]\ndef z(): ...\n"),
        named(&[(2, "x"), (2, "y")])
    );
    assert_eq!(
        names(
            "src/main.rs",
            "pub fn a() {}\nfn main() {}\npub(crate) fn b() {}\n"
        ),
        named(&[(2, "main"), (1, "a")])
    );
    assert_eq!(
        names(
            "a.ts",
            "export default class A {}\nexport { b, c as d };\nmodule.exports = { e, f: g };\n"
        ),
        named(&[(1, "A"), (2, "b"), (2, "d"), (3, "e"), (3, "f")])
    );
    assert_eq!(
        names(
            "a.go",
            "package main\nfunc main() {}\nfunc (x T) Run() {}\nfunc no() {}\n"
        ),
        named(&[(2, "main"), (3, "Run")])
    );
}
