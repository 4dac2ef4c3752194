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

/// A driver of version two over a tree that looks like one that was delegated.
fn delegated() -> (tempfile::TempDir, PathBuf, Driver) {
    let root = tree(&[
        ("", "cpu memory pids"),
        ("user@1.service", "cpu memory pids"),
        ("user@1.service/venom.scope", ""),
    ]);
    let place = root.path().join("user@1.service");
    let driver = Driver {
        v2: v2_place(root.path(), "0::/user@1.service/venom.scope\n"),
        v1: V1::default(),
    };
    (root, place, driver)
}

#[test]
fn a_delegated_group_gets_all_limits_and_tells_what_was_hit() {
    let (_root, place, driver) = delegated();
    assert_eq!(driver.kind(), CgroupKind::V2);
    let limits = Limits {
        memory_bytes: 64 << 20,
        cpu_percent: 150,
        processes: 9,
        ..Limits::default()
    };
    let group = driver.make(&limits, 1).unwrap();
    assert_eq!(group.enforcers(), [Enforcer::Cgroup; 3]);
    let folder = group.v2.clone().unwrap();
    assert_eq!(folder.parent(), Some(place.as_path()));
    for (file, value) in [
        ("memory.max", "67108864"),
        ("memory.swap.max", "0"),
        ("pids.max", "9"),
        ("cpu.max", "150000 100000"),
    ] {
        let written = fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(written, value, "{file}");
    }
    // Nothing of version one is opened, and a process can be born in the folder.
    assert_eq!(group.doors().unwrap().fds().count(), 0);
    assert!(group.open_v2().unwrap().is_some());
    assert_eq!(group.hits(), Hits::default());
    fs::write(
        folder.join("memory.events"),
        "max 7\noom 2\noom_kill 1\noom_group_kill 0\n",
    )
    .unwrap();
    fs::write(folder.join("pids.events"), "max 3\n").unwrap();
    let hits = Hits {
        memory: 1,
        processes: 3,
    };
    assert_eq!(group.hits(), hits);
    let pid = Pid::from_raw(77).unwrap();
    group.add(pid).unwrap();
    assert_eq!(
        fs::read_to_string(folder.join("cgroup.procs")).unwrap(),
        "77"
    );
    group.kill();
    assert_eq!(fs::read_to_string(folder.join("cgroup.kill")).unwrap(), "1");
}

#[test]
fn a_group_that_is_passed_some_controllers_says_who_does_not_enforce() {
    let root = tree(&[("", "memory pids"), ("app", "")]);
    let driver = Driver {
        v2: v2_place(root.path(), "0::/app\n"),
        v1: V1::default(),
    };
    let group = driver.make(&Limits::default(), 1).unwrap();
    assert_eq!(
        group.enforcers(),
        [Enforcer::Cgroup, Enforcer::Nobody, Enforcer::Cgroup]
    );
    let folder = group.v2.unwrap();
    assert!(!folder.join("cpu.max").exists());
}

#[test]
fn groups_of_the_dead_are_removed_and_those_of_the_living_stay() {
    let (_root, place, driver) = delegated();
    // No process has the largest number (`kernel.pid_max` is at most 2^22).
    let dead = place.join(format!("{PREFIX}{}-0-1", i32::MAX));
    let living = place.join(format!("{PREFIX}{}-0-1", std::process::id()));
    let other = place.join("somebody-elses");
    for folder in [&dead, &living, &other] {
        fs::create_dir(folder).unwrap();
    }
    driver.sweep();
    let there = [&dead, &living, &other].map(|folder| folder.exists());
    assert_eq!(there, [false, true, true]);
}
