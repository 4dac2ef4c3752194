//! Looking outside for a step's checks, and letting failed tests run again.
//!
//! Whatever is seen becomes evidence. A look that cannot be had (no program that could ask, a tier that
//! could not take back what a command writes, a file that is too large) is evidence too: that nobody
//! looked, and why. Nothing here says that a check holds because nothing spoke against it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::Value;
use venom_kernel::change::RelPath;
use venom_kernel::confine::Receipt;
use venom_kernel::digest::Digest;
use venom_kernel::effect::{Done, Effect, Failure, FailureKind};
use venom_kernel::event::Event;
use venom_kernel::evidence::Evidence;
use venom_kernel::id::{Seq, SessionId, StepId};
use venom_kernel::plain;
use venom_kernel::plan::Check;
use venom_kernel::plan::check::http::Address;
use venom_kernel::redact::Redactor;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::Result;
use venom_ports::exec::{Command, Exit, Finished, Keep};
use venom_ports::workspace::EntryKind;

use super::{Bound, Order, Performer, Purpose, note};

/// The largest file that a check looks into.
const LARGEST: u64 = 16 << 20;

/// The most of an answer that a check looks into, and of a command's output that is read.
const READ: Keep = Keep {
    head: 1 << 20,
    tail: 64 << 10,
};

/// The most of a command's output that stands in the evidence, in characters from its end. Chosen: the
/// last screen, and little enough to stand in the log.
const SHOWN: usize = 2_000;

/// How many events of the log are read at a time.
const EVENTS: usize = 1_000;

/// Gets a page and prints it, then its status on a line of its own. A server that does not listen yet is
/// asked again five times a second. Redirections are answers. Whoever has none of the programs that it
/// can ask with is told by exit code 127.
const GET: &str = r#"
url=$1
left=$(( $2 * 5 ))
get() {
  if command -v curl >/dev/null; then
    curl --silent --show-error --globoff --max-time 10 --max-redirs 0 --output - --write-out '\n%{http_code}' --url "$url"
  elif command -v python3 >/dev/null; then
    python3 -c '
import sys, urllib.error, urllib.request
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
try:
    answer = urllib.request.build_opener(Stay).open(sys.argv[1], timeout=10)
except urllib.error.HTTPError as error:
    answer = error
except OSError as error:
    print(error, file=sys.stderr)
    sys.exit(7)
sys.stdout.buffer.write(answer.read(1 << 20))
sys.stdout.write("\n%d" % answer.status)' "$url"
  else
    echo "neither curl nor python3 is installed" >&2
    return 127
  fi
}
while :; do
  get 2>/tmp/.said && exit 0
  code=$?
  case "$code" in 7 | 52 | 56) ;; *) break ;; esac
  [ "$left" -le 0 ] && break
  left=$((left - 1))
  sleep 0.2
done
cat /tmp/.said >&2
exit "$code"
"#;

/// What somebody saw.
enum Seen {
    /// The check holds.
    Holds(String),
    /// It does not.
    Not(String),
    /// Nobody could look.
    Unseen(Failure),
}

impl Seen {
    fn of(holds: bool, saw: impl Into<String>, instead: impl Into<String>) -> Self {
        if holds {
            Self::Holds(saw.into())
        } else {
            Self::Not(instead.into())
        }
    }

    fn unseen(why: impl Into<String>) -> Self {
        Self::Unseen(Failure::new(FailureKind::Unavailable, why))
    }

    fn fact(self, check: &Check) -> Evidence {
        let observed = |holds, saw| Evidence::Observed {
            check: check.clone(),
            holds,
            saw,
        };
        match self {
            Self::Holds(saw) => observed(true, saw),
            Self::Not(saw) => observed(false, saw),
            Self::Unseen(failure) => Evidence::NotRun {
                what: check.to_string(),
                why: failure.message,
                cure: failure.hint,
            },
        }
    }
}

