//! Which model thinks.
//!
//! One function: what the user named, or else the best of what is configured. It looks at what is known
//! before a model was ever called; what was learned since is not its affair.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::agent::Selected;
use venom_kernel::model::{Kind, ModelId, ModelInfo, Reply};
use venom_ports::model::{ModelCall, ModelFailure, Models, OnDelta};
use venom_ports::{Failure, FailureKind, Result};

/// What a user does who has no model.
const CURE: &str = "configure one: `venom models` says how";

/// No model at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoModels;

#[async_trait]
impl Models for NoModels {
    fn list(&self) -> Vec<ModelInfo> {
        Vec::new()
    }

    async fn call(
        &self,
        call: ModelCall,
        _cancel: CancellationToken,
        _on_delta: Option<OnDelta>,
    ) -> std::result::Result<Reply, ModelFailure> {
        Err(missing(&call.model).into())
    }
}

fn missing(model: &ModelId) -> Failure {
    Failure::new(
        FailureKind::Missing,
        format!("the model `{model}` is not configured"),
    )
    .with_hint(CURE)
}

/// Chooses the model for a kind of work. One that was named is never replaced by another one.
pub(crate) fn select(
    models: &[ModelInfo],
    named: Option<(&ModelId, &str)>,
    kind: Kind,
) -> Result<Selected> {
    let (info, because) = if let Some((wanted, by)) = named {
        let info = models
            .iter()
            .find(|info| info.id == *wanted)
            .ok_or_else(|| missing(wanted))?;
        (info, format!("it was named by {by}"))
    } else {
        let best = models
            .iter()
            // The first of equals wins, and a cheaper one stands before a dearer one.
            .min_by_key(|info| {
                (
                    !info.tools,
                    std::cmp::Reverse(info.prior(kind)),
                    info.price.most(1_000, 1_000),
                )
            })
            .ok_or_else(|| {
                Failure::new(FailureKind::Missing, "no model is configured").with_hint(CURE)
            })?;
        let because = if models.len() == 1 {
            "it is the only one that is configured".to_owned()
        } else {
            format!(
                "of the {} that are configured it is thought to be the best for `{}`",
                models.len(),
                kind.name()
            )
        };
        (best, because)
    };
    Ok(Selected {
        model: info.id.clone(),
        context: info.context,
        max_output: info.max_output,
        price: info.price,
        because,
    })
}

#[cfg(test)]
mod tests;
