//! What a server learnt of models.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use venom_kernel::budget::{Amount, Caps, Window};
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::model::ModelId;
use venom_kernel::route::Record;
use venom_kernel::time::Timestamp;
use venom_ports::api::models::{ModelRecords, Spent};
use venom_ports::api::runs::ApiError;

use super::Client;
use super::request::Question;
use super::runs::path;

#[derive(Deserialize)]
struct Statistics {
    models: Vec<Row>,
    spent: Vec<Sum>,
}

#[derive(Deserialize)]
struct Row {
    model: ModelId,
    record: Record,
}

#[derive(Deserialize)]
struct Sum {
    window: Window,
    since: Timestamp,
    spent: Amount,
    #[serde(default)]
    caps: Caps,
}

impl Client {
    async fn statistics(&self) -> Result<Statistics, ApiError> {
        self.ask(&Question::get("/v1/router/statistics")).await
    }
}

#[async_trait]
impl ModelRecords for Client {
    async fn records(&self) -> Result<BTreeMap<ModelId, Record>, ApiError> {
        let rows = self.statistics().await?.models.into_iter();
        Ok(rows.map(|row| (row.model, row.record)).collect())
    }

    async fn rate(
        &self,
        run: RunId,
        step: Option<&StepId>,
        rating: u16,
        _by: &str,
    ) -> Result<Seq, ApiError> {
        #[derive(Deserialize)]
        struct Noted {
            seq: Seq,
        }
        let body = match step {
            Some(step) => json!({ "rating": rating, "step": step }),
            None => json!({ "rating": rating }),
        };
        let question = Question::post(&path(run, "/feedback")).of(run).body(body);
        let noted: Noted = self.ask(&question).await?;
        Ok(noted.seq)
    }

    async fn spent(&self) -> Result<Vec<Spent>, ApiError> {
        let spent = self.statistics().await?.spent.into_iter();
        Ok(spent
            .map(|sum| Spent {
                window: sum.window,
                since: sum.since,
                amount: sum.spent,
                caps: sum.caps,
            })
            .collect())
    }
}
