//! Reads what `cargo test -- --show-output` prints.

use super::tally::{Counts, SKIPPED, Tally};

/// Where in the output of one test program the reader stands.
#[derive(Debug, Default, PartialEq, Eq)]
enum Place {
    /// Between two programs.
    #[default]
    Outside,
    /// The list of results as they come.
    Results,
    /// The captured output of tests that passed; the name is the test whose output follows.
    Passed(Option<String>),
    /// The captured output of tests that failed.
    Failed,
}

/// The state between two lines.
#[derive(Debug, Default)]
pub(crate) struct Libtest {
    place: Place,
    package: String,
    program: String,
}

impl Libtest {
    /// Takes one line; answers whether a person should see it.
    pub(crate) fn read(&mut self, line: &str, tally: &mut Tally) -> bool {
        if let Some(counts) = result_of_program(line) {
            tally.add(counts);
            self.place = Place::Outside;
            return true;
        }
        match &mut self.place {
            Place::Passed(current) => {
                if let Some(test) = captured_from(line) {
                    *current = Some(test.to_owned());
                } else if line == "failures:" {
                    self.place = Place::Failed;
                    return true;
                } else if let Some(reason) = line.trim_start().strip_prefix(SKIPPED) {
                    let test = current.clone().unwrap_or_default();
                    tally.said_skipped(self.full_name(&test), reason);
                }
                false
            }
            // Captured output may look like anything; only the program's result ends it.
            Place::Failed => true,
            Place::Outside => {
                if is_program_header(line) {
                    self.name_program(line);
                } else if is_start(line) {
                    self.place = Place::Results;
                }
                true
            }
            Place::Results => self.read_result(line, tally),
        }
    }

    /// The command ended, or the next program begins.
    pub(crate) fn end(&mut self, tally: &mut Tally) {
        if self.place != Place::Outside {
            tally.fail(format!(
                "{} died before it printed its result",
                self.program
            ));
        }
        self.place = Place::Outside;
    }

    fn read_result(&mut self, line: &str, tally: &mut Tally) -> bool {
        if is_program_header(line) {
            self.end(tally);
            self.name_program(line);
        } else if line == "successes:" {
            self.place = Place::Passed(None);
            return false;
        } else if line == "failures:" {
            self.place = Place::Failed;
        } else if let Some((test, outcome)) = result_of_test(line) {
            let name = self.full_name(test);
            if outcome == "FAILED" {
                tally.name_failure(name);
            } else if let Some(reason) = outcome.strip_prefix("ignored") {
                let reason = reason.trim_start_matches([',', ' ']);
                tally.ignored(name, if reason.is_empty() { "ignored" } else { reason });
            } else if let Some(reason) = outcome.strip_prefix(SKIPPED) {
                // With --nocapture on one thread the reason follows the name directly.
                tally.said_skipped(name, reason);
            }
        } else if let Some(reason) = line.strip_prefix(SKIPPED) {
            // With --nocapture on several threads nobody can say whose line this is; the reason tells them apart.
            tally.said_skipped(self.full_name(&format!("?{}", reason.trim_end())), reason);
        }
        true
    }

    fn full_name(&self, test: &str) -> String {
        format!("{}::{test}", self.program)
    }

    fn name_program(&mut self, line: &str) {
        if let Some(name) = line.trim().strip_prefix("Doc-tests ") {
            self.program = format!("{name}/examples");
            return;
        }
        let file = line
            .rsplit(['/', '\\', '('])
            .next()
            .unwrap_or_default()
            .trim_end_matches(')');
        let stem = file
            .rsplit_once('-')
            .map_or(file, |(stem, _)| stem)
            .to_owned();
        if line.contains("Running unittests ") {
            self.package.clone_from(&stem);
            self.program = stem;
        } else {
            // cargo runs a package's own tests before its integration tests.
            self.program = format!("{}/{stem}", self.package);
        }
    }
}

/// `     Running unittests src/lib.rs (target/debug/deps/venom_kernel-0123456789abcdef)`
fn is_program_header(line: &str) -> bool {
    line.starts_with(' ')
        && ((line.trim_start().starts_with("Running ") && line.ends_with(')'))
            || line.trim_start().starts_with("Doc-tests "))
}

/// `running 12 tests`
fn is_start(line: &str) -> bool {
    line.strip_prefix("running ")
        .and_then(|rest| rest.split_once(' '))
        .is_some_and(|(count, what)| count.parse::<usize>().is_ok() && what.starts_with("test"))
}

/// `test plan::tests::refuses_a_cycle ... ok`
fn result_of_test(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.split_once(" ... ")
}

/// `---- plan::tests::refuses_a_cycle stdout ----`
fn captured_from(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

/// `test result: ok. 3 passed; 1 failed; …; finished in 0.11s`
fn result_of_program(line: &str) -> Option<Counts> {
    let rest = line.strip_prefix("test result: ")?;
    let (_, counts) = rest.split_once(". ")?;
    counts
        .contains("; finished in ")
        .then(|| Counts::parse(counts.split(';')))
}
