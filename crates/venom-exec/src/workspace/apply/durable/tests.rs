use super::*;

fn opened(path: &std::path::Path) -> OwnedFd {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).unwrap()
}

#[test]
fn versions_are_read() {
    assert_eq!(version("6.1.0-13-amd64"), Some((6, 1)));
    assert_eq!(version("5.15"), Some((5, 15)));
    assert_eq!(version("5.4.0-1103-gke"), Some((5, 4)));
    assert_eq!(version("unknown"), None);
    assert_eq!(version(""), None);
    assert!((5, 10) > REPORTS && (5, 4) < REPORTS && (6, 0) > REPORTS);
}

#[test]
fn a_few_files_are_synced_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut durability = Durability::for_files(FEW);
    assert_eq!(durability.way(&opened(folder.path())), Ok(Way::Alone));
    assert!(durability.devices.is_empty());
}

#[test]
fn many_files_are_synced_together_where_that_can_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = opened(folder.path());
    let mut durability = Durability::for_files(FEW + 1);
    let expected = if is_trusted(&folder) {
        Way::Together
    } else {
        Way::Alone
    };
    assert_eq!(durability.way(&folder), Ok(expected));
    assert_eq!(durability.way(&folder), Ok(expected));
    assert_eq!(durability.devices.len(), 1);
    durability.settle().unwrap();
}

#[test]
fn file_systems_that_have_no_files_of_their_own_are_not_trusted() {
    // The kernel's own view of processes is neither known nor written to.
    assert!(!is_trusted(&opened("/proc".as_ref())));
    let mut durability = Durability::for_files(FEW + 1);
    assert_eq!(durability.way(&opened("/proc".as_ref())), Ok(Way::Alone));
}
