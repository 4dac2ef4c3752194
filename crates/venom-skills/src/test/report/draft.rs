//! A report while it is being read: keeps names unique and remembers the first reason to doubt it.

use std::collections::BTreeMap;

use super::{Case, CaseStatus, MAX_CASES, Report, Runner, text};

/// A report in the making.
pub(super) struct Draft {
    runner: Runner,
    cases: Vec<Case>,
    index: BTreeMap<String, usize>,
    repeats: BTreeMap<String, u32>,
    collected: Option<u32>,
    doubt: Option<String>,
}

impl Draft {
    pub(super) fn new(runner: Runner) -> Self {
        Self {
            runner,
            cases: Vec::new(),
            index: BTreeMap::new(),
            repeats: BTreeMap::new(),
            collected: None,
            doubt: None,
        }
    }

    /// Adds a verdict on a case. A second verdict on the same name is about the same case: the graver one stays.
    pub(super) fn merge(&mut self, name: &str, status: CaseStatus, message: Option<String>) {
        let name = text::name(name);
        let known = self.index.get(&name).and_then(|at| self.cases.get_mut(*at));
        match known {
            Some(case) if status > case.status => {
                case.status = status;
                let earlier = case.message.take();
                case.message = message.or(earlier);
            }
            Some(case) => case.message = case.message.take().or(message),
            None => self.push(name, status, message),
        }
    }

    /// Adds a case. A second case of the same name is another case and gets a number, in the order of appearance.
    pub(super) fn add(&mut self, name: &str, status: CaseStatus, message: Option<String>) {
        let mut name = text::name(name);
        while self.index.contains_key(&name) {
            let count = self.repeats.entry(name.clone()).or_insert(1);
            *count += 1;
            name = format!("{name} #{count}");
        }
        self.push(name, status, message);
    }

    fn push(&mut self, name: String, status: CaseStatus, message: Option<String>) {
        if self.cases.len() >= MAX_CASES {
            self.doubt(&format!("more than {MAX_CASES} cases"));
            return;
        }
        self.index.insert(name.clone(), self.cases.len());
        self.cases.push(Case {
            name,
            status,
            message,
        });
    }

    pub(super) fn collect(&mut self, count: Option<u32>) {
        self.collected = count;
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.index.contains_key(&text::name(name))
    }

    /// Records a reason why the report is not complete. The first one is the nearest to the cause.
    pub(super) fn doubt(&mut self, reason: &str) {
        self.doubt.get_or_insert_with(|| text::message(reason));
    }

    /// Records a doubt when a number in the runner's summary is not the number of what was read.
    pub(super) fn reconcile(&mut self, what: &str, told: usize, read: usize) {
        if told != read {
            self.doubt(&format!(
                "the summary counts {told} {what}, the output shows {read}"
            ));
        }
    }

    /// Records a doubt when fewer cases ran than the runner had collected.
    pub(super) fn expect_collected(&mut self, ran: usize) {
        if let Some(collected) = self.collected
            && u32::try_from(ran).is_ok_and(|ran| ran < collected)
        {
            self.doubt(&format!("{ran} of {collected} collected cases ran"));
        }
    }

    /// Closes the report and holds it against the exit code, which no test can forge by printing.
    pub(super) fn finish(mut self, exit_code: Option<i32>) -> Report {
        let failing = self.cases.iter().any(|case| case.status.is_failing());
        match exit_code {
            None => self.doubt("the runner was killed before it was done"),
            Some(0) if failing => self.doubt("the runner reports success although a case failed"),
            // A run without any case is allowed to fail: several runners call that an error of its own.
            Some(code) if code != 0 && !failing && !self.cases.is_empty() => {
                self.doubt(&format!(
                    "the runner ended with code {code} although no case failed"
                ));
            }
            Some(_) => {}
        }
        Report {
            runner: self.runner,
            cases: self.cases,
            collected: self.collected,
            complete: self.doubt.is_none(),
            note: self.doubt,
        }
    }
}
