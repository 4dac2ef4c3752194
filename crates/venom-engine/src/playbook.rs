//! The library of playbooks: shipped ones, the user's, the project's. A later one of the same name
//! stands in front of an earlier one; one that is broken is left out and named.

use std::collections::BTreeMap;

use venom_kernel::digest::canonical;
use venom_kernel::plan::Check;
use venom_kernel::plan::validate::Fault;
use venom_kernel::playbook::Playbook;
use venom_kernel::skill::Manifests;
use venom_ports::api::playbooks::{Loaded, Origin, Problem, Rejected, Source};

use crate::schema::Schemas;

mod place;

/// A playbook file larger than this is refused. Chosen: a plan with the most steps fits, at a hundred bytes each.
const LARGEST: usize = 2 << 20;

/// Playbooks by name.
#[derive(Debug, Clone, Default)]
pub struct Library {
    loaded: BTreeMap<String, Loaded>,
    rejected: Vec<Rejected>,
}

impl Library {
    /// Reads playbooks; weaker origins come first in `sources` or not, it does not matter.
    pub fn load(sources: &[Source], manifests: &Manifests) -> Self {
        let mut library = Self::default();
        let mut ordered: Vec<&Source> = sources.iter().collect();
        ordered.sort_by(|a, b| (a.origin, &a.path).cmp(&(b.origin, &b.path)));
        for source in ordered {
            match check(source, manifests) {
                Ok(mut loaded) => {
                    let name = loaded.playbook.name.clone();
                    let other = library.loaded.get(&name);
                    loaded.in_front_of = other.map(|other| other.origin);
                    let twin = other.filter(|other| other.origin == loaded.origin);
                    if let Some(twin) = twin {
                        library.rejected.push(Rejected {
                            path: source.path.clone(),
                            problems: vec![Problem {
                                line: None,
                                column: None,
                                message: format!(
                                    "the name `{name}` is taken by {}; give this playbook another one",
                                    twin.path
                                ),
                            }],
                        });
                        continue;
                    }
                    library.loaded.insert(name, loaded);
                }
                Err(rejected) => library.rejected.push(rejected),
            }
        }
        library
    }

    /// Makes a library of playbooks that nobody checks.
    #[cfg(test)]
    pub(crate) fn of(loaded: Vec<Loaded>) -> Self {
        let loaded = loaded
            .into_iter()
            .map(|l| (l.playbook.name.clone(), l))
            .collect();
        Self {
            loaded,
            rejected: Vec::new(),
        }
    }

    /// Finds a playbook.
    pub fn playbook(&self, name: &str) -> Option<&Playbook> {
        self.loaded.get(name).map(|loaded| &loaded.playbook)
    }

    /// Returns all playbooks in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Loaded> {
        self.loaded.values()
    }

    /// Returns the files that cannot be used.
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// Returns everything that the playbooks say, as a canonical text.
    pub(crate) fn text(&self) -> String {
        let books: Vec<&Playbook> = self
            .loaded
            .values()
            .map(|loaded| &loaded.playbook)
            .collect();
        canonical(&books)
    }

    /// Reads a text of [`Library::text`] back; where each playbook came from is not in it.
    pub(crate) fn from_text(text: &[u8]) -> serde_json::Result<Self> {
        let books: Vec<Playbook> = serde_json::from_slice(text)?;
        let loaded = books.into_iter().map(|playbook| {
            let loaded = Loaded {
                origin: Origin::Shipped,
                path: "the run's own copy".to_owned(),
                in_front_of: None,
                playbook,
            };
            (loaded.playbook.name.clone(), loaded)
        });
        Ok(Self {
            loaded: loaded.collect(),
            rejected: Vec::new(),
        })
    }
}

/// Reads and checks one playbook file.
pub fn check(source: &Source, manifests: &Manifests) -> Result<Loaded, Rejected> {
    let reject = |problems| Rejected {
        path: source.path.clone(),
        problems,
    };
    let has_content = source.text.lines().any(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && line != "---"
    });
    if !has_content {
        return Err(reject(vec![Problem {
            line: None,
            column: None,
            message: "the file says nothing; a playbook begins with `venom: 1`, and `venom playbooks show run-tests` shows one".to_owned(),
        }]));
    }
    if source.text.len() > LARGEST {
        let message = format!("the file is larger than {} KiB", LARGEST >> 10);
        return Err(reject(vec![Problem {
            line: None,
            column: None,
            message,
        }]));
    }
    let playbook: Playbook = serde_saphyr::from_str(&source.text).map_err(|error| {
        let location = error.location();
        reject(vec![Problem {
            line: location.and_then(|l| u32::try_from(l.line()).ok()),
            column: location.and_then(|l| u32::try_from(l.column()).ok()),
            message: without_place(&error.without_snippet().to_string()),
        }])
    })?;
    let mut faults = playbook.check(manifests);
    faults.extend(expressions(&playbook));
    // What is shipped is checked by the tests; what people write, each time it is read.
    if faults.is_empty() && source.origin != Origin::Shipped {
        faults = misfits(&playbook, manifests);
    }
    if faults.is_empty() {
        return Ok(Loaded {
            origin: source.origin,
            path: source.path.clone(),
            in_front_of: None,
            playbook,
        });
    }
    let problems = faults
        .iter()
        .map(|fault| {
            let place = place::of(&source.text, fault);
            Problem {
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                message: fault.to_string(),
            }
        })
        .collect();
    Err(reject(problems))
}

/// Finds regular expressions of checks that cannot be read. One that holds a slot is known at the run.
fn expressions(playbook: &Playbook) -> Vec<Fault> {
    let mut faults = Vec::new();
    for step in &playbook.steps {
        for check in &step.verify {
            let Check::FileMatches { regex, .. } = check else {
                continue;
            };
            if !regex.contains("${")
                && let Err(error) = regex::bytes::Regex::new(regex)
            {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim().to_owned();
                faults.push(Fault {
                    step: Some(step.id.clone()),
                    reason: format!("its regular expression cannot be read: {why}"),
                    cure: "correct it".to_owned(),
                });
            }
        }
    }
    faults
}

/// Finds parameters whose form is known before the run and does not fit the action's schema.
fn misfits(playbook: &Playbook, manifests: &Manifests) -> Vec<Fault> {
    let schemas = Schemas::new();
    let mut faults = Vec::new();
    for step in &playbook.steps {
        for misfit in schemas.literals(manifests, &step.skill, &step.action, &step.params) {
            faults.push(Fault {
                step: Some(step.id.clone()),
                reason: format!("its parameters do not fit: {misfit}"),
                cure: format!("see `venom skills show {}`", step.skill),
            });
        }
    }
    faults
}

/// Returns the first line of a YAML error without the place at its end: who shows it says the place
/// in front.
pub fn without_place(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = match line.rsplit_once(" at line ") {
        Some((what, place)) if place.starts_with(|c: char| c.is_ascii_digit()) => what,
        Some(_) | None => line,
    };
    line.chars().take(400).collect()
}

#[cfg(test)]
mod tests;
