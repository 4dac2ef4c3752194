//! Amounts of money as people write them: `0.05`, `$2`, `1.5`.

use venom_kernel::money::MicroUsd;

/// Reads an amount of US dollars, to the millionth.
pub(crate) fn parse(text: &str) -> Result<MicroUsd, String> {
    text.parse()
        .map_err(|error: venom_kernel::money::NoMoney| error.to_string())
}

#[cfg(test)]
mod tests;
