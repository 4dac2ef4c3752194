use super::*;

#[test]
fn counters_are_found_by_their_whole_name() {
    let events = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n";
    assert_eq!(count_of(events, "oom_kill"), Some(2));
    assert_eq!(count_of(events, "max"), Some(12));
    assert_eq!(count_of(events, "oom_group_kill"), None);
    assert_eq!(count_of("oom_kill many\n", "oom_kill"), None);
}

/// A tree that looks like version two's, in a folder.
fn tree(groups: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (group, controllers) in groups {
        let folder = root.path().join(group);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("cgroup.procs"), "").unwrap();
        fs::write(folder.join("cgroup.subtree_control"), controllers).unwrap();
    }
    root
}

#[test]
fn the_nearest_group_that_passes_controllers_on_is_the_place() {
    let root = tree(&[
        ("", "cpu memory pids io"),
        ("user", "memory pids"),
        ("user/app", ""),
    ]);
    let place = v2_place(root.path(), "1:name=x:/\n0::/user/app\n");
    let expected = (
        root.path().join("user"),
        vec!["memory".to_owned(), "pids".to_owned()],
    );
    assert_eq!(place, Some(expected));
}

#[test]
fn a_place_without_controllers_is_better_than_none() {
    let root = tree(&[("", ""), ("a", "")]);
    let place = v2_place(root.path(), "0::/a\n");
    assert_eq!(place, Some((root.path().join("a"), Vec::new())));
    assert_eq!(v2_place(root.path(), "1:cpu:/\n"), None);
    assert_eq!(v2_place(root.path(), "0::/missing/a\n"), None);
}
