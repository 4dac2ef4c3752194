use std::collections::BTreeMap;

use proptest::prelude::*;
use venom_ports::blob::Objects as _;
use venom_testkit::memory::MemoryBlobs;

use super::*;

fn print(seed: u64) -> Print {
    Print {
        inode: seed,
        size: seed * 3,
        mode: 0o100_644,
        modified: i128::from(seed) - 5,
        changed: i128::MAX - i128::from(seed),
    }
}

fn id(seed: u8) -> ObjectId {
    ObjectId::from_bytes([seed; 32])
}

fn cache() -> Cache {
    let nodes = [
        Node::File {
            blob: id(1),
            is_racy: true,
        },
        Node::File {
            blob: id(2),
            is_racy: false,
        },
        Node::Link {
            target: id(3),
            is_racy: true,
        },
        Node::Folder(1),
        Node::Skipped(Skip::TooBig),
        Node::Skipped(Skip::Unreadable),
        Node::Skipped(Skip::Special),
        Node::Skipped(Skip::OtherFileSystem),
        Node::Skipped(Skip::TooMany),
    ];
    let entries: BTreeMap<Name, Node> = nodes
        .into_iter()
        .enumerate()
        .map(|(place, node)| (Name::new(format!("n{place}").as_bytes()).unwrap(), node))
        .collect();
    let rules = CachedRules {
        print: print(9),
        is_racy: true,
        id: id(9),
    };
    let folder = CachedFolder {
        print: print(1),
        is_racy: false,
        rules: id(4),
        tree: id(5),
        times: id(6),
        entries: entries
            .into_iter()
            .map(|(name, node)| CachedEntry {
                name,
                print: print(2),
                node,
            })
            .collect(),
        rule_files: [None, Some(rules)],
        has_repository: true,
    };
    let inner = CachedFolder {
        is_racy: true,
        entries: Vec::new(),
        rule_files: [None, None],
        has_repository: false,
        ..folder
    };
    Cache {
        removals: 3,
        device: 7,
        folders: vec![folder, inner],
        indexes: vec![CachedIndex {
            repository: TreePath::root(),
            print: print(8),
            is_racy: false,
            id: id(8),
        }],
    }
}

#[test]
fn a_cache_reads_back_as_it_was_written() {
    let objects = MemoryBlobs::new();
    let bytes = code::encode(&cache(), &objects);
    assert_eq!(code::decode(&bytes, &objects), Some(cache()));
}

#[test]
fn any_other_byte_makes_it_no_cache() {
    let objects = MemoryBlobs::new();
    let bytes = code::encode(&cache(), &objects);
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert_eq!(code::decode(&damaged, &objects), None, "byte {at}");
        assert_eq!(code::decode(&bytes[..at], &objects), None, "cut at {at}");
    }
}

proptest! {
    /// Even with a sum that fits, whoever wrote it, bytes are a cache or none.
    #[test]
    fn any_bytes_are_a_cache_or_none(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let objects = MemoryBlobs::new();
        let sum = ObjectId::from(&objects.id_of(&body));
        let bytes = [b"VDIRCACH".as_slice(), sum.as_bytes(), &body].concat();
        let _ = code::decode(&bytes, &objects);
    }
}
