use super::*;

/// Not a cipher, but it changes every byte, belongs to an id, and notices changes.
#[derive(Debug)]
struct Toy(u8);

impl Toy {
    /// Makes the key of a number.
    fn of(&self, key: u16) -> u8 {
        self.0.wrapping_add(key.to_le_bytes()[0] * 16)
    }
}

impl Sealing for Toy {
    fn id_key(&self, key: u16) -> [u8; 32] {
        [self.of(key); 32]
    }

    fn seal(&self, id: &BlobId, key: u16, plain: &[u8]) -> Result<Vec<u8>> {
        let key = self.of(key);
        let mut sealed: Vec<u8> = plain.iter().map(|byte| byte ^ key).collect();
        let tag = blake3::keyed_hash(&[key; 32], &[id.as_str().as_bytes(), plain].concat());
        sealed.extend_from_slice(tag.as_bytes());
        Ok(sealed)
    }

    fn open(&self, id: &BlobId, key: u16, sealed: &[u8]) -> Result<Vec<u8>> {
        let key = self.of(key);
        let wrong = || Failure::new(FailureKind::Corrupt, "it does not open");
        let length = sealed.len().checked_sub(32).ok_or_else(wrong)?;
        let plain: Vec<u8> = sealed[..length].iter().map(|byte| byte ^ key).collect();
        let tag = blake3::keyed_hash(&[key; 32], &[id.as_str().as_bytes(), &plain].concat());
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
    let plain_id = home
        .open()
        .write(SHARED, b"before there was a key")
        .unwrap();
    let packs = sealed(&home, 9);
    let ids = stored(&packs, 0..20);
    drop(packs);
    let packs = sealed(&home, 9);
    for (number, id) in (0..).zip(&ids) {
        assert_eq!(packs.read(id).unwrap(), content(number));
        assert_ne!(*id, home.open().id_of(SHARED, &content(number)));
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
fn contents_under_two_keys_are_two_and_stay_so_when_packs_are_written_anew() {
    let home = Home::new();
    let packs = sealed(&home, 9);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for number in 0..40 {
        one.push(packs.write(1, &content(number)).unwrap());
        two.push(packs.write(2, &content(number)).unwrap());
        let again = packs.write(2, &content(number)).unwrap();
        assert_eq!(two.last(), Some(&again));
    }
    packs.sync().unwrap();
    assert!(one.iter().all(|id| !two.contains(id)));
    assert_eq!(packs.check().unwrap().objects, 80);
    drop(packs);
    let kept: Vec<_> = one.iter().chain(&two).step_by(3).cloned().collect();
    let needed = Needed(kept.clone().into_iter().collect());
    sealed(&home, 9).collect(&needed, Collect::Remove).unwrap();
    let packs = sealed(&home, 9);
    for (number, (one, two)) in (0..).zip(one.iter().zip(&two)) {
        for id in [one, two].into_iter().filter(|id| kept.contains(id)) {
            assert_eq!(packs.read(id).unwrap(), content(number));
        }
    }
    assert!(packs.check().unwrap().is_whole());
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
