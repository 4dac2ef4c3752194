use venom_ports::cache::Cache;

use super::{FolderCache, LARGEST, MemoryCache};

fn both() -> (tempfile::TempDir, Vec<Box<dyn Cache>>) {
    let folder = tempfile::tempdir().unwrap();
    let kept = FolderCache::new(folder.path().join("cache"));
    (
        folder,
        vec![Box::new(kept), Box::new(MemoryCache::default())],
    )
}

#[test]
fn the_last_value_of_a_key_is_given() {
    let (_folder, caches) = both();
    for cache in caches {
        assert_eq!(cache.get("a-1"), None);
        cache.put("a-1", b"one");
        cache.put("a-2", b"");
        cache.put("a-1", b"two");
        assert_eq!(cache.get("a-1").as_deref(), Some(&b"two"[..]));
        assert_eq!(cache.get("a-2").as_deref(), Some(&b""[..]));
    }
}

#[test]
fn keys_that_are_paths_keep_nothing() {
    let (folder, caches) = both();
    for cache in caches {
        for key in ["../out", "a/b", "", ".", "a.new", "é", &"x".repeat(101)] {
            cache.put(key, b"x");
            assert_eq!(cache.get(key), None, "{key}");
        }
        cache.put("large", &vec![0; LARGEST + 1]);
        assert_eq!(cache.get("large"), None);
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_write_that_was_killed_leaves_the_old_value_and_is_swept_later() {
    let folder = tempfile::tempdir().unwrap();
    let cache = FolderCache::new(folder.path().to_owned());
    cache.put("key", b"old");
    // What a process leaves that is killed between the two calls of a write.
    let left = folder.path().join("key.77-0.new");
    std::fs::write(&left, b"ne").unwrap();
    assert_eq!(cache.get("key").as_deref(), Some(&b"old"[..]));
    let hours = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    std::fs::File::options()
        .write(true)
        .open(&left)
        .unwrap()
        .set_modified(hours)
        .unwrap();
    FolderCache::new(folder.path().to_owned()).put("other", b"x");
    assert!(!left.exists());
    assert_eq!(cache.get("key").as_deref(), Some(&b"old"[..]));
}

#[test]
fn the_oldest_values_go_when_there_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let age = |key: &str, hours: u64| {
        let at = std::time::SystemTime::now() - std::time::Duration::from_hours(hours);
        let file = std::fs::File::options()
            .write(true)
            .open(folder.path().join(key))
            .unwrap();
        file.set_modified(at).unwrap();
    };
    let cache = FolderCache::bounded(folder.path().to_owned(), 250);
    for (n, key) in ["a", "b", "c"].into_iter().enumerate() {
        cache.put(key, &[0; 100]);
        age(key, 10 - n as u64);
    }
    FolderCache::bounded(folder.path().to_owned(), 250).put("d", b"x");
    let left: Vec<bool> = ["a", "b", "c", "d"]
        .iter()
        .map(|key| cache.get(key).is_some())
        .collect();
    assert_eq!(left, [false, true, true, true]);
}
