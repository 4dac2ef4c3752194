//! What other runs spend in the same day and month.
//!
//! The log puts the reservations of all runs and all processes into one order, and they are read back
//! from there. A call is made only if everything that was spent or reserved in its day and month up to
//! its own reservation fits under the caps; otherwise it is withdrawn. Two processes that reserve at the
//! same moment both see the reservation that came first, and only the second one gives way: no lock is
//! held, and no cap is passed.

use venom_kernel::budget::{Amount, Caps, Counted, Window};
use venom_kernel::id::{EffectId, RunId};
use venom_kernel::money::MicroUsd;
use venom_kernel::time::Timestamp;
use venom_ports::projection::Spending;

use crate::world::World;

/// What stands for a sum that cannot be had: no cap holds it. Chosen: every reader of JSON keeps it.
const UNKNOWN: Amount = Amount::new(MicroUsd::new(1 << 50), 1 << 50);

/// Counts what other runs have spent and reserved by now.
pub(crate) async fn counted(world: &World, run: RunId, windows: &[Window]) -> Vec<Counted> {
    let now = world.clock.now();
    let mut all = Vec::with_capacity(windows.len());
    for window in windows {
        let since = window.begin(now);
        let spending = Spending {
            since,
            besides: Some(run),
            up_to: None,
        };
        all.push(Counted {
            window: *window,
            since,
            elsewhere: spent(world, &spending).await,
        });
    }
    all
}

/// Counts what all runs have spent and reserved by now in a day or month.
pub(crate) async fn all(world: &World, window: Window) -> Amount {
    let spending = Spending {
        since: window.begin(world.clock.now()),
        besides: None,
        up_to: None,
    };
    spent(world, &spending).await
}

/// Looks whether a reservation that stands in the log fits behind those before it. If it does not,
/// returns what other runs have spent and reserved.
pub(crate) async fn overtaken(
    world: &World,
    run: RunId,
    effect: EffectId,
    windows: &[(Window, Caps)],
) -> Option<Vec<Counted>> {
    let now = world.clock.now();
    for (window, caps) in windows {
        if !holds(world, window.begin(now), (run, effect), *caps).await {
            let all: Vec<Window> = windows.iter().map(|(window, _)| *window).collect();
            return Some(counted(world, run, &all).await);
        }
    }
    None
}

async fn holds(world: &World, since: Timestamp, up_to: (RunId, EffectId), caps: Caps) -> bool {
    let spending = Spending {
        since,
        besides: None,
        up_to: Some(up_to),
    };
    caps.holds(spent(world, &spending).await)
}

async fn spent(world: &World, spending: &Spending) -> Amount {
    match world.projections.spent(spending).await {
        Ok(amount) => amount,
        Err(failure) => {
            tracing::error!(%failure, "what was spent cannot be counted, so that nothing more is");
            UNKNOWN
        }
    }
}
