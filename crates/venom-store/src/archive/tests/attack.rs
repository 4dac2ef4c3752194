//! Thousands of archives that are not what was written. None is believed, none is a panic.

use super::parts::{archive, frames};
use super::*;

/// Numbers that are the same each time, after Steele and Vigna's `SplitMix64`.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// A small archive that has one of everything, whole and with something taken out.
async fn samples() -> Checked<Vec<Vec<u8>>> {
    let home = Home::keyed(Mode::Off)?;
    let store = home.open()?;
    store.create_signing()?;
    write(&store).await?;
    let big = |(bytes, exported): (Vec<u8>, Exported)| {
        assert!(exported.blobs > 0);
        bytes
    };
    let archives = store.archives(Trusted::default());
    let mut small = Vec::new();
    archives.export(
        &Moment {
            run: run(1),
            at: None,
        },
        Contents::NoFiles,
        &Redaction::default(),
        &mut small,
    )?;
    let mut cut = Vec::new();
    archives.export(
        &Moment {
            run: run(1),
            at: None,
        },
        Contents::NoFiles,
        &canary(),
        &mut cut,
    )?;
    let whole = big(export(&store, &Redaction::default())?);
    store.close().await?;
    Ok(vec![small, cut, whole])
}

fn refused(bytes: &[u8], what: &str) {
    match check(bytes) {
        Err(failure) => {
            let is_known = matches!(failure.kind, FailureKind::Corrupt | FailureKind::Refused);
            assert!(is_known, "{what}: {failure}");
        }
        Ok(found) => panic!("{what} was believed: {found:?}"),
    }
}

#[tokio::test]
async fn no_change_of_a_file_is_believed() -> Checked {
    let mut numbers = Numbers(0x5eed);
    let mut count = 0;
    for sample in samples().await?.iter().take(2) {
        assert!(check(sample).is_ok());
        for _ in 0..700 {
            let at = numbers.below(sample.len());
            let bit = numbers.below(8);
            let mut bytes = sample.clone();
            bytes[at] ^= 1 << bit;
            refused(&bytes, &format!("bit {bit} of byte {at}"));
            count += 1;
        }
        for _ in 0..300 {
            let at = numbers.below(sample.len());
            refused(&sample[..at], &format!("cut at {at}"));
            let from = numbers.below(sample.len());
            let to = (from + 1 + numbers.below(200)).min(sample.len());
            let mut bytes = sample.clone();
            bytes.drain(from..to);
            refused(&bytes, &format!("without {from} to {to}"));
            let mut bytes = sample.clone();
            let part = sample[from..to].to_vec();
            bytes.splice(from..from, part);
            refused(&bytes, &format!("{from} to {to} twice"));
            count += 3;
        }
        let mut bytes = sample.clone();
        bytes.push(0);
        refused(&bytes, "a byte more");
    }
    assert!(count >= 2_000);
    Ok(())
}

/// Whoever makes the frames anew gets past their checks; then what follows from what has to tell.
#[tokio::test]
async fn no_forged_part_is_believed() -> Checked {
    let mut numbers = Numbers(0xf0f0);
    let mut count = 0;
    for sample in samples().await?.iter().take(2) {
        let good = frames(sample)?;
        let truth = check(sample)?;
        for at in 0..good.len() {
            let mut without = good.clone();
            without.remove(at);
            refused(&archive(&without)?, &format!("without part {at}"));
            let mut twice = good.clone();
            twice.insert(at, good[at].clone());
            refused(&archive(&twice)?, &format!("part {at} twice"));
            if at + 1 < good.len() {
                let mut moved = good.clone();
                moved.swap(at, at + 1);
                refused(
                    &archive(&moved)?,
                    &format!("parts {at} and {} swapped", at + 1),
                );
            }
            count += 3;
            for _ in 0..25 {
                let mut forged = good.clone();
                let (tag, payload) = &mut forged[at];
                if payload.is_empty() {
                    continue;
                }
                let place = numbers.below(payload.len());
                payload[place] ^= 1 << numbers.below(8);
                let what = format!("{tag:?} {at} at {place}");
                let is_packed = *tag == Tag::Chunk;
                let bytes = archive(&forged)?;
                // How a part is packed has bits that mean nothing; what is unpacked is checked.
                if is_packed && check(&bytes).is_ok_and(|found| found == truth) {
                    continue;
                }
                refused(&bytes, &what);
                count += 1;
            }
        }
    }
    assert!(count >= 1_000, "{count}");
    Ok(())
}

#[tokio::test]
async fn a_hostile_length_takes_no_memory() -> Checked {
    // Each part claims as much as it may, and there is nothing behind it.
    for tag in *b"HESBCZ" {
        for length in [0_u32, 1, 1 << 20, 1 << 26, u32::MAX] {
            let mut bytes = Vec::new();
            FrameWriter::begin(&mut bytes)?;
            bytes.push(tag);
            bytes.extend_from_slice(&length.to_be_bytes());
            refused(&bytes, &format!("{tag} with {length}"));
        }
    }
    // A blob that says that it is as long as it can be, and one that unpacks to more than it says.
    let good = frames(&samples().await?[0])?;
    let blob = good
        .iter()
        .position(|(tag, _)| *tag == Tag::Blob)
        .ok_or("no blob")?;
    let mut long = good.clone();
    let length = long[blob].1.len();
    long[blob].1[length - 8..].copy_from_slice(&(256_u64 << 20).to_be_bytes());
    refused(&archive(&long)?, "a long blob");
    let mut bomb = good;
    bomb[blob + 1].1 = super::super::blob::pack(&vec![0; 1 << 20]);
    refused(&archive(&bomb)?, "a bomb");
    Ok(())
}

#[tokio::test]
async fn another_version_is_named() -> Checked {
    let mut bytes = samples().await?.remove(0);
    bytes[9] = 2;
    let failure = check(&bytes).err().ok_or("it was read")?;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("version 2"), "{failure}");
    assert_eq!(failure.hint.as_deref(), Some("use a newer VENOM"));
    Ok(())
}

#[test]
fn what_stands_where_an_event_should_is_no_panic() {
    let mut numbers = Numbers(7);
    for _ in 0..3_000 {
        let length = numbers.below(400);
        let mut bytes: Vec<u8> = (0..length)
            .map(|_| u8::try_from(numbers.below(256)).unwrap_or(0))
            .collect();
        if let Some(kind) = bytes.get_mut(58) {
            *kind %= 3;
        }
        if let Some(record) = super::super::record::Record::decode(run(1), &bytes) {
            let _any = (record.root(), record.text());
        }
    }
}
