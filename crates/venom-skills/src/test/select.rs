//! Choosing failed cases by the names that a report gave them, so that they alone run again.
//!
//! A runner may run a little more than was chosen (every test of the same name); never less. Runners
//! whose reports do not name cases in the way in which they take them are not asked.

use super::detect::TestCommand;
use super::report::Runner;

/// Adds a choice of cases to a command; false if its runner cannot choose one of them.
pub(super) fn select(test: &mut TestCommand, cases: &[String]) -> bool {
    let Some(mut names) = names(test.runner, cases) else {
        return false;
    };
    names.sort();
    names.dedup();
    let argv = &mut test.command.argv;
    match test.runner {
        Runner::Pytest => argv.extend(["-k".to_owned(), names.join(" or ")]),
        Runner::Unittest => argv.extend(names.into_iter().flat_map(|name| ["-k".to_owned(), name])),
        Runner::CargoTest => {
            if !argv.iter().any(|word| word == "--") {
                argv.push("--".to_owned());
            }
            argv.push("--exact".to_owned());
            argv.extend(names);
        }
        Runner::CargoNextest => {
            let chosen: Vec<String> = names.iter().map(|name| format!("test(={name})")).collect();
            argv.extend(["-E".to_owned(), chosen.join(" | ")]);
        }
        Runner::GoTest => {
            // Packages come last.
            let at = argv
                .iter()
                .position(|word| word.starts_with('.'))
                .unwrap_or(argv.len());
            let chosen = format!("^({})$", names.join("|"));
            argv.splice(at..at, ["-run".to_owned(), chosen]);
        }
        Runner::Jest | Runner::Vitest | Runner::NodeTest | Runner::MakeTarget => return false,
    }
    true
}

/// Tells whether a runner can run these cases alone.
pub(super) fn can_select(runner: Runner, cases: &[String]) -> bool {
    !cases.is_empty() && names(runner, cases).is_some()
}

/// Returns the runner's own words for cases; `None` if one has none.
fn names(runner: Runner, cases: &[String]) -> Option<Vec<String>> {
    cases
        .iter()
        .map(|case| {
            let name = match runner {
                // `path::Class::test[parameters]`: every set of parameters runs again.
                Runner::Pytest => {
                    let bare = case.split('[').next()?;
                    bare.rsplit("::").next()?
                }
                Runner::Unittest => case.rsplit(['.', ':']).next()?,
                // `binary module::test`; a documentation test is named by its line only.
                Runner::CargoTest | Runner::CargoNextest => {
                    let (binary, name) = case.rsplit_once(' ')?;
                    (binary != "doc" && !name.contains('#')).then_some(name)?
                }
                // `package::Test/part`: a part runs with its whole.
                Runner::GoTest => case.rsplit_once("::")?.1.split('/').next()?,
                Runner::Jest | Runner::Vitest | Runner::NodeTest | Runner::MakeTarget => {
                    return None;
                }
            };
            // Nothing that an expression of a runner could read as anything but a name.
            let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
            (!name.is_empty() && name.chars().all(is_plain)).then(|| name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::detect::Command;
    use super::*;

    fn chosen(runner: Runner, argv: &[&str], cases: &[&str]) -> Option<Vec<String>> {
        let mut test = TestCommand {
            runner,
            command: Command {
                argv: argv.iter().map(|word| (*word).to_owned()).collect(),
                env: Vec::new(),
            },
        };
        let cases: Vec<String> = cases.iter().map(|case| (*case).to_owned()).collect();
        let can = select(&mut test, &cases);
        assert_eq!(can, can_select(runner, &cases));
        can.then_some(test.command.argv)
    }

    #[test]
    fn each_runner_gets_its_own_words() {
        let words = |runner, argv: &[&str], cases: &[&str]| {
            chosen(runner, argv, cases).map(|argv| argv.join(" "))
        };
        let pytest = &["tests/test_a.py::C::test_x[1-2]", "tests/test_a.py::test_y"];
        assert_eq!(
            words(Runner::Pytest, &["pytest"], pytest).unwrap(),
            "pytest -k test_x or test_y"
        );
        assert_eq!(
            words(
                Runner::CargoTest,
                &["cargo", "test"],
                &["unit a::b", "it c"]
            )
            .unwrap(),
            "cargo test -- --exact a::b c"
        );
        assert_eq!(
            words(
                Runner::GoTest,
                &["go", "test", "./..."],
                &["m/p::TestA/x", "m/p::TestB"]
            )
            .unwrap(),
            "go test -run ^(TestA|TestB)$ ./..."
        );
        assert_eq!(
            words(Runner::Unittest, &["unittest"], &["t.C::test_x"]).unwrap(),
            "unittest -k test_x"
        );
    }

    #[test]
    fn what_cannot_be_named_is_not_chosen() {
        assert!(chosen(Runner::CargoTest, &["cargo"], &["doc src/lib.rs:4"]).is_none());
        assert!(chosen(Runner::Pytest, &["pytest"], &["t.py::a b"]).is_none());
        assert!(chosen(Runner::Pytest, &["pytest"], &["t.py::x or y"]).is_none());
        assert!(chosen(Runner::Jest, &["jest"], &["a"]).is_none());
    }
}
