use super::*;

#[test]
fn amounts_are_added_up_by_their_whole_name() {
    let text =
        "RssAnon:\t     120 kB\nRssFile:\t 7 kB\nRssShmem:\t       8 kB\nRssAnonOther: 9 kB\n";
    assert_eq!(sum_of(text, &["RssAnon:", "RssShmem:"]), 128 << 10);
    assert_eq!(sum_of("RssAnon: many kB\n", &["RssAnon:"]), 0);
}

#[test]
fn files_and_bytes_beneath_a_folder_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    fs::write(folder.path().join("a/b"), vec![1; 100_000]).unwrap();
    let held = beneath(folder.path()).unwrap();
    assert_eq!(held.files, 2);
    assert!(held.bytes >= 98_304, "{held:?}");
    let limit = |bytes, files| Held { bytes, files };
    assert!(held.is_over(limit(1 << 30, 1)) && held.is_over(limit(1 << 10, 9)));
    assert!(!held.is_over(limit(1 << 30, 2)));
}

#[test]
fn what_children_hold_counts_and_what_is_shared_counts_once() {
    let me = i32::try_from(std::process::id()).unwrap();
    assert!(own_share(me) > 0 && own_share(me) <= resident(me));
}
