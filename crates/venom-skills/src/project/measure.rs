//! Measuring commands: where one spends its time, and which of two takes less.
//!
//! What a measured command writes into the workspace is not kept: it is run to be watched, and more than
//! once. Times are the results here, so two measurements of the same are never quite the same.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::confine::{Grants, Limits};
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::plain;
use venom_kernel::skill::{ActionManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::exec::Finished;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use crate::bounded::{self, push};
use crate::params::{self, refused};
use crate::place::{self, Wanted};
use crate::process::{self, Ending, Heard};
use crate::schema;
use crate::test::read_scratch;

mod profiler;
use profiler::{Profiler, Row};

/// The longest time for all of it.
const TIMEOUT: Millis = Millis::from_secs(14 * 60);

/// The most and the usual number of rounds. Chosen: quartiles of ten values are steady enough to tell a
/// difference of a tenth from noise on a quiet machine.
const ROUNDS: (u64, u64) = (100, 10);

/// How many functions are listed.
const ROWS: usize = 20;

/// Runs `$1` and then writes the processor time of all children to `$0`.
const TIMED: &str = r#"out=$0; "$@"; code=$?; times >"$out"; exit "$code""#;

/// Runs `$1` and `$2` in turns, `$3` times, and prints for each run its letter, its exit code and its
/// nanoseconds. The first run of each warms caches up and counts only if it fails. The order changes
/// from round to round, so that a machine that slows down does not favour one of them.
const COMPARED: &str = r#"
said=$4
one() {
  begun=$(date +%s%N)
  sh -c "$2" >/dev/null 2>"$said"
  code=$?
  ended=$(date +%s%N)
  echo "$3 $1 $code $((ended - begun))"
  if [ "$code" != 0 ]; then tail -c 2000 "$said" >&2; exit 0; fi
}
case $(date +%N) in *[!0-9]*) echo "date knows no nanoseconds" >&2; exit 3 ;; esac
one a "$1" warm
one b "$2" warm
round=0
while [ "$round" -lt "$3" ]; do
  if [ $((round % 2)) = 0 ]; then
    one a "$1" run; one b "$2" run
  else
    one b "$2" run; one a "$1" run
  fi
  round=$((round + 1))
done
"#;