impl Performer {
    /// Lets failed tests run again, alone. What was asked for and is not said to have passed failed.
    pub(super) async fn rerun(
        &self,
        order: &Order,
        cases: &[String],
        receipt: &Mutex<Option<Receipt>>,
    ) -> Result<Option<Done>> {
        let mut call = self.make_call(order, Value::Null).await?;
        let Some(params) = call.params.as_object_mut() else {
            return Err(Failure::new(
                FailureKind::Internal,
                "the parameters are no object",
            ));
        };
        params.insert("cases".to_owned(), Value::from(cases.to_vec()));
        params.remove("coverage");
        let Some(acted) = self.act(order, &call, Purpose::Again, receipt).await? else {
            return Ok(None);
        };
        let said_to_have_passed: Vec<&String> = acted
            .output
            .evidence
            .iter()
            .filter_map(|fact| match fact {
                Evidence::Rerun { passed, .. } => Some(passed),
                _ => None,
            })
            .flatten()
            .collect();
        let (passed, failing) = cases
            .iter()
            .cloned()
            .partition(|case| said_to_have_passed.contains(&case));
        Ok(Some(Done {
            evidence: vec![Evidence::Rerun { passed, failing }],
            ..Done::default()
        }))
    }

    /// Looks outside for the checks of a step.
    pub(super) async fn check(
        &self,
        order: &Order,
        receipt: &Mutex<Option<Receipt>>,
    ) -> Result<Option<Done>> {
        let mut evidence = Vec::new();
        let mut bound = None;
        for check in Effect::outside_checks(&order.step) {
            if order.cancel.is_cancelled() {
                break;
            }
            let seen = match check {
                Check::Http { .. } | Check::Command { .. } => {
                    if bound.is_none() {
                        bound = Some(self.bind(order, Purpose::Look).await?);
                    }
                    match &bound {
                        Some(bound) => self.run_check(order, check, bound).await?,
                        None => Seen::unseen("there is no place to run a command in"),
                    }
                }
                _ => self.look(check).await?,
            };
            evidence.push(seen.fact(check));
        }
        if let Some(bound) = &bound {
            let left = bound.cell.close(self.world.blobs.as_ref()).await;
            note(receipt, bound);
            // What a look changed is dropped, whatever it is.
            if let Err(failure) = left {
                tracing::warn!(run = %self.run, %failure, "what a check left was refused");
            }
        }
        if order.cancel.is_cancelled() {
            return Ok(None);
        }
        Ok(Some(Done {
            evidence,
            ..Done::default()
        }))
    }

    /// Looks at a file.
    async fn look(&self, check: &Check) -> Result<Seen> {
        let (Check::FileExists { path }
        | Check::FileMissing { path }
        | Check::FileContains { path, .. }
        | Check::FileMatches { path, .. }
        | Check::FileHash { path, .. }
        | Check::FileNewer { path, .. }
        | Check::JsonEquals { path, .. }) = check
        else {
            return Ok(Seen::unseen("nothing to look at"));
        };
        let path = match RelPath::new(path) {
            Ok(path) => path,
            Err(error) => return Ok(Seen::Not(error.to_string())),
        };
        let entry = self.workspace.stat(&path).await?;
        if matches!(check, Check::FileMissing { .. }) {
            return Ok(Seen::of(entry.is_none(), "it is not there", "it is there"));
        }
        match entry.map(|entry| entry.kind) {
            None => return Ok(Seen::Not(format!("there is no file {path}"))),
            Some(EntryKind::File) => {}
            Some(EntryKind::Folder | EntryKind::Link | EntryKind::Other) => {
                return Ok(Seen::Not(format!("{path} is no regular file")));
            }
        }
        match check {
            Check::FileExists { .. } => return Ok(Seen::Holds("it is there".to_owned())),
            Check::FileNewer { than, .. } => return self.newer(&path, than).await,
            _ => {}
        }
        let bytes = match self.workspace.read(&path, LARGEST).await {
            Ok(file) => file.bytes,
            Err(failure) if failure.kind == FailureKind::Missing => {
                return Ok(Seen::Not(format!("there is no file {path}")));
            }
            Err(failure) if failure.kind == FailureKind::Refused => {
                return Ok(Seen::Unseen(failure));
            }
            Err(failure) => return Err(failure),
        };
        Ok(within(check, &bytes))
    }

