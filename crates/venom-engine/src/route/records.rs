//! What users may ask about models: what was learnt of them, what they think of their work, and what
//! was spent.

use std::collections::BTreeMap;

use async_trait::async_trait;
use venom_kernel::budget::Window;
use venom_kernel::event::Event;
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::model::ModelId;
use venom_kernel::route::Record;
use venom_kernel::run::{Proposed, RunState};
use venom_ports::api::models::{ModelRecords, Spent};
use venom_ports::api::runs::ApiError;
use venom_ports::projection::Spending;

use crate::host::Host;

#[async_trait]
impl ModelRecords for Host {
    async fn records(&self) -> Result<BTreeMap<ModelId, Record>, ApiError> {
        Ok(self.world.projections.records().await?)
    }

    async fn rate(
        &self,
        run: RunId,
        step: Option<&StepId>,
        rating: u16,
        by: &str,
    ) -> Result<Seq, ApiError> {
        let (lease, _, mut state) = self.take(run).await?;
        let written = if has_agent(&state, step) {
            let event = Event::FeedbackGiven {
                step: step.cloned(),
                rating,
                by: by.to_owned(),
            };
            let cause = Some(state.seq());
            self.write(&lease, &mut state, vec![Proposed { event, cause }])
                .await
        } else {
            Err(ApiError::Refused {
                run,
                why: "no model has worked on it".to_owned(),
            })
        };
        self.let_go(&lease).await;
        written.map(|()| state.seq())
    }

    async fn spent(&self) -> Result<Vec<Spent>, ApiError> {
        let now = self.world.clock.now();
        let allowance = &self.world.agents.routing.budget;
        let mut spent = Vec::with_capacity(Window::ALL.len());
        for window in Window::ALL {
            let since = window.begin(now);
            let spending = Spending {
                since,
                besides: None,
                up_to: None,
            };
            let amount = self.world.projections.spent(&spending).await?;
            spent.push(Spent {
                window,
                since,
                amount,
                caps: match window {
                    Window::Day => allowance.day,
                    Window::Month => allowance.month,
                },
            });
        }
        Ok(spent)
    }
}

fn has_agent(state: &RunState, step: Option<&StepId>) -> bool {
    state
        .steps()
        .any(|(known, found)| found.agent.is_some() && step.is_none_or(|step| known.id == *step))
}
