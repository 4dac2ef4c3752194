use super::*;

/// A workspace of many services with many files each.
fn large() -> Tree {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for service in 0..400 {
        let place = format!("services/s{service:03}");
        folders.push(place.clone());
        for part in 0..25 {
            let place = format!("{place}/part{part:02}");
            files.extend((0..10).map(|file| format!("{place}/file{file}.py")));
            folders.push(place);
        }
    }
    folders.push("services".to_owned());
    folders.push("zebra".to_owned());
    files.push("zebra/stripes.py".to_owned());
    Tree::new(folders, files, false)
}

#[test]
fn what_comes_last_in_a_hundred_thousand_files_is_found_as_what_comes_first() {
    let tree = large();
    assert_eq!(tree.files.len(), 100_001);
    assert_eq!(tree.modules("zebra"), ["zebra"]);
    assert_eq!(tree.modules("Stripes"), ["zebra/stripes.py"]);
    assert_eq!(tree.modules("s000"), ["services/s000"]);
    assert_eq!(
        tree.path("zebra/stripes.py").as_deref(),
        Some("zebra/stripes.py")
    );
    assert_eq!(tree.path("services/").as_deref(), Some("services"));
    assert_eq!(tree.path("zebra/stripe.py"), None);
}

#[test]
fn what_is_offered_of_very_many_paths_is_what_lies_outermost() {
    let tree = large();
    let modules = tree.all_modules();
    assert_eq!(modules[..2], ["services", "zebra"]);
    assert_eq!(modules.len(), 2 + 400 + 400 * 25);
    let paths = tree.all_paths();
    assert_eq!(paths.len(), COMPARED);
    assert_eq!(paths[..2], ["services", "zebra"]);
}

#[test]
fn a_module_holds_code_itself_or_further_in() {
    let tree = Tree::from_paths(
        &["a", "a/b", "a/b/c", "ab", "docs", ".hidden", "tests"],
        &[
            "a/b/c/x.py",
            "ab/x.txt",
            "docs/x.py",
            ".hidden/x.py",
            "tests/x.py",
        ],
    );
    assert_eq!(tree.all_modules(), ["a", "a/b", "a/b/c"]);
}
