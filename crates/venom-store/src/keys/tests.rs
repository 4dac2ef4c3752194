use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::rotate::{Step, rotate_by_steps};
use super::*;
use crate::log::schema;
use crate::sqlite::connection::Durability;
use zeroize::Zeroizing;

struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn log(&self) -> PathBuf {
        self.dir.path().join("log.db")
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    fn sources(&self, passphrase: Option<&str>) -> Sources {
        Sources {
            folder: Some(self.folder()),
            passphrase: passphrase.map(|text| Zeroizing::new(text.to_owned())),
            ..Sources::default()
        }
    }

    fn vault_of(&self, sources: Sources) -> Vault {
        drop(connection::writer(&self.log(), Durability::Full, schema::MIGRATIONS).unwrap());
        let protection = Protection {
            mode: None,
            sources,
        };
        Vault::open(&self.log(), &protection).unwrap()
    }

    fn vault(&self) -> Vault {
        self.vault_of(self.sources(None))
    }

    fn keep(&self, vault: &Vault, number: u64) -> [u8; 32] {
        let fresh = vault.begin(run(number)).unwrap().unwrap();
        let connection = table::open(&self.log()).unwrap();
        Vault::keep(&connection, run(number), &fresh).unwrap();
        *fresh.key.bytes()
    }

    fn key(&self, vault: &Vault, number: u64) -> Result<RunKey> {
        vault.of(&connection::reader(&self.log()).unwrap(), run(number))
    }
}

fn run(number: u64) -> RunId {
    RunId::new(number, u128::from(number))
}

