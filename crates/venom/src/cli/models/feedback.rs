//! `venom models feedback`: what somebody thinks of the work of a model.

use clap::Args;
use serde_json::json;

use super::subject;
use crate::cli::context::Context;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::Form;
use crate::wire::reach::Reach;

#[derive(Debug, Args)]
pub(super) struct FeedbackArgs {
    /// The run, `RUN/STEP`, or a step of the last run
    #[arg(value_name = "RUN|STEP")]
    what: String,
    /// `good`, `bad`, or a number from 0 to 1
    #[arg(value_name = "RATING", value_parser = rating, allow_negative_numbers = true)]
    rating: u16,
}

/// Reads a rating, in thousandths.
fn rating(text: &str) -> Result<u16, String> {
    let refused = || "a rating is `good`, `bad` or a number from 0 to 1, such as 0.7".to_owned();
    let text = text.trim();
    match text {
        "good" => return Ok(1_000),
        "bad" => return Ok(0),
        _ => {}
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > 1 || part.len() > 3 || !is_digits(whole) || !is_digits(part) {
        return Err(refused());
    }
    if whole.is_empty() && part.is_empty() {
        return Err(refused());
    }
    let whole: u16 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_no_digit| refused())?
    };
    let part: u16 = format!("{part:0<3}").parse().map_err(|_long| refused())?;
    let rating = whole.saturating_mul(1_000).saturating_add(part);
    if rating > 1_000 {
        return Err(refused());
    }
    Ok(rating)
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &FeedbackArgs) -> CliResult {
    let subject = subject::find(reach, &args.what).await?;
    let by = context.user();
    let step = subject.step.as_ref();
    let seq = reach
        .records()
        .rate(subject.run, step, args.rating, &by)
        .await?;
    let models: Vec<String> = subject
        .state
        .steps()
        .filter(|(known, _)| step.is_none_or(|step| known.id == *step))
        .filter_map(|(_, found)| Some(found.agent.as_ref()?.model().model.to_string()))
        .collect();
    if context.out.form == Form::Text {
        context.out.talk(&format!(
            "noted for {}; later choices take it into account",
            models.join(", ")
        ));
    } else {
        let document = json!({
            "run": subject.run,
            "step": step,
            "seq": seq,
            "rating": args.rating,
            "models": models,
        });
        context.out.document("feedback", document);
    }
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests;
