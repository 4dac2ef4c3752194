use super::*;

/// Not a cipher, but it changes every byte, belongs to an id, and notices changes.
#[derive(Debug)]
struct Toy(u8);

impl Sealing for Toy {
    fn key(&self) -> u16 {
        7
    }

    fn id_key(&self) -> [u8; 32] {
        [self.0; 32]
    }

    fn seal(&self, id: &BlobId, plain: &[u8]) -> Result<Vec<u8>> {
        let mut sealed: Vec<u8> = plain.iter().map(|byte| byte ^ self.0).collect();
        let tag = blake3::keyed_hash(&[self.0; 32], &[id.as_str().as_bytes(), plain].concat());
        sealed.extend_from_slice(tag.as_bytes());
        Ok(sealed)
    }

    fn open(&self, id: &BlobId, key: u16, sealed: &[u8]) -> Result<Vec<u8>> {
        assert_eq!(key, 7);
        let wrong = || Failure::new(FailureKind::Corrupt, "it does not open");
        let length = sealed.len().checked_sub(32).ok_or_else(wrong)?;
        let plain: Vec<u8> = sealed[..length].iter().map(|byte| byte ^ self.0).collect();
        let tag = blake3::keyed_hash(&[self.0; 32], &[id.as_str().as_bytes(), &plain].concat());
        if tag.as_bytes() == &sealed[length..] {
            Ok(plain)
        } else {
            Err(wrong())
        }
    }
}

fn sealed(home: &Home, key: u8) -> Packs {
    let disk = Arc::new(RealDisk);
    Packs::on(disk, home.blobs(), Some(Arc::new(Toy(key))), SMALL)
}

#[test]
fn sealed_objects_open_with_their_key_only() {
    let home = Home::new();
    let plain_id = home.open().write(b"before there was a key").unwrap();
    let packs = sealed(&home, 9);
    let ids = stored(&packs, 0..20);
    drop(packs);
    let packs = sealed(&home, 9);
    for (number, id) in (0..).zip(&ids) {
        assert_eq!(packs.read(id).unwrap(), content(number));
        assert_ne!(*id, home.open().id_of(&content(number)));
    }
    assert_eq!(packs.read(&plain_id).unwrap(), b"before there was a key");
    let checked = packs.check().unwrap();
    assert_eq!((checked.objects, checked.sealed), (21, 0));
    assert!(checked.is_whole());

    let without = home.open();
    assert_eq!(kind(without.read(&ids[0])), Some(FailureKind::Refused));
    let checked = without.check().unwrap();
    assert!(checked.is_whole());
    assert_eq!(checked.sealed, 20);
    assert_eq!(
        kind(sealed(&home, 10).read(&ids[0])),
        Some(FailureKind::Corrupt)
    );

    // No content stands in the file.
    let all: Vec<u8> = home
        .files(".pack")
        .iter()
        .flat_map(|path| std::fs::read(path).unwrap())
        .collect();
    let text = &content(1)[..32];
    assert!(!all.windows(32).any(|window| window == text));
}

#[test]
fn a_collection_and_a_repair_need_no_key() {
    let home = Home::new();
    let ids = stored(&sealed(&home, 9), 0..60);
    let needed = Needed(ids.iter().step_by(4).cloned().collect());
    home.open().collect(&needed, Collect::Remove).unwrap();
    let packs = sealed(&home, 9);
    for (number, id) in (0..).zip(&ids).step_by(4) {
        assert_eq!(packs.read(id).unwrap(), content(number));
    }
}
