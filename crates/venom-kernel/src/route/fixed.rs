//! Logarithm, exponential and root in fixed point, so that the same random words give the same choice
//! on every machine. Numbers carry 32 binary places. What is computed differs from the real value by
//! less than 2^-26 of it, or of one where it is smaller; the tests hold it to that.

/// One.
pub(super) const ONE: i64 = 1 << 32;

/// The natural logarithm of 2 (0.693147180559945), with 32 binary places.
const LN_2: i64 = 2_977_044_472;

/// The square root of 2 (1.414213562373095), with 32 binary places.
const ROOT_2: u64 = 6_074_001_000;

/// Multiplies; stays at the largest number instead of wrapping.
pub(super) fn times(one: i64, two: i64) -> i64 {
    let product = (i128::from(one) * i128::from(two)) >> 32;
    i64::try_from(product).unwrap_or(if product < 0 { i64::MIN } else { i64::MAX })
}

/// Divides two numbers that are not negative; the largest number where the second one is nothing.
pub(super) fn ratio(one: u64, two: u64) -> u64 {
    (u128::from(one) << 32)
        .checked_div(u128::from(two))
        .and_then(|ratio| u64::try_from(ratio).ok())
        .unwrap_or(u64::MAX)
}

/// Returns the natural logarithm of `number / 2^places`; that of the smallest number for nothing.
pub(super) fn ln(number: u64, places: u32) -> i64 {
    let number = number.max(1);
    let mut exponent = i64::from(number.ilog2()) - i64::from(places);
    // The number without its exponent, between 1 and 2, and then between the roots of 1/2 and of 2.
    let mut mantissa = (number << number.leading_zeros()) >> 31;
    if mantissa > ROOT_2 {
        mantissa >>= 1;
        exponent += 1;
    }
    // ln m = 2 (t + t^3/3 + t^5/5 + ...) with t = (m - 1) / (m + 1), which is at most 0.172 here.
    let mantissa = mantissa.cast_signed();
    let t = ((mantissa - ONE) << 31) / (mantissa + ONE);
    let square = (t * t) >> 31;
    let (mut power, mut sum) = (t, t);
    for odd in [3, 5, 7, 9, 11] {
        power = (power * square) >> 31;
        sum += power / odd;
    }
    // Twice the sum, with 32 places instead of 31.
    exponent * LN_2 + sum * 4
}

/// Returns the exponential of a number, with 32 binary places; stays at the largest number.
pub(super) fn exp(number: i64) -> u64 {
    let whole = number.div_euclid(LN_2);
    let rest = number.rem_euclid(LN_2);
    let (mut term, mut sum) = (ONE, ONE);
    for n in 1..=12 {
        term = times(term, rest) / n;
        sum += term;
    }
    let sum = sum.cast_unsigned();
    match u32::try_from(whole) {
        Ok(up) if up < sum.leading_zeros() => sum << up,
        Ok(_) => u64::MAX,
        Err(_) => {
            let down = u32::try_from(whole.unsigned_abs()).unwrap_or(u32::MAX);
            sum.checked_shr(down).unwrap_or(0)
        }
    }
}

/// Returns the root of a number with 32 binary places.
pub(super) fn root(number: u64) -> u64 {
    // As many places more as there is room for, an even number of them, and half of them taken off.
    let room = number.leading_zeros() & !1;
    let wide = (number << room.min(62)).isqrt();
    let places = i64::from(16) - i64::from(room.min(62) / 2);
    match u32::try_from(places) {
        Ok(up) => wide << up,
        Err(_) => wide >> u32::try_from(-places).unwrap_or(63),
    }
}

/// Makes a number with 32 binary places of millionths.
pub(super) fn of_millionths(number: i64) -> i64 {
    let wide = (i128::from(number) << 32) / 1_000_000;
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

/// Makes millionths of a number with 32 binary places.
pub(super) fn millionths(number: i64) -> i64 {
    let wide = (i128::from(number) * 1_000_000) >> 32;
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}