fn bytes(key: &Result<RunKey>) -> [u8; 32] {
    match key {
        Ok(RunKey::Sealed(key)) => *key.bytes(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_key_nothing_is_encrypted_and_a_demand_says_what_was_tried() {
    let home = Home::new();
    let vault = home.vault();
    assert_eq!(vault.mode(), Ok(Mode::Off));
    assert!(vault.begin(run(1)).unwrap().is_none());
    let protection = Protection {
        mode: Some(Mode::Payload),
        sources: home.sources(None),
    };
    let vault = Vault::open(&home.log(), &protection).unwrap();
    let failure = vault.begin(run(1)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    for word in ["VENOM_KEY_FILE", "systemd", "passphrase", "key file"] {
        assert!(failure.message.contains(word), "{failure:?}");
    }
}

#[test]
fn a_key_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    let home = Home::new();
    create(&home.sources(None), &Made::Random).unwrap();
    let master = home.folder().join("master");
    assert_eq!(
        std::fs::metadata(&master).unwrap().permissions().mode() & 0o777,
        0o600
    );
    for mode in [0o640, 0o604, 0o660, 0o644] {
        std::fs::set_permissions(&master, PermissionsExt::from_mode(mode)).unwrap();
        let failure = home.vault().begin(run(1)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        let hint = format!("`chmod 600 {}`", master.display());
        assert_eq!(failure.hint.as_deref(), Some(hint.as_str()));
    }
    std::fs::set_permissions(&master, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(home.vault().begin(run(1)).unwrap().is_some());
}

#[test]
fn keys_are_32_bytes_or_64_digits() {
    let home = Home::new();
    let file = home.dir.path().join("key");
    let hex = "0123456789abcdef".repeat(4) + "\n";
    for (content, fits) in [
        (&[7; 32][..], true),
        (hex.as_bytes(), true),
        (&[7; 31][..], false),
        (b"", false),
        (&b"zz".repeat(32)[..], false),
        (&vec![b'0'; 100_000][..], false),
    ] {
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        let sources = Sources {
            key_file: Some(file.clone()),
            ..Sources::default()
        };
        let found = source::find(&sources);
        assert_eq!(found.is_ok(), fits, "{found:?}");
    }
}

#[test]
fn a_named_source_that_is_not_there_is_a_failure_and_not_a_reason_to_take_the_next() {
    let home = Home::new();
    create(&home.sources(None), &Made::Random).unwrap();
    let sources = Sources {
        key_file: Some(home.dir.path().join("lost")),
        ..home.sources(None)
    };
    let failure = home.vault_of(sources).begin(run(1)).unwrap_err();
    assert!(failure.message.contains("lost"), "{failure:?}");
}

#[test]
fn a_passphrase_opens_what_it_closed_and_another_does_not() {
    let home = Home::new();
    let passphrase = Made::Passphrase(Zeroizing::new("correct horse".to_owned()));
    create(&home.sources(None), &passphrase).unwrap();
    let vault = home.vault_of(home.sources(Some("correct horse")));
    let kept = home.keep(&vault, 1);
    let again = home.vault_of(home.sources(Some("correct horse")));
    assert_eq!(bytes(&home.key(&again, 1)), kept);
    assert_eq!(again.status().source.unwrap().to_string(), "a passphrase");

    let wrong = home.vault_of(home.sources(Some("correct house")));
    let failure = home.key(&wrong, 1).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("a passphrase"), "{failure:?}");
    assert!(wrong.begin(run(2)).is_err());

    let none = home.vault_of(home.sources(None));
    let failure = home.key(&none, 1).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.hint.unwrap().contains("VENOM_PASSPHRASE"));
}

#[test]
fn a_lost_key_is_no_reason_to_write_plain_text() {
    let home = Home::new();
    create(&home.sources(None), &Made::Random).unwrap();
    home.keep(&home.vault(), 1);
    std::fs::remove_file(home.folder().join("master")).unwrap();
    let vault = home.vault();
    assert_eq!(vault.begin(run(2)).unwrap_err().kind, FailureKind::Missing);
    assert_eq!(home.key(&vault, 1).unwrap_err().kind, FailureKind::Missing);
    // Another key does not help, and is not taken for the lost one.
    create(&home.sources(None), &Made::Random).unwrap();
    let vault = home.vault();
    assert_eq!(vault.begin(run(2)).unwrap_err().kind, FailureKind::Refused);
}

#[test]
fn a_rotation_that_is_cut_off_anywhere_leaves_the_old_key_or_the_new_one() {
    let mut stops = vec![Step::Written, Step::Committed, Step::Named];
    // Two shared keys, three of runs.
    stops.extend((1..=5).map(Step::Wrapped));
    for stop in stops {
        let home = Home::new();
        create(&home.sources(None), &Made::Random).unwrap();
        let vault = home.vault();
        let kept: Vec<_> = (1..=3).map(|number| home.keep(&vault, number)).collect();
        let mut seen = false;
        let cut = rotate_by_steps(&home.log(), &vault, &Made::Random, &mut |step| {
            if step == stop {
                seen = true;
                return Err(Failure::new(FailureKind::Internal, "cut off"));
            }
            Ok(())
        });
        assert!(cut.is_err() && seen, "{stop:?}");
        // Whatever was left, the next processes find the key that holds, and a rotation goes through.
        for _ in 0..2 {
            let vault = home.vault();
            for (number, kept) in (1..).zip(&kept) {
                assert_eq!(&bytes(&home.key(&vault, number)), kept, "{stop:?}");
            }
        }
        let rotated = rotate(&home.log(), &home.vault(), &Made::Random).unwrap();
        assert_eq!(rotated.keys, 5);
        assert!(rotated.is_clean);
        assert_eq!(bytes(&home.key(&home.vault(), 2)), kept[1]);
        assert!(!source::next_of(&home.folder().join("master")).exists());
    }
}

#[test]
fn a_process_with_the_old_key_cannot_begin_runs_after_a_rotation() {
    let home = Home::new();
    create(&home.sources(None), &Made::Random).unwrap();
    let vault = home.vault();
    home.keep(&vault, 1);
    let other = home.vault();
    rotate(&home.log(), &vault, &Made::Random).unwrap();
    let fresh = other.begin(run(2)).unwrap().unwrap();
    let connection = table::open(&home.log()).unwrap();
    let failure = Vault::keep(&connection, run(2), &fresh).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[test]
fn a_passphrase_can_be_changed() {
    let home = Home::new();
    let made = |text: &str| Made::Passphrase(Zeroizing::new(text.to_owned()));
    create(&home.sources(None), &made("the first one")).unwrap();
    let vault = home.vault_of(home.sources(Some("the first one")));
    let kept = home.keep(&vault, 1);
    assert!(rotate(&home.log(), &vault, &Made::Random).is_err());
    rotate(&home.log(), &vault, &made("the second one")).unwrap();
    let vault = home.vault_of(home.sources(Some("the second one")));
    assert_eq!(bytes(&home.key(&vault, 1)), kept);
    let vault = home.vault_of(home.sources(Some("the first one")));
    assert!(home.key(&vault, 1).is_err());
}

#[test]
fn a_wrapped_key_that_was_changed_or_moved_does_not_open() {
    let master = Key::generate().unwrap();
    let key = Key::generate().unwrap();
    let wrapped = table::wrap(&master, RUN, b"one", &key).unwrap();
    assert!(table::unwrap(&master, RUN, b"one", &wrapped).is_ok());
    assert!(table::unwrap(&master, RUN, b"two", &wrapped).is_err());
    assert!(table::unwrap(&master, BLOBS, b"one", &wrapped).is_err());
    for byte in 0..wrapped.len() {
        let mut changed = wrapped.clone();
        changed[byte] ^= 1;
        assert!(table::unwrap(&master, RUN, b"one", &changed).is_err());
    }
}

#[test]
fn the_signing_key_survives_a_rotation_and_others_signatures_do_not_fit() {
    let home = Home::new();
    create(&home.sources(None), &Made::Random).unwrap();
    let vault = home.vault();
    assert_eq!(
        load_signing(&home.log(), &vault).unwrap_err().kind,
        FailureKind::Missing
    );
    let signing = create_signing(&home.log(), &vault).unwrap();
    assert!(create_signing(&home.log(), &vault).is_err());
    let (public, signature) = (signing.public(), signing.sign(b"a head"));
    assert!(verify_signature(&public, b"a head", &signature));
    assert!(!verify_signature(&public, b"a hand", &signature));
    assert!(!verify_signature(&[0; 32], b"a head", &signature));
    rotate(&home.log(), &vault, &Made::Random).unwrap();
    let again = load_signing(&home.log(), &home.vault()).unwrap();
    assert_eq!(again.public(), public);
}

/// Changes one stored key.
fn damage(home: &Home, number: u64, change: impl FnOnce(&mut Vec<u8>)) {
    let connection = table::open(&home.log()).unwrap();
    let name = crate::sqlite::uid(run(number));
    let table::Row::Wrapped(mut wrapped) = table::get(&connection, RUN, &name).unwrap() else {
        panic!("there is a key");
    };
    change(&mut wrapped);
    table::replace(&connection, RUN, &name, Some(&wrapped)).unwrap();
}

#[test]
fn a_key_with_one_wrong_byte_is_mended_and_one_beyond_that_is_set_aside() {
    let home = Home::new();
    create(&home.sources(None), &Made::Random).unwrap();
    let vault = home.vault();
    let keys: Vec<_> = (1..=3).map(|number| home.keep(&vault, number)).collect();
    damage(&home, 1, |wrapped| wrapped[40] ^= 0x10);
    damage(&home, 2, |wrapped| wrapped[20..30].fill(0));
    let vault = home.vault();
    assert!(matches!(home.key(&vault, 1), Ok(RunKey::Broken)));
    assert!(matches!(home.key(&vault, 2), Ok(RunKey::Broken)));
    assert_eq!(bytes(&home.key(&vault, 3)), keys[2], "others are not hit");
    let broken = vault.broken(&home.log()).unwrap();
    let of: Vec<_> = broken.iter().map(|key| (key.run, key.fate)).collect();
    assert_eq!(
        of,
        [(Some(run(1)), Fate::Broken), (Some(run(2)), Fate::Broken)]
    );

    let protection = Protection {
        mode: None,
        sources: home.sources(None),
    };
    let data = home.log().parent().unwrap().to_owned();
    let fates = |broken: Vec<BrokenKey>| -> Vec<_> {
        broken.iter().map(|key| (key.run, key.fate)).collect()
    };
    assert_eq!(
        fates(mend(&data, &protection).unwrap()),
        [(Some(run(1)), Fate::Mended), (Some(run(2)), Fate::SetAside)]
    );
    assert_eq!(fates(mend(&data, &protection).unwrap()), []);
    let vault = home.vault();
    assert_eq!(bytes(&home.key(&vault, 1)), keys[0]);
    let aside = home.key(&vault, 2).unwrap();
    assert!(matches!(aside, RunKey::Aside));
    let failure = aside.refusal(run(2)).unwrap();
    assert!(failure.message.contains("damaged"), "{failure:?}");
    // Nothing of it keeps a rotation from going through.
    assert!(rotate(&home.log(), &vault, &Made::Random).is_ok());
}

#[test]
fn shredding_reaches_what_a_repair_has_put_aside() {
    let home = Home::new();
    create(&home.sources(None), &Made::Random).unwrap();
    let vault = home.vault();
    home.keep(&vault, 1);
    home.keep(&vault, 2);
    let wrapped = |number: u64| {
        let connection = connection::reader(&home.log()).unwrap();
        match table::get(&connection, RUN, &crate::sqlite::uid(run(number))).unwrap() {
            table::Row::Wrapped(wrapped) => wrapped,
            other => panic!("{other:?}"),
        }
    };
    let early = wrapped(1);
    let data = home.log().parent().unwrap().to_owned();
    let aside = data.join("aside/log-000000000000001");
    std::fs::create_dir_all(&aside).unwrap();
    let copy = |name: &str| {
        table::truncate(&table::open(&home.log()).unwrap()).unwrap();
        let mut bytes = std::fs::read(home.log()).unwrap();
        // It lies far behind the beginning, and is no database any more.
        let mut long = vec![0x55; (1 << 20) + 70];
        long.append(&mut bytes);
        std::fs::write(aside.join(name), long).unwrap();
    };
    copy("log.db");
    rotate(&home.log(), &vault, &Made::Random).unwrap();
    copy("log.db-wal");
    let (late, other) = (wrapped(1), wrapped(2));
    assert_ne!(early, late);
    let holds = |name: &str, bytes: &[u8]| {
        let file = std::fs::read(aside.join(name)).unwrap();
        file.windows(bytes.len()).any(|window| window == bytes)
    };
    assert!(holds("log.db", &early) && holds("log.db-wal", &late));
    assert!(holds("log.db-wal", &other));
    shred(&home.log(), &home.vault(), run(1)).unwrap();
    for bytes in [&early, &late] {
        // Half of a key is as good as all of it to whoever has the rest from elsewhere.
        assert!(!holds("log.db", &bytes[20..40]) && !holds("log.db-wal", &bytes[20..40]));
    }
    assert!(holds("log.db-wal", &other), "other runs keep theirs");
    assert!(matches!(home.key(&home.vault(), 1), Ok(RunKey::Shredded)));
}
