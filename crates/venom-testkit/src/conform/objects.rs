//! What every store of many objects does.

use venom_ports::FailureKind;
use venom_ports::blob::Objects;

use super::Checked;

/// Runs the whole suite against an empty store.
pub fn suite(objects: &dyn Objects) -> Checked {
    let contents: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"x".to_vec(),
        vec![b'a'; 1_000_000],
        (0..=255).collect(),
        // Looks like the beginning of a packed format.
        vec![0x28, 0xb5, 0x2f, 0xfd],
    ];
    for bytes in &contents {
        let id = objects.id_of(bytes);
        assert!(!objects.holds(&id)?, "nothing was stored yet");
        let missing = objects.read(&id).map_err(|failure| failure.kind);
        assert_eq!(missing, Err(FailureKind::Missing));
        assert_eq!(objects.write(bytes)?, id);
        // At once, without a flush.
        assert!(objects.holds(&id)?);
        assert_eq!(objects.read(&id)?, *bytes);
        assert_eq!(objects.write(bytes)?, id, "the same bytes have the same id");
    }
    objects.sync()?;
    objects.sync()?;
    for bytes in &contents {
        assert_eq!(objects.read(&objects.id_of(bytes))?, *bytes);
    }
    // Several threads store the same and different things.
    let ids = std::thread::scope(|threads| {
        let write = |thread: usize| {
            (0..100_usize)
                .map(|number| {
                    let owner = if number.is_multiple_of(2) { 9 } else { thread };
                    objects.write(format!("{owner} {number}").as_bytes())
                })
                .collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..4)
            .map(|thread| threads.spawn(move || write(thread)))
            .collect();
        let mut ids = Vec::new();
        for worker in workers {
            ids.push(worker.join());
        }
        ids
    });
    for (thread, ids) in ids.into_iter().enumerate() {
        let ids = ids.map_err(|_panic| "a thread that stored objects broke down")?;
        for (number, id) in ids.into_iter().enumerate() {
            let owner = if number.is_multiple_of(2) { 9 } else { thread };
            assert_eq!(
                objects.read(&id?)?,
                format!("{owner} {number}").into_bytes()
            );
        }
    }
    // From the specification of BLAKE3: the hash of nothing.
    assert_eq!(
        objects.id_of(b"").as_str(),
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    );
    Ok(())
}
