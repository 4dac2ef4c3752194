//! `files.read`: the text of a file, in pages of lines.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::{encoding, source};
use crate::bounded;
use crate::name;
use crate::params;
use crate::schema::{self, Object};

/// The largest file that is read.
const LARGEST: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: RelPath,
    offset: Option<usize>,
    limit: Option<usize>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params {
        path,
        offset,
        limit,
    } = params::read(call)?;
    let bytes = context.files.read(&path, LARGEST).await?.bytes;
    let size = bytes.len();
    let wide = match encoding::utf16(&bytes) {
        Some(_) => encoding::read(&bytes).map(|(text, _)| text),
        None => None,
    };
    let result = if wide.is_none() && source::is_binary(&bytes) {
        json!({
            "path": path, "size": size, "binary": true, "lines": 0, "first": 0, "shown": 0,
            "truncated": false, "valid": false,
            "text": format!("{} is a binary file of {size} bytes.\n", name::shown(path.as_str())),
        })
    } else {
        let valid = std::str::from_utf8(&bytes).is_ok();
        let text = match wide {
            Some(text) => Cow::Owned(text),
            None => String::from_utf8_lossy(&bytes),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let lines = text.lines().count();
        let skip = offset.unwrap_or(1).max(1) - 1;
        let mut page = String::new();
        let mut shown = 0_usize;
        let mut cut = false;
        for line in text
            .split_inclusive('\n')
            .skip(skip)
            .take(limit.unwrap_or(usize::MAX))
        {
            if page.len() + line.len() > bounded::TEXT {
                cut = true;
                if shown == 0 {
                    page.push_str(
                        line.get(..bounded::floor(line, bounded::TEXT))
                            .unwrap_or_default(),
                    );
                    shown = 1;
                }
                break;
            }
            page.push_str(line);
            shown += 1;
        }
        json!({
            "path": path, "size": size, "binary": false, "lines": lines,
            "first": if shown == 0 { 0 } else { skip + 1 }, "shown": shown,
            "truncated": cut || skip + shown < lines, "valid": valid, "text": page,
        })
    };
    Ok(schema::output(result))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .must("path", schema::path("The file."))
        .may(
            "offset",
            schema::between(1, u64::from(u32::MAX), "The first line; 1 if not given."),
        )
        .may(
            "limit",
            schema::between(
                1,
                u64::from(u32::MAX),
                "The most lines; as many as fit if not given.",
            ),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must("path", schema::path("The file."))
        .must("size", schema::number("Its size in bytes."))
        .must(
            "binary",
            schema::flag("Whether it is no text; `text` then says so."),
        )
        .must(
            "valid",
            schema::flag("Whether it is valid UTF-8; if not, broken bytes are replaced."),
        )
        .must("lines", schema::number("How many lines it has."))
        .must(
            "first",
            schema::number("The first line that is shown; 0 if none is."),
        )
        .must("shown", schema::number("How many lines are shown."))
        .must(
            "truncated",
            schema::flag("Whether there is more behind what is shown."),
        )
        .must("text", schema::text("The lines, at most 64 KiB."))
}
