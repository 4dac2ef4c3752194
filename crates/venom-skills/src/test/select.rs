//! Running only cases that an earlier run has named: each runner has its own way to be told. A runner
//! may run a little more than was chosen (every test of the same name), never less.

use venom_kernel::plain;

use super::detect::TestCommand;
use super::report::Runner;

/// Returns the names of a runner's own cases. Where several suites ran, each name says whose it is.
pub(super) fn of_runner(cases: &[String], runner: &str, several: bool) -> Vec<String> {
    let prefix = format!("{runner}: ");
    cases
        .iter()
        .filter_map(|case| match case.strip_prefix(&prefix) {
            Some(own) => Some(own.to_owned()),
            None => (!several).then(|| case.clone()),
        })
        .collect()
}

/// Limits a command to cases; false if that cannot be done for every one of them.
pub(super) fn limit(test: &mut TestCommand, cases: &[String], files: &[String]) -> bool {
    let words = match test.runner {
        Runner::CargoTest => cargo(cases),
        Runner::CargoNextest => nextest(cases),
        Runner::Pytest => cases.iter().map(|case| pytest(case, files)).collect(),
        Runner::Unittest => unittest(cases),
        Runner::Jest | Runner::Vitest => jest(cases),
        Runner::NodeTest => return node(test, cases),
        Runner::GoTest => return go(test, cases),
        Runner::MakeTarget => None,
    };
    match words {
        Some(words) => {
            test.command.argv.extend(words);
            true
        }
        None => false,
    }
}

/// Tells whether a command can be limited to these cases.
pub(super) fn can_limit(test: &TestCommand, cases: &[String], files: &[String]) -> bool {
    !cases.is_empty() && limit(&mut test.clone(), cases, files)
}

/// The name without the mark of a namesake, such as ` #2`.
fn single(name: &str) -> &str {
    match name.rsplit_once(" #") {
        Some((name, number)) if number.chars().all(|c| c.is_ascii_digit()) => name,
        Some(_) | None => name,
    }
}

/// `shapes tests::fails` is a target and a name; documentation tests have no names that stay.
fn cargo(cases: &[String]) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = cases
        .iter()
        .map(|case| {
            let (target, name) = single(case).split_once(' ')?;
            (target != "doc").then(|| name.to_owned())
        })
        .collect();
    let mut words = ["--", "--exact"].map(str::to_owned).to_vec();
    words.extend(names?);
    Some(words)
}

fn nextest(cases: &[String]) -> Option<Vec<String>> {
    let tests: Option<Vec<String>> = cases
        .iter()
        .map(|case| {
            let (_, name) = single(case).rsplit_once(' ')?;
            let is_path = name
                .chars()
                .all(|c| c.is_alphanumeric() || "_:".contains(c));
            is_path.then(|| format!("test(={name})"))
        })
        .collect();
    Some(vec!["-E".to_owned(), tests?.join(" | ")])
}

/// `tests.test_a.Case::test_b` lies in a file, which the listing shows, and perhaps in a class.
fn pytest(case: &str, files: &[String]) -> Option<String> {
    let (module, name) = single(case).split_once("::")?;
    let parts: Vec<&str> = module.split('.').collect();
    (1..=parts.len()).rev().find_map(|count| {
        let (path, classes) = parts.split_at_checked(count)?;
        let file = format!("{}.py", path.join("/"));
        files.contains(&file).then(|| {
            let place: Vec<&str> = std::iter::once(file.as_str())
                .chain(classes.iter().copied())
                .chain([name])
                .collect();
            place.join("::")
        })
    })
}

fn unittest(cases: &[String]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for case in cases {
        let (place, name) = single(case).split_once("::")?;
        let name = name.split_whitespace().next()?;
        words.extend(["-k".to_owned(), format!("{place}.{name}")]);
    }
    Some(words)
}

/// The name that a runner of JavaScript matches patterns against: all names from the outermost in.
fn jest(cases: &[String]) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = cases
        .iter()
        .map(|case| {
            let (_, name) = single(case).split_once("::")?;
            Some(regex::escape(&name.replace(" > ", " ")))
        })
        .collect();
    Some(vec!["-t".to_owned(), format!("^({})$", names?.join("|"))])
}

fn node(test: &mut TestCommand, cases: &[String]) -> bool {
    let patterns: Option<Vec<String>> = cases
        .iter()
        .map(|case| {
            let name = single(case);
            let name = name.split_once("::").map_or(name, |(_, name)| name);
            let leaf = name.rsplit(" > ").next()?;
            // A file that broke has the name of a file.
            let is_file = [".js", ".mjs", ".cjs", ".ts"]
                .iter()
                .any(|end| leaf.ends_with(end));
            (!is_file).then(|| format!("--test-name-pattern={}$", regex::escape(leaf)))
        })
        .collect();
    let Some(patterns) = patterns else {
        return false;
    };
    let argv = &mut test.command.argv;
    let at = 2.min(argv.len());
    argv.splice(at..at, patterns);
    true
}

/// `example.com/shapes::TestB/sub` is a package and a test; the whole test is run.
fn go(test: &mut TestCommand, cases: &[String]) -> bool {
    let mut packages: Vec<String> = Vec::new();
    let mut tests: Vec<String> = Vec::new();
    for case in cases {
        let Some((package, name)) = single(case).split_once("::") else {
            return false;
        };
        let name = name.split('/').next().unwrap_or(name);
        let package = plain::text(package.as_bytes());
        if !packages.contains(&package) {
            packages.push(package);
        }
        let name = regex::escape(name);
        if !tests.contains(&name) {
            tests.push(name);
        }
    }
    let argv = &mut test.command.argv;
    let Some(at) = argv.iter().position(|word| word == "./...") else {
        return false;
    };
    let run = ["-run".to_owned(), format!("^({})$", tests.join("|"))];
    argv.splice(at..=at, run.into_iter().chain(packages));
    true
}

#[cfg(test)]
mod tests;
