//! The side outside: prepares the host, starts the launcher, looks at what happened, and reports.

mod effects;
mod expect;
mod launch;
mod listeners;
mod options;
mod report;
mod stage;
mod terminals;
mod victims;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::catalogue;
use crate::probe::{Effect, Place, Probe, Verdict, Witness};
use effects::Seen;
use launch::Run;
use options::Options;
use report::{Finding, Report};
use stage::Stage;

pub(crate) use victims::be_victim;

/// Runs the probes in the launcher's sandbox and prints the report.
pub(crate) fn drive(arguments: &[&str]) -> io::Result<ExitCode> {
    let options = Options::parse(arguments)?;
    let probes: Vec<Probe> = catalogue::all()
        .into_iter()
        .filter(|probe| options.wants(probe.id))
        .collect();
    if probes.is_empty() {
        return Err(io::Error::other("no probe has one of these ids"));
    }
    let mut stage = Stage::set(&options, &probes)?;
    let ran = run_all(&mut stage, &options, &probes);
    stage.strike();
    let report = Report::new(&options, &stage, ran?);
    report.print(&options)?;
    report.verdict(&options)
}

fn run_all(stage: &mut Stage, options: &Options, probes: &[Probe]) -> io::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for place in [Place::Together, Place::Terminal] {
        let mut waiting: Vec<&Probe> = probes.iter().filter(|probe| probe.place == place).collect();
        // A run may end early because a probe takes the sandbox down, and output may be lost. Only
        // a run of a single probe shows that it was this one that got no answer; all others are
        // asked again, so that silence is never taken for a wall that holds.
        while let Some((first, others)) = waiting.split_first() {
            let mut done = run_some(stage, options, &waiting)?;
            if done.is_empty() && !others.is_empty() {
                done = run_some(stage, options, &[first])?;
            }
            if done.is_empty() {
                return Err(io::Error::other(format!("{} was never run", first.id)));
            }
            waiting.retain(|probe| !done.iter().any(|finding| finding.id == probe.id));
            findings.extend(done);
        }
    }
    for probe in probes {
        if matches!(probe.place, Place::Alone | Place::Ended(_)) {
            let done = run_some(stage, options, &[probe])?;
            if done.is_empty() {
                return Err(io::Error::other(format!("{} was never run", probe.id)));
            }
            findings.extend(done);
        }
    }
    let order: BTreeMap<&str, usize> = probes
        .iter()
        .enumerate()
        .map(|(index, probe)| (probe.id, index))
        .collect();
    findings.sort_by_key(|finding| order.get(finding.id).copied());
    Ok(findings)
}

/// Runs the launcher once. Gives a finding for each probe that was answered, or that was alone.
fn run_some(stage: &mut Stage, options: &Options, probes: &[&Probe]) -> io::Result<Vec<Finding>> {
    stage.reset()?;
    if options.is_loud {
        let names: Vec<&str> = probes.iter().map(|probe| probe.id).collect();
        writeln!(io::stderr(), "running {}", names.join(" ")).ok();
    }
    let run = launch::launch(stage, options, probes)?;
    // A flood may push the greeting out, but then something came.
    let is_flood = run.out_bytes + run.error_bytes > 0
        && probes
            .iter()
            .any(|probe| probe.witness == Witness::Host(Effect::Flood));
    if !run.greeted && !is_flood {
        let what = run.complaint();
        let message = format!("the launcher never ran the probes: {what}");
        return Err(io::Error::other(message));
    }
    let survivors = effects::survivors(stage, probes);
    let is_alone = probes.len() == 1;
    let findings = probes
        .iter()
        .filter_map(|probe| judge(stage, probe, &run, &survivors, is_alone))
        .collect();
    effects::end_survivors(stage);
    stage.sweep();
    Ok(findings)
}

fn judge(
    stage: &mut Stage,
    probe: &Probe,
    run: &Run,
    survivors: &BTreeSet<String>,
    is_alone: bool,
) -> Option<Finding> {
    let said = run.said.get(probe.id);
    let began =
        run.started.contains(probe.id) || matches!(probe.witness, Witness::Host(Effect::Flood));
    let (mut verdict, mut detail, mut is_broken) = match said {
        Some(said) => (said.verdict, said.detail.clone(), said.is_broken),
        None if began && is_alone => {
            let detail = format!("the run ended first: {}", run.complaint());
            (Verdict::Blocked, detail, false)
        }
        None => return None,
    };
    if let Witness::Host(effect) = probe.witness {
        match effects::seen(stage, probe, effect, run, survivors, verdict) {
            Seen::Yes(what) => {
                verdict = Verdict::Escaped;
                detail = format!("{what} ({detail})");
                is_broken = false;
            }
            Seen::No if verdict == Verdict::Escaped => {
                verdict = Verdict::Blocked;
                detail = format!("the host saw nothing of it ({detail})");
            }
            Seen::No => {}
            Seen::Blind(why) => {
                verdict = Verdict::NotApplicable;
                detail = why;
            }
        }
    }
    Some(Finding {
        id: probe.id,
        group: probe.group,
        verdict,
        detail,
        is_broken,
        is_seen_by_host: matches!(probe.witness, Witness::Host(_)),
    })
}