/// Describes the actions.
pub(super) fn actions() -> BTreeMap<String, ActionManifest> {
    let path = || schema::path("The folder to run in; the workspace if not given.");
    let row = schema::object()
        .must("name", schema::text("The function."))
        .must("place", schema::text("The file and line."))
        .must("own_us", schema::number("Microseconds in it alone."))
        .must(
            "whole_us",
            schema::or_null(schema::number(
                "Microseconds in it and what it calls, where the profiler says so.",
            )),
        )
        .must(
            "calls",
            schema::or_null(schema::number("How often, where the profiler counts.")),
        )
        .done();
    let profile = schema::object()
        .must("command", schema::text("What was run."))
        .must(
            "exit_code",
            schema::or_null(schema::integer("The exit code; null after a signal.")),
        )
        .must("wall_ms", schema::number("How long it took."))
        .must(
            "user_ms",
            schema::or_null(schema::number("Processor time of the program.")),
        )
        .must(
            "system_ms",
            schema::or_null(schema::number("Processor time of the system for it.")),
        )
        .must(
            "profiler",
            schema::or_null(schema::text("What watched it, such as `cProfile`.")),
        )
        .must(
            "functions",
            schema::list(row, "Where the time went, most first."),
        )
        .text();
    let side = || {
        schema::object()
            .must("command", schema::text("What was run."))
            .must("runs", schema::number("How often it counts."))
            .must("median_us", schema::number("The median in microseconds."))
            .must("lower_us", schema::number("A quarter took less."))
            .must("upper_us", schema::number("A quarter took more."))
            .must("least_us", schema::number("The shortest."))
            .must("most_us", schema::number("The longest."))
            .about("What came of one command.")
    };
    let compare = schema::object()
        .must("first", schema::or_null(side()))
        .must("second", schema::or_null(side()))
        .must(
            "faster",
            schema::or_null(schema::choice(
                &["first", "second"],
                "Which takes less; null if the difference is within the spread.",
            )),
        )
        .must(
            "ratio_thousandths",
            schema::or_null(schema::number("The slower median by the faster one.")),
        )
        .must(
            "exit_code",
            schema::or_null(schema::integer("The first exit code that is not 0, or 0.")),
        )
        .text();
    let make = |summary: &str, params, result| ActionManifest {
        // Nothing is kept, which needs a layer.
        writes: Writes::Nothing,
        timeout: Millis::from_secs(15 * 60),
        typical: Millis::from_secs(10),
        grants: Grants {
            limits: Limits::BUILDS,
            ..Grants::default()
        },
        ..schema::action(summary, EffectClass::Reversible, params, result)
    };
    let command = |what: &str| schema::text(what);
    [
        (
            "profile",
            make(
                "Says where a command spends its time.",
                schema::object()
                    .must("command", command("The command, as a shell takes it."))
                    .may("path", path()),
                profile,
            ),
        ),
        (
            "compare",
            make(
                "Runs two commands in turns and says which takes less time.",
                schema::object()
                    .must("first", command("The first command, as a shell takes it."))
                    .must("second", command("The second command."))
                    .may(
                        "rounds",
                        schema::between(3, ROUNDS.0, "How often each is run; 10 if not given."),
                    )
                    .may("path", path()),
                compare,
            ),
        ),
    ]
    .map(|(name, action)| (name.to_owned(), action))
    .into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileParams {
    command: String,
    path: Option<RelPath>,
}

/// Performs `profile`.
pub(super) async fn profile(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: ProfileParams = params::read(call)?;
    let script = script(&params.command)?;
    let folder = params.path.unwrap_or_else(RelPath::root);
    place::look(context, &folder, Wanted::Folder).await?;
    let times = context.scratch.join("times");
    let times_text = times.to_string_lossy().into_owned();
    let profiler = Profiler::of(script, &context.scratch);
    let plain = || ["sh", "-c", script].map(str::to_owned).to_vec();
    let mut argv: Vec<String> = ["sh", "-c", TIMED, &times_text].map(str::to_owned).to_vec();
    argv.extend(profiler.as_ref().map_or_else(plain, Profiler::argv));
    let finished = run(context, &folder, &argv, Heard::Shown).await?;
    let code = Ending::of(finished.exit).code();
    let (user, system) = read_scratch(&times).as_deref().and_then(processor).unzip();
    let rows = match &profiler {
        Some(profiler) => {
            if let Some(reader) = profiler.reader() {
                let read = run(context, &folder, &reader, Heard::Kept).await?;
                profiler.rows(Some(&read.stdout.text()))
            } else {
                profiler.rows(None)
            }
        }
        None => Vec::new(),
    };
    let name = profiler
        .as_ref()
        .map(Profiler::name)
        .filter(|_| !rows.is_empty());
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|row| row.cleaned(&context.root))
        .take(ROWS)
        .collect();
    let text = profile_text(script, &finished, (user, system), name, &rows);
    let result = json!({
        "command": bounded::line(script, 300),
        "exit_code": code,
        "wall_ms": finished.took.get(),
        "user_ms": user,
        "system_ms": system,
        "profiler": name,
        "functions": rows.iter().map(Row::json).collect::<Value>(),
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(Output {
        result,
        evidence: vec![Evidence::Exit { code }],
    })
}

fn profile_text(
    script: &str,
    finished: &Finished,
    (user, system): (Option<u64>, Option<u64>),
    profiler: Option<&str>,
    rows: &[Row],
) -> String {
    let ending = Ending::of(finished.exit).said(TIMEOUT);
    let mut text = format!(
        "`{}` ended with {ending} after {} ms",
        bounded::line(script, 200),
        finished.took.get()
    );
    if let Some((user, system)) = user.zip(system) {
        push(
            &mut text,
            format_args!("; the processor worked {user} ms for it and {system} ms for the system"),
        );
    }
    text.push_str(".\n");
    match profiler {
        Some(profiler) => push(
            &mut text,
            format_args!("\nWhere the time went, as {profiler} saw it (milliseconds in the function alone):\n\n"),
        ),
        None => text.push_str(
            "No profiler knows this program, so only its times are known; commands that begin with `python3` or `node` are looked into.\n",
        ),
    }
    for row in rows {
        push(&mut text, format_args!("- {}\n", row.line()));
    }
    if !Ending::of(finished.exit).is_ok() {
        let said = plain::text(finished.stderr.text().as_bytes());
        push(
            &mut text,
            format_args!("\n{}\n", bounded::tail(&said, 20, 4_096)),
        );
    }
    text
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompareParams {
    first: String,
    second: String,
    rounds: Option<u64>,
    path: Option<RelPath>,
}

/// Performs `compare`.
pub(super) async fn compare(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: CompareParams = params::read(call)?;
    let (first, second) = (script(&params.first)?, script(&params.second)?);
    let rounds = params.rounds.unwrap_or(ROUNDS.1).clamp(3, ROUNDS.0);
    let folder = params.path.unwrap_or_else(RelPath::root);
    place::look(context, &folder, Wanted::Folder).await?;
    let said = context.scratch.join("said").to_string_lossy().into_owned();
    let argv = [
        "sh",
        "-c",
        COMPARED,
        "compare",
        first,
        second,
        &rounds.to_string(),
        &said,
    ]
    .map(str::to_owned);
    let finished = run(context, &folder, &argv, Heard::Kept).await?;
    let ending = Ending::of(finished.exit);
    let stderr = plain::text(finished.stderr.text().as_bytes());
    if let Some(stop) = ending.stop() {
        let failure = stop.failure("the comparison", TIMEOUT);
        return Err(failure.with_hint("compare with fewer rounds or less work"));
    }
    if !ending.is_ok() {
        let why = bounded::line(&stderr, 200);
        return Err(Failure::new(
            FailureKind::Unavailable,
            format!("nothing was measured: {why}"),
        )
        .with_hint("measuring needs `sh` and a `date` with nanoseconds, such as GNU's"));
    }
    Ok(compared(&finished.stdout.text(), [first, second], &stderr))
}

/// Reads what [`COMPARED`] printed.
fn compared(printed: &str, scripts: [&str; 2], stderr: &str) -> Output {
    let mut spans: [Vec<u64>; 2] = [Vec::new(), Vec::new()];
    let mut failed: Option<(usize, i32)> = None;
    for line in printed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind, letter, code, nanos] = words.as_slice() else {
            continue;
        };
        let at = usize::from(*letter == "b");
        let code: i32 = code.parse().unwrap_or(1);
        if code != 0 {
            failed.get_or_insert((at, code));
        } else if *kind == "run"
            && let Some(spans) = spans.get_mut(at)
            && let Ok(nanos) = nanos.parse::<u64>()
        {
            spans.push(nanos / 1_000);
        }
    }
    if let Some((at, code)) = failed {
        let script = scripts.get(at).copied().unwrap_or_default();
        let text = format!(
            "`{}` failed with exit code {code}, so nothing is compared.\n\n{}",
            bounded::line(script, 200),
            bounded::tail(stderr, 20, 4_096)
        );
        let result = json!({
            "first": null, "second": null, "faster": null, "ratio_thousandths": null,
            "exit_code": code, "text": text,
        });
        return Output {
            result,
            evidence: vec![Evidence::Exit { code: Some(code) }],
        };
    }
    let [first, second] = spans.map(Side::of);
    let (faster, slow, fast) = if first.upper < second.lower {
        (Some("first"), second.median, first.median)
    } else if second.upper < first.lower {
        (Some("second"), first.median, second.median)
    } else {
        let (most, least) = (
            first.median.max(second.median),
            first.median.min(second.median),
        );
        (None, most, least)
    };
    let ratio = slow.saturating_mul(1_000) / fast.max(1);
    let mut text = String::new();
    let sides = [
        ("first", scripts[0], &first),
        ("second", scripts[1], &second),
    ];
    for (name, script, side) in sides {
        push(
            &mut text,
            format_args!(
                "- {name}: `{}`: median {}, half of {} runs between {} and {}\n",
                bounded::line(script, 200),
                shown(side.median),
                side.runs,
                shown(side.lower),
                shown(side.upper)
            ),
        );
    }
    let times = format!("{}.{:02}", ratio / 1_000, ratio % 1_000 / 10);
    match faster {
        Some(name) => push(
            &mut text,
            format_args!("\nThe {name} is {times} times as fast as the other.\n"),
        ),
        None => push(
            &mut text,
            format_args!(
                "\nThe difference ({times} times) is within the spread: neither is faster as far as can be told.\n"
            ),
        ),
    }
    let result = json!({
        "first": first.json(scripts[0]),
        "second": second.json(scripts[1]),
        "faster": faster,
        "ratio_thousandths": ratio,
        "exit_code": 0,
        "text": text,
    });
    Output {
        result,
        evidence: vec![Evidence::Exit { code: Some(0) }],
    }
}

/// What came of one command.
struct Side {
    runs: usize,
    median: u64,
    lower: u64,
    upper: u64,
    least: u64,
    most: u64,
}

impl Side {
    fn of(mut spans: Vec<u64>) -> Self {
        spans.sort_unstable();
        // Nearest rank.
        let at = |quarters: usize| {
            let rank = (spans.len() * quarters).div_ceil(4).max(1);
            spans.get(rank - 1).copied().unwrap_or_default()
        };
        Self {
            runs: spans.len(),
            median: at(2),
            lower: at(1),
            upper: at(3),
            least: spans.first().copied().unwrap_or_default(),
            most: spans.last().copied().unwrap_or_default(),
        }
    }

    fn json(&self, script: &str) -> Value {
        json!({
            "command": bounded::line(script, 300),
            "runs": self.runs,
            "median_us": self.median,
            "lower_us": self.lower,
            "upper_us": self.upper,
            "least_us": self.least,
            "most_us": self.most,
        })
    }
}

/// Writes microseconds for people.
fn shown(micros: u64) -> String {
    format!("{}.{:01} ms", micros / 1_000, micros % 1_000 / 100)
}

fn script(text: &str) -> Result<&str> {
    let script = text.trim();
    if script.is_empty() || script.contains('\0') {
        return Err(refused("the command is empty or holds a NUL character")
            .with_hint("give a command as a shell takes it"));
    }
    Ok(script)
}

async fn run(
    context: &SkillContext,
    folder: &RelPath,
    argv: &[String],
    heard: Heard,
) -> Result<Finished> {
    let cwd = process::folder(context, folder);
    let mut command = process::command(argv, cwd, TIMEOUT);
    command
        .env
        .insert("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned());
    process::run(context, command, heard).await
}

/// Reads the second line of what the shell's `times` prints: `0m0.01s 0m0.00s`, in milliseconds.
fn processor(text: &str) -> Option<(u64, u64)> {
    let mut words = text.lines().nth(1)?.split_whitespace().map(millis);
    Some((words.next()??, words.next()??))
}

fn millis(word: &str) -> Option<u64> {
    let (minutes, rest) = word.strip_suffix('s')?.split_once('m')?;
    let (seconds, part) = rest.split_once(['.', ',']).unwrap_or((rest, "0"));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    let minutes: u64 = minutes.parse().ok()?;
    let seconds: u64 = seconds.parse().ok()?;
    let part: u64 = digits.parse().ok()?;
    Some((minutes * 60 + seconds) * 1_000 + part)
}

#[cfg(test)]
mod tests;
