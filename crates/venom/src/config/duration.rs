//! Durations as people write them: `90s`, `5m`, `1h30m`, `500ms`.

use venom_kernel::time::Millis;

/// The longest duration that makes sense; longer ones are slips of the pen.
const LONGEST: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Reads a duration.
pub(crate) fn parse(text: &str) -> Result<Millis, String> {
    let refuse = |why: &str| {
        let shown: String = text.chars().take(40).collect();
        Err(format!("`{shown}` {why}"))
    };
    let form = "is no duration; write it like `90s`, `5m` or `1h30m`";
    let mut total: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return refuse(form);
    }
    while !rest.is_empty() {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse::<u64>() else {
            return refuse(form);
        };
        let behind = rest.strip_prefix(digits.as_str()).unwrap_or_default();
        let unit: String = behind
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .collect();
        let factor = match unit.as_str() {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            _ => return refuse(form),
        };
        total = total.saturating_add(number.saturating_mul(factor));
        rest = behind.strip_prefix(unit.as_str()).unwrap_or_default();
    }
    match total {
        0 => refuse("is no time at all"),
        1..=LONGEST => Ok(Millis::new(total)),
        _ => refuse("is longer than a week"),
    }
}

/// Writes a duration in the form that [`parse`] reads.
pub(crate) fn print(span: Millis) -> String {
    let ms = span.get();
    if !ms.is_multiple_of(1_000) {
        return format!("{ms}ms");
    }
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let mut text = String::new();
    for (number, unit) in [(hours, "h"), (minutes, "m"), (seconds, "s")] {
        if number > 0 {
            text.push_str(&number.to_string());
            text.push_str(unit);
        }
    }
    text
}

#[cfg(test)]
mod tests;
