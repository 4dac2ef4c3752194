//! The options of `drive`.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What the caller asked for.
pub(super) struct Options {
    pub(super) outside: PathBuf,
    pub(super) only: Option<Vec<String>>,
    pub(super) skip: Vec<String>,
    pub(super) expect: Option<PathBuf>,
    pub(super) control: Option<PathBuf>,
    pub(super) report: Option<PathBuf>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) timeout: Duration,
    pub(super) is_loud: bool,
    pub(super) launcher: Vec<String>,
}

impl Options {
    pub(super) fn parse(arguments: &[&str]) -> io::Result<Self> {
        let mut options = Self {
            // Not below /tmp, which many sandboxes replace or open.
            outside: PathBuf::from("/var/tmp"),
            only: None,
            skip: Vec::new(),
            expect: None,
            control: None,
            report: None,
            variables: Vec::new(),
            // Twice the longest that a single probe may take.
            timeout: Duration::from_mins(2),
            is_loud: false,
            launcher: Vec::new(),
        };
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            match *name {
                "--launcher" => {
                    options.launcher = rest.by_ref().map(|word| (*word).to_owned()).collect();
                    continue;
                }
                "--loud" => {
                    options.is_loud = true;
                    continue;
                }
                _ => {}
            }
            let value = rest
                .next()
                .ok_or_else(|| io::Error::other(format!("{name} needs a value")))?;
            match *name {
                "--outside" => options.outside = PathBuf::from(value),
                "--only" => options.only = Some(ids(value)),
                "--skip" => options.skip = ids(value),
                "--expect" => options.expect = Some(PathBuf::from(value)),
                "--control" => options.control = Some(PathBuf::from(value)),
                "--report" => options.report = Some(PathBuf::from(value)),
                "--timeout" => {
                    let seconds = value.parse().map_err(io::Error::other)?;
                    options.timeout = Duration::from_secs(seconds);
                }
                "--env" => {
                    let (name, value) = value
                        .split_once('=')
                        .ok_or_else(|| io::Error::other("--env needs NAME=VALUE"))?;
                    options.variables.push((name.to_owned(), value.to_owned()));
                }
                _ => return Err(io::Error::other(format!("unknown option {name}"))),
            }
        }
        if options.launcher.is_empty() {
            return Err(io::Error::other("drive needs --launcher COMMAND..."));
        }
        Ok(options)
    }

    pub(super) fn wants(&self, id: &str) -> bool {
        let is_wanted = self
            .only
            .as_ref()
            .is_none_or(|only| only.iter().any(|wanted| wanted == id));
        is_wanted && !self.skip.iter().any(|skipped| skipped == id)
    }
}

fn ids(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}
