//! Amounts of money as people write them: `0.05`, `$2`, `1.5`.

use venom_kernel::money::MicroUsd;

/// Reads an amount of US dollars, to the millionth.
pub(crate) fn parse(text: &str) -> Result<MicroUsd, String> {
    let refused = || {
        let shown: String = text.chars().take(40).collect();
        format!("`{shown}` is no amount of dollars such as 0.05 or 2")
    };
    let text = text.trim();
    let number = text.strip_prefix('$').unwrap_or(text).trim();
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty())
        || !is_digits(whole)
        || !is_digits(part)
        || part.len() > 6
    {
        return Err(refused());
    }
    let read = |digits: &str| -> Result<u64, String> {
        if digits.is_empty() {
            return Ok(0);
        }
        digits.parse().map_err(|_too_long| refused())
    };
    let micros = read(&format!("{part:0<6}"))?;
    read(whole)?
        .checked_mul(1_000_000)
        .and_then(|whole| whole.checked_add(micros))
        .map(MicroUsd::new)
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests;
