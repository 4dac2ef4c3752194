//! `venom diff`: what differs between two moments, of one run or of two.

use clap::Args;
use serde_json::json;
use venom_kernel::id::Seq;
use venom_ports::api::time::{Compared, FileDifference, Moment};

use super::context::Context;
use super::point::locate;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, Output, clean};

/// Show what differs between two moments: files and the state of the run
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The first moment, or the run whose beginning and end are compared
    #[arg(value_name = "RUN[@SEQ]", default_value = "last")]
    left: String,
    /// The second moment; the end of the run if none is named
    #[arg(value_name = "RUN[@SEQ]")]
    right: Option<String>,
    /// The moment that the run's beginning is compared with, as `RUN@SEQ`, or `@SEQ` for the last run
    #[arg(long, value_name = "RUN@SEQ", conflicts_with_all = ["left", "right"])]
    at: Option<String>,
    /// Only the files
    #[arg(long, conflicts_with = "state")]
    files: bool,
    /// Only the state, by sections: intent, plan, steps, approvals
    #[arg(long)]
    state: bool,
    /// Only name the files and count the lines
    #[arg(long)]
    stat: bool,
}

pub(super) fn run(context: &Context, args: &DiffArgs) -> CliResult {
    context.with_reach(async |reach| {
        let left = args.at.as_ref().unwrap_or(&args.left);
        let (run, at) = locate(reach, left).await?;
        let right = match &args.right {
            None if args.at.is_some() => Moment { run, at },
            Some(text) => {
                let (run, at) = locate(reach, text).await?;
                Moment { run, at }
            }
            None => Moment { run, at: None },
        };
        // A run by itself is compared with its own beginning.
        let at = match (&args.right, at) {
            (None, _) if args.at.is_some() => Some(Seq::new(1)),
            (None, None) => Some(Seq::new(1)),
            (_, at) => at,
        };
        let compared = reach.host().compare(&Moment { run, at }, &right).await?;
        if context.out.form == Form::Text {
            text(&context.out, args, &compared);
        } else {
            context.out.document("diff", json!(compared));
        }
        Ok(Exit::Ok)
    })
}

fn text(out: &Output, args: &DiffArgs, compared: &Compared) {
    if let Some(seq) = compared.parts_at {
        out.talk(&format!("the two runs part at event {seq}"));
    }
    if !args.state {
        match &compared.files {
            None => out.talk("the files are not known: the run took no snapshots"),
            Some(files) => {
                for file in files {
                    out.data(&shown(out, file, args.stat));
                }
                out.talk(&format!("{} paths differ", files.len()));
            }
        }
    }
    if !args.files {
        for difference in &compared.state {
            out.data(&format!(
                "state {}\n",
                clean::short(&difference.to_string(), 240)
            ));
        }
    }
}

fn shown(out: &Output, file: &FileDifference, is_short: bool) -> String {
    let path = clean::short(&file.path, 240);
    let Some(unified) = file.unified.as_ref() else {
        return format!("{:8} {path}\n", file.nature);
    };
    if is_short {
        let count = |sign: char, header: &str| {
            let lines = unified.lines();
            lines
                .filter(|line| line.starts_with(sign) && !line.starts_with(header))
                .count()
        };
        return format!(
            "{:8} {path}  +{} -{}\n",
            file.nature,
            count('+', "+++"),
            count('-', "---")
        );
    }
    let mut lines = String::new();
    for line in clean::block(unified).lines() {
        let painted = match line.chars().next() {
            Some('+') => out.paint.good(line),
            Some('-') => out.paint.bad(line),
            Some('@') => out.paint.dim(line),
            Some(_) | None => line.to_owned(),
        };
        lines.push_str(&painted);
        lines.push('\n');
    }
    lines
}
