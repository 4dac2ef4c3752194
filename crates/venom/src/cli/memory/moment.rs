//! Moments as people write them, and the place's distance from UTC.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use venom_kernel::time::Timestamp;

use crate::error::CliError;
use crate::output::clean;

/// Reads `2023-05-08`, `2023-05-08T14:00` in the place's own time, or `2023-05-08T14:00:00Z`.
pub(super) fn read(text: &str) -> Result<Timestamp, CliError> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp::from_micros(moment.as_microsecond()));
    }
    let here = TimeZone::system();
    let local = text
        .parse::<DateTime>()
        .or_else(|_no_time| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)));
    local
        .and_then(|local| local.to_zoned(here))
        .map(|zoned| Timestamp::from_micros(zoned.timestamp().as_microsecond()))
        .map_err(|_unreadable| {
            CliError::usage(format!("`{}` is no moment", clean::short(text, 60)))
                .code("bad-moment")
                .hint("write it as `2023-05-08`, `2023-05-08T14:00` or `2023-05-08T14:00:00Z`")
        })
}

/// Writes a moment in UTC, as it is read back.
pub(super) fn write(moment: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(moment.micros()).map_or_else(
        |_out_of_range| moment.micros().to_string(),
        |moment| moment.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_back() {
        let moment = read("2023-05-08T14:00:00.25Z").unwrap();
        assert_eq!(moment.micros(), 1_683_554_400_250_000);
        assert_eq!(read(&write(moment)).unwrap(), moment);
        assert!(read("2023-05-08").is_ok() && read("2023-05-08T14:00").is_ok());
        for bad in ["", "soon", "2023-13-01", "2023-05-08T99:00"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