    /// Tells whether a file was written after a step began.
    async fn newer(&self, path: &RelPath, than: &StepId) -> Result<Seen> {
        let Some(written) = self.workspace.modified(path).await? else {
            return Ok(Seen::unseen(
                "the workspace does not say when a file was written",
            ));
        };
        let Some(began) = self.began(than).await? else {
            return Ok(Seen::unseen(format!(
                "the log does not say when `{than}` began"
            )));
        };
        Ok(Seen::of(
            written >= began,
            "it was written since",
            format!("it was last written before `{than}` began"),
        ))
    }

    /// Reads from the log when a step began last.
    async fn began(&self, step: &StepId) -> Result<Option<Timestamp>> {
        let Ok(run) = self.run.parse() else {
            return Ok(None);
        };
        let mut after = Seq::ZERO;
        let mut began = None;
        loop {
            let events = self.world.log.read(run, after, EVENTS).await?;
            let Some(last) = events.last() else {
                return Ok(began);
            };
            after = last.seq;
            for envelope in &events {
                if matches!(&envelope.event, Event::StepStarted { step: begun, .. } if begun == step)
                {
                    began = Some(envelope.time);
                }
            }
        }
    }

    /// Runs a command for a check.
    async fn run_check(&self, order: &Order, check: &Check, bound: &Bound) -> Result<Seen> {
        match check {
            Check::Command {
                run,
                expect,
                timeout,
            } => {
                let args = vec!["-c".to_owned(), run.clone()];
                let command = self.command(args, u64::from(*timeout));
                let ran = bound.context.exec.run(
                    command,
                    order.cancel.clone(),
                    Some(order.on_line.clone()),
                );
                Ok(match ran.await {
                    Ok(finished) => self.command_said(&finished, *expect),
                    Err(failure) => Seen::Unseen(failure),
                })
            }
            Check::Http {
                url,
                status,
                contains,
                session,
                within,
            } => {
                let seconds = u64::from(*within);
                let args = [GET, "sh", url, &seconds.to_string()];
                let mut args: Vec<String> = args.into_iter().map(str::to_owned).collect();
                args.insert(0, "-c".to_owned());
                let command = self.command(args, seconds.saturating_add(30));
                let finished = match self
                    .ask(order, url, session.as_ref(), command, bound)
                    .await?
                {
                    Ok(finished) => finished,
                    Err(seen) => return Ok(seen),
                };
                Ok(self.answered(&finished, *status, contains.as_deref()))
            }
            _ => Ok(Seen::unseen("nothing to run")),
        }
    }

    fn command(&self, args: Vec<String>, seconds: u64) -> Command {
        Command {
            program: "sh".to_owned(),
            args,
            cwd: self.workspace.root().to_owned(),
            env: BTreeMap::new(),
            stdin: Vec::new(),
            timeout: Millis::from_secs(seconds),
            keep: READ,
        }
    }

    /// Asks a server, beside the session in which it runs or by the way out of the sandbox.
    async fn ask(
        &self,
        order: &Order,
        url: &str,
        session: Option<&StepId>,
        command: Command,
        bound: &Bound,
    ) -> Result<std::result::Result<Finished, Seen>> {
        let address = match Address::parse(url) {
            Ok(address) => address,
            Err(why) => return Ok(Err(Seen::unseen(why))),
        };
        let confinement = order.confinement.of_skill(&order.step.skill);
        let network: Vec<String> = confinement.hosts(&order.step.grants).into_iter().collect();
        if let Err(why) = address.is_allowed(session.is_some(), &network) {
            let failure = Failure::new(FailureKind::Refused, why)
                .with_hint("add the host to `sandbox.network`, or ask in a session");
            return Ok(Err(Seen::Unseen(failure)));
        }
        let cancel = order.cancel.clone();
        let ran = match session {
            None => bound.context.exec.run(command, cancel, None).await,
            Some(step) => {
                let Some(id) = self.session(order, step).await? else {
                    let why = format!("`{step}` started no session");
                    return Ok(Err(Seen::Not(why)));
                };
                bound.context.sessions.run(id, command, cancel, None).await
            }
        };
        Ok(ran.map_err(|failure| match failure.kind {
            // The server is gone: that is an answer.
            FailureKind::Missing | FailureKind::Conflict if session.is_some() => {
                Seen::Not(failure.message)
            }
            _ => Seen::Unseen(failure),
        }))
    }

