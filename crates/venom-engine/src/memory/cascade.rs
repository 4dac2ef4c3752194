//! What goes when a source goes: what it said, what followed from that, and what had been replaced by it
//! and holds again.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::memory::fact::{FactId, Knowledge, Origin, Row, Target};
use venom_kernel::time::Timestamp;
use venom_ports::Result;
use venom_ports::api::facts::Cascade;

use super::reason::{Reasoner, Rules};

/// Compares what is known with and without a source.
pub(super) fn cascade(
    before: &Knowledge,
    after: &Knowledge,
    what: &Target,
    now: Timestamp,
    rules: &Rules,
) -> Result<Cascade> {
    let is_meant = |origin: Origin, source: Option<&str>| match what {
        Target::Origin(wanted) => origin == *wanted,
        Target::Run(run) => origin.run() == Some(*run),
        Target::Part { run, after, upto } => match origin {
            Origin::Event { run: of, seq } => of == *run && seq > *after && seq <= *upto,
            Origin::Entry(_) => false,
        },
        Target::Source(wanted) => source == Some(wanted.as_str()),
    };
    let proposed = before.proposals.iter().flat_map(|known| &known.support);
    let believed = before.rows.iter().flat_map(|row| &row.support);
    let origins: BTreeSet<Origin> = believed
        .chain(proposed)
        .filter(|support| is_meant(support.origin, support.source.as_deref()))
        .map(|support| support.origin)
        .collect();
    let origins: Vec<Origin> = origins.into_iter().collect();
    let held: BTreeMap<FactId, &Row> = before.current(now).map(|row| (row.id, row)).collect();
    let holds: BTreeMap<FactId, &Row> = after.current(now).map(|row| (row.id, row)).collect();
    let (candidates, is_complete) = Reasoner::new(before, now, rules)?.without(&origins);
    let mut rest = Reasoner::new(after, now, rules)?;
    let left: BTreeSet<FactId> = after.proposals.iter().map(|known| known.id).collect();
    Ok(Cascade {
        gone: missing(&held, &holds),
        restored: missing(&holds, &held),
        derived: candidates
            .into_iter()
            .filter(|fact| !rest.holds(fact))
            .collect(),
        is_complete,
        proposals: before
            .proposals
            .iter()
            .map(|known| known.id)
            .filter(|id| !left.contains(id))
            .collect(),
        origins,
    })
}

fn missing(of: &BTreeMap<FactId, &Row>, from: &BTreeMap<FactId, &Row>) -> Vec<Row> {
    of.iter()
        .filter(|(id, _)| !from.contains_key(id))
        .map(|(_, row)| (*row).clone())
        .collect()
}
