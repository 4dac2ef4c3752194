//! What every set of vectors must do.

use std::collections::BTreeSet;

use venom_ports::memory::vectors::{Placed, Sought, Vectors};

use super::Checked;

/// Numbers in a vector.
const SIZE: usize = 16;

/// A direction that belongs to a number, of length one.
fn direction(number: u64) -> Vec<f32> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut vector: Vec<f32> = (0..SIZE)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let low = u16::try_from(state & 0xffff).unwrap_or_default();
            f32::from(low) / 32_768.0 - 1.0
        })
        .collect();
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut vector {
        *value /= length;
    }
    vector
}

fn placed(number: u64) -> Placed {
    Placed {
        number,
        vector: direction(number),
        time: i64::try_from(number).unwrap_or_default() * 60,
        speaker: number % 3,
        thread: number.is_multiple_of(2).then_some(u64::MAX),
    }
}

fn sought(number: u64, wanted: usize) -> Sought {
    Sought {
        vector: direction(number),
        wanted,
        ..Sought::default()
    }
}

/// Asserts what the port promises. The set must be empty.
pub fn suite(vectors: &dyn Vectors) -> Checked {
    let opened = vectors.open()?;
    assert_eq!(vectors.open()?, opened, "opening again changes nothing");
    assert_eq!(vectors.count()?, 0);
    assert_eq!(vectors.nearest(&sought(1, 5))?, Vec::<u64>::new());

    let all: Vec<Placed> = (1..=60).map(placed).collect();
    vectors.put(&all)?;
    assert_eq!(vectors.count()?, 60);
    for number in [1, 30, 60] {
        assert_eq!(vectors.nearest(&sought(number, 1))?, vec![number]);
    }

    // Putting again changes nothing; another vector takes the place of the one before.
    vectors.put(&all)?;
    assert_eq!(vectors.count()?, 60);
    let moved = Placed {
        vector: direction(1_000),
        ..placed(7)
    };
    vectors.put(&[moved])?;
    assert_eq!(vectors.nearest(&sought(1_000, 1))?, vec![7]);
    vectors.put(&[placed(7)])?;

    // What limits a search.
    let of = |sought: Sought| -> Checked<BTreeSet<u64>> {
        Ok(vectors.nearest(&sought)?.into_iter().collect())
    };
    let early = of(Sought {
        until: Some(600),
        ..sought(5, 60)
    })?;
    assert_eq!(early, (1..=10).collect());
    let span = of(Sought {
        since: Some(600),
        until: Some(1_200),
        ..sought(5, 60)
    })?;
    assert_eq!(span, (10..=20).collect());
    let spoken = of(Sought {
        speakers: Some(vec![0, 1]),
        since: Some(3_000),
        ..sought(5, 60)
    })?;
    assert_eq!(spoken, (50..=60).filter(|number| number % 3 != 2).collect());
    assert_eq!(
        of(Sought {
            speakers: Some(Vec::new()),
            ..sought(5, 60)
        })?,
        BTreeSet::new()
    );
    let threaded = of(Sought {
        thread: Some(u64::MAX),
        until: Some(600),
        ..sought(5, 60)
    })?;
    assert_eq!(threaded, [2, 4, 6, 8, 10].into());

    // What is kept can be read back.
    let got = vectors.get(&[3, 4, 999])?;
    assert_eq!(got.keys().copied().collect::<Vec<_>>(), vec![3, 4]);
    for (number, vector) in &got {
        let off: f32 = vector
            .iter()
            .zip(direction(*number))
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(off < 1e-4, "{number} is off by {off}");
    }
    let mut numbers = BTreeSet::new();
    loop {
        let page = vectors.numbers(numbers.len() as u64, 25)?;
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 25);
        for number in page {
            assert!(numbers.insert(number), "{number} is listed twice");
        }
    }
    assert_eq!(numbers, (1..=60).collect());

    // What is taken out is gone, also a second time.
    vectors.remove(&[30, 31])?;
    vectors.remove(&[30, 31, 999])?;
    assert_eq!(vectors.count()?, 58);
    let near = vectors.nearest(&sought(30, 60))?;
    assert!(!near.contains(&30) && !near.contains(&31), "{near:?}");

    // A set that was removed and made again is another one.
    vectors.clear()?;
    vectors.clear()?;
    let again = vectors.open()?;
    assert_ne!(again.set, opened.set);
    assert_eq!(vectors.count()?, 0);
    vectors.clear()?;
    Ok(())
}