    /// Returns the session that a step started.
    async fn session(&self, order: &Order, step: &StepId) -> Result<Option<SessionId>> {
        let Some(result) = order.results.get(step) else {
            return Ok(None);
        };
        let result = self.value(result).await?;
        let id = result.get("session").and_then(Value::as_str);
        Ok(id.and_then(|id| id.parse().ok()))
    }

    fn command_said(&self, finished: &Finished, expect: i32) -> Seen {
        let ended = ended(finished.exit);
        let output = format!("{}{}", finished.stdout.text(), finished.stderr.text());
        let output = self.shown(&output);
        let saw = if output.is_empty() {
            ended
        } else {
            format!("{ended}:\n{output}")
        };
        Seen::of(finished.exit == Exit::Code(expect), saw.clone(), saw)
    }

    fn answered(&self, finished: &Finished, status: u16, contains: Option<&str>) -> Seen {
        match finished.exit {
            Exit::Code(0) => {}
            Exit::Code(127) => {
                let failure = Failure::new(
                    FailureKind::Unavailable,
                    "neither curl nor python3 can be run to ask the server",
                );
                return Seen::Unseen(failure.with_hint("install curl or python3"));
            }
            exit => {
                let said = self.shown(&finished.stderr.text());
                return Seen::Not(format!("no answer; asking {}: {said}", ended(exit)));
            }
        }
        let text = finished.stdout.text();
        let Some((page, code)) = text.rsplit_once('\n') else {
            return Seen::Not("what came is no answer".to_owned());
        };
        let code = code.trim();
        if code != status.to_string() {
            let code: String = code.chars().filter(char::is_ascii_digit).take(3).collect();
            return Seen::Not(format!("it answered with {code}"));
        }
        match contains {
            Some(wanted) if !page.contains(wanted) => Seen::Not(format!(
                "it answered with {code}, and the answer does not hold the text"
            )),
            Some(_) | None => Seen::Holds(format!("it answered with {code}")),
        }
    }

    /// Makes output fit for the log: its end, without what moves a terminal, without known credentials
    /// and without the place of the workspace, which differs from machine to machine.
    fn shown(&self, text: &str) -> String {
        let text = plain::text(text.as_bytes());
        let root = self.workspace.root().to_string_lossy().into_owned();
        let text = if root.len() > 1 {
            text.replace(&root, ".")
        } else {
            text
        };
        let text = Redactor::default().redact(text.trim());
        let skipped = text.chars().count().saturating_sub(SHOWN);
        text.chars().skip(skipped).collect()
    }
}

fn ended(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("it ended with exit code {code}"),
        Exit::Signal(signal) => format!("signal {signal} ended it"),
        Exit::TimedOut => "it took too long".to_owned(),
        Exit::Cancelled => "it was stopped".to_owned(),
        Exit::OutOfMemory => "it wanted more memory than it may have".to_owned(),
        Exit::OutOfProcesses => "it wanted more processes than it may have".to_owned(),
        Exit::OutOfDisk => "it wanted to write more than it may".to_owned(),
    }
}

/// Looks into a file.
fn within(check: &Check, bytes: &[u8]) -> Seen {
    match check {
        Check::FileContains { text, .. } => {
            let holds = bytes
                .windows(text.len().max(1))
                .any(|window| window == text.as_bytes());
            Seen::of(holds, "it is there", "the text is not in the file")
        }
        Check::FileMatches { regex, .. } => match regex::bytes::Regex::new(regex) {
            Ok(regex) => Seen::of(regex.is_match(bytes), "it matches", "nothing in it matches"),
            Err(_) => Seen::unseen("the regular expression cannot be read"),
        },
        Check::FileHash { sha256, .. } => {
            let is = Digest::of_bytes(bytes).to_string();
            Seen::of(
                is == *sha256,
                "the bytes are these",
                format!("its SHA-256 is {is}"),
            )
        }
        Check::JsonEquals { at, equals, .. } => match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => match value.pointer(at) {
                Some(found) => {
                    let shown: String = found.to_string().chars().take(200).collect();
                    Seen::of(found == equals, "it is equal", format!("it is {shown}"))
                }
                None => Seen::Not(format!("there is nothing at {at}")),
            },
            Err(error) => Seen::Not(format!("it is no JSON: {error}")),
        },
        _ => Seen::unseen("nothing to look at"),
    }
}
