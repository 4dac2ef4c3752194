//! Who makes the vectors of the memory, where that is not the table in the program: a model of a provider, or one in
//! the process.

use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::model::{ModelId, Privacy};
use venom_models::{Encoder, Providers};
use venom_ports::memory::embed::Embedder;
use venom_ports::{Failure, Result};

use crate::config::Settings;
use crate::config::memory::Embeddings;
use crate::error::CliError;
use crate::exit::Exit;

struct OfProvider {
    id: String,
    model: ModelId,
    providers: Arc<Providers>,
}

#[async_trait]
impl Embedder for OfProvider {
    fn id(&self) -> &str {
        &self.id
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        self.providers.embed(&self.model, texts).await
    }
}

/// Returns the model of the configuration, if one is named there. What is remembered is everything that was said, so
/// that a rule which keeps words from models of others holds here too.
pub(super) fn of(
    settings: &Settings,
    providers: &Arc<Providers>,
) -> std::result::Result<Option<Arc<dyn Embedder>>, CliError> {
    let Some(name) = &settings.memory.value.embeddings else {
        return Ok(None);
    };
    let wrong = |failure: Failure| {
        let error = CliError::new(
            Exit::Config,
            format!("memory.embeddings: {}", failure.message),
        );
        match failure.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    };
    let from = Embeddings::parse(name)
        .map_err(|why| CliError::new(Exit::Config, format!("memory.embeddings: {why}")))?;
    let model = match from {
        Embeddings::Of(model) => model,
        Embeddings::In(folder) => {
            return Ok(Some(Arc::new(Encoder::open(&folder).map_err(wrong)?)));
        }
    };
    let info = providers.info(&model).map_err(wrong)?;
    if settings.route.value.is_local_only() && info.privacy == Privacy::Cloud {
        return Err(CliError::new(
            Exit::Config,
            format!("memory.embeddings: `{model}` is not your own, and `route.local_only` is set"),
        )
        .hint(
            "name a model on a machine of yours, or say `privacy: local` at its provider if it is",
        ));
    }
    Ok(Some(Arc::new(OfProvider {
        id: model.to_string(),
        model,
        providers: Arc::clone(providers),
    })))
}
