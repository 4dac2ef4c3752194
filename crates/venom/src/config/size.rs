//! Amounts of bytes as people write them: `20GiB`, `512 MiB`, `1000000`.

/// Units, the largest first.
const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];

/// Reads an amount.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let refused = || {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is no number of bytes such as 20GiB, 512MiB or 1000000")
    };
    let unit = UNITS
        .iter()
        .find_map(|(name, shift)| Some((text.strip_suffix(name)?, *shift)));
    let (digits, shift) = unit.unwrap_or_else(|| (text.strip_suffix('B').unwrap_or(text), 0));
    let digits = digits.trim_end();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused());
    }
    let number: u64 = digits.parse().map_err(|_too_long| refused())?;
    // What leaves room for nothing is a slip.
    number
        .checked_mul(1 << shift)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(refused)
}

/// Prints an amount with at most one digit behind the point.
pub(crate) fn print(bytes: u64) -> String {
    for (name, shift) in UNITS {
        let unit = 1_u64 << shift;
        if bytes >= unit {
            let tenths = (bytes % unit).saturating_mul(10) >> shift;
            return if tenths == 0 {
                format!("{} {name}", bytes >> shift)
            } else {
                format!("{}.{tenths} {name}", bytes >> shift)
            };
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests;
