//! The inner loops of the scan.
//!
//! Each is compiled for every processor of the architecture, and once more for those with wider registers and an
//! instruction that counts bits, which nearly all have. They work on whole numbers, so that the answers are the same on
//! each. They are written with counters and not with closures, because a closure does not get the instructions of the
//! function around it.

/// A vector whose numbers are 16 bits wide, for products with bytes.
#[derive(Debug)]
pub(super) struct Asked {
    scale: f32,
    values: Vec<i16>,
}

impl Asked {
    /// Brings a vector into whole numbers.
    pub(super) fn of(vector: &[f32]) -> Self {
        // The sum of 512 products with bytes still fits into 32 bits; longer vectors have coarser numbers.
        let largest = f32::from(i16::MAX) * (512.0 / (vector.len().max(512) as f32));
        let (scale, values) = super::whole(vector, largest);
        Self { scale, values }
    }
}

/// Compiles a function for each kind of processor, and chooses among them when it is called.
macro_rules! for_each_processor {
    ($(#[$doc:meta])* $name:ident, $body:ident, ($($argument:ident: $kind:ty),*)) => {
        $(#[$doc])*
        pub(super) fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vpopcntdq,popcnt")]
                fn widest($($argument: $kind),*) {
                    $body($($argument),*);
                }
                #[target_feature(enable = "avx2,popcnt")]
                fn wider($($argument: $kind),*) {
                    $body($($argument),*);
                }
                if has_widest() {
                    #[expect(unsafe_code, reason = "only the processor can tell what it has")]
                    // SAFETY: the processor has said that it has what the function is compiled for.
                    unsafe {
                        widest($($argument),*);
                    }
                    return;
                }
                if has_wide() {
                    #[expect(unsafe_code, reason = "only the processor can tell what it has")]
                    // SAFETY: the processor has said that it has what the function is compiled for.
                    unsafe {
                        wider($($argument),*);
                    }
                    return;
                }
            }
            $body($($argument),*);
        }
    };
}

#[cfg(target_arch = "x86_64")]
fn has_widest() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vl")
        && std::arch::is_x86_feature_detected!("avx512vpopcntdq")
        && std::arch::is_x86_feature_detected!("popcnt")
}

#[cfg(target_arch = "x86_64")]
fn has_wide() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt")
}

for_each_processor!(
    /// Appends, for each vector of `wide` words in `bits`, how many of its bits differ from those asked for.
    distances,
    distances_of,
    (bits: &[u64], wide: usize, asked: &[u64], into: &mut Vec<u16>)
);

for_each_processor!(
    /// Appends the places whose distance is at most so large.
    within,
    within_of,
    (distances: &[u16], bound: u16, into: &mut Vec<usize>)
);

for_each_processor!(
    /// Appends the products of a vector with rows of bytes that are as long as it is, those at the places.
    products,
    products_of,
    (asked: &Asked, rows: &[i8], places: &[usize], into: &mut Vec<f32>)
);

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled as a part of its caller, with the caller's instructions"
)]
fn distances_of(bits: &[u64], wide: usize, asked: &[u64], into: &mut Vec<u16>) {
    // The widths that are met get a loop of their own, whose length is known.
    match (wide, asked.as_array::<4>(), asked.as_array::<6>()) {
        (4, Some(asked), _) => differing(bits.as_chunks::<4>().0, asked, into),
        (6, _, Some(asked)) => differing(bits.as_chunks::<6>().0, asked, into),
        _ => {
            for row in bits.chunks_exact(wide.max(1)) {
                let mut sum = 0;
                for (a, b) in row.iter().zip(asked) {
                    sum += (a ^ b).count_ones();
                }
                into.push(u16::try_from(sum).unwrap_or(u16::MAX));
            }
        }
    }
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled as a part of its caller, with the caller's instructions"
)]
fn differing<const WIDE: usize>(rows: &[[u64; WIDE]], asked: &[u64; WIDE], into: &mut Vec<u16>) {
    let from = into.len();
    into.resize(from + rows.len(), 0);
    let into = into.get_mut(from..).unwrap_or_default();
    for (row, distance) in rows.iter().zip(into) {
        let mut sum = 0;
        for (a, b) in row.iter().zip(asked) {
            sum += (a ^ b).count_ones();
        }
        #[expect(clippy::cast_possible_truncation, reason = "some hundred bits")]
        {
            *distance = sum as u16;
        }
    }
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled as a part of its caller, with the caller's instructions"
)]
fn within_of(distances: &[u16], bound: u16, into: &mut Vec<usize>) {
    // Few are near: most groups are passed over with one comparison.
    for (group, distances) in distances.chunks(32).enumerate() {
        let mut least = u16::MAX;
        for distance in distances {
            least = least.min(*distance);
        }
        if least > bound {
            continue;
        }
        for (at, distance) in distances.iter().enumerate() {
            if *distance <= bound {
                into.push(32 * group + at);
            }
        }
    }
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is compiled as a part of its caller, with the caller's instructions"
)]
fn products_of(asked: &Asked, rows: &[i8], places: &[usize], into: &mut Vec<f32>) {
    let size = asked.values.len();
    for at in places {
        let from = at.saturating_mul(size);
        let row = rows
            .get(from..from.saturating_add(size))
            .unwrap_or_default();
        let mut sum = 0_i32;
        for (a, b) in asked.values.iter().zip(row) {
            sum += i32::from(*a) * i32::from(*b);
        }
        into.push(asked.scale * sum as f32);
    }
}
