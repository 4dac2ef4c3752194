//! Every shipped playbook, killed and interrupted somewhere on its way and gone on with: it comes to what an
//! undisturbed run comes to, and nothing happens twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::git;
use super::home::{Home, has, program, write};

/// A playbook, a goal that means it, and a project to try it on.
struct Case {
    playbook: &'static str,
    goal: &'static str,
    prepare: fn() -> Home,
    end: End,
}

/// What must be the same however a run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Everything that it comes to.
    Same,
    /// Everything but what this says the reason of: results name it, the workspace does not.
    Differs(&'static str),
    /// What cannot be taken back was under way: nobody knows how far it came, and nobody is there to be
    /// asked. It is never begun again.
    MayDoubt,
}

const fn case(playbook: &'static str, goal: &'static str, prepare: fn() -> Home) -> Case {
    Case {
        playbook,
        goal,
        prepare,
        end: End::Same,
    }
}

const fn differs(
    playbook: &'static str,
    goal: &'static str,
    prepare: fn() -> Home,
    because: &'static str,
) -> Case {
    Case {
        end: End::Differs(because),
        ..case(playbook, goal, prepare)
    }
}

const fn may_doubt(playbook: &'static str, goal: &'static str, prepare: fn() -> Home) -> Case {
    Case {
        end: End::MayDoubt,
        ..case(playbook, goal, prepare)
    }
}

const NAMED_BY_TIME: &str =
    "the name of a commit, or of a tag with a message, depends on when it was made";
const MEASURED: &str = "what is measured is never twice the same";

const SERVE: &str = "start the server `python3 serve.py` and check that it answers on port 8000";

const CASES: &[Case] = &[
    case("archive", "archive docs into docs.tar.gz", project),
    case("audit-dependencies", "audit the dependencies", project),
    case("bisect-test", "bisect the failing test", git::broken),
    case("branch", "create a branch called experiment", git::dirty),
    case("build", "build the project", project),
    may_doubt(
        "call-function",
        "call the function notify with {\"a\": 1}",
        project,
    ),
    case("changelog-entry", "write the changelog", git::released),
    case(
        "changes-since",
        "what changed since the last tag",
        git::released,
    ),
    case("clean", "clean the build output", project),
    differs("commit", "commit my changes", git::dirty, NAMED_BY_TIME),
    differs(
        "compare-commands",
        "compare the speed of `true` and `sleep 0.01`",
        project,
        MEASURED,
    ),
    case("coverage", "measure the coverage", tested),
    may_doubt("deploy", "deploy to staging", project),
    case("explain-module", "explain the shapes module", in_git),
    case("find-dead-code", "find dead code", project),
    case("find-secrets", "find secrets", project),
    case("find-todos", "find all TODOs", project),
    case("find-vulnerabilities", "find vulnerabilities", project),
    case("format", "format the code", project),
    case("lint", "lint the code", project),
    case("lint-fix", "fix the lint errors", project),
    differs(
        "merge",
        "merge the branch side",
        git::two_branches,
        NAMED_BY_TIME,
    ),
    case("outdated", "list outdated dependencies", project),
    differs("profile", "profile `sleep 0.01`", project, MEASURED),
    case("refactor", "refactor the shapes module", in_git),
    case("release-notes", "write the release notes", git::released),
    case("rename", "rename the function area to surface", tested),
    case("replace", "replace \"width\" with \"breadth\"", project),
    case(
        "replace-pattern",
        "replace every call of `area` with `surface`",
        tested,
    ),
    case(
        "run-command",
        "run the command `echo made >> made.txt`",
        project,
    ),
    case(
        "run-script",
        "run the script seed in the environment staging",
        project,
    ),
    case(
        "run-snippet",
        "run the python snippet `print(6 * 7)`",
        project,
    ),
    case("run-tests", "run the tests", tested),
    case("secure", "make the auth module more secure", tested),
    case("security-review", "do a security review", project),
    case("serve-and-check", SERVE, project),
    case("show-changes", "show my uncommitted changes", git::dirty),
    differs("stash", "stash my changes", git::dirty, NAMED_BY_TIME),
    differs("tag", "tag the next version", git::released, NAMED_BY_TIME),
    case("test-failed", "rerun the failed tests", failed),
    case(
        "test-file",
        "run the tests in the file tests/test_shapes.py",
        tested,
    ),
    case("test-one", "run the test test_area", tested),
    case("type-check", "check the types", project),
    case("unpack", "unpack docs.tar", project),
    case("unstash", "pop the stash", git::put_aside),
    case(
        "write-todos",
        "find all TODOs and write them to TODO.md",
        project,
    ),
];

/// What the tools of a project are: declared, so that they are there on every machine and come to the same
/// each time.
const TOOLS: &str = "venom: 1
commands:
  format: echo formatted >> a.txt
  lint: grep -q one a.txt
  fix: echo fixed >> a.txt
  types: test -s a.txt
  build: echo built >> built.txt
  clean: rm -f built.txt
  audit: echo nothing known
  outdated: echo nothing old
scripts:
  seed: echo \"seeded $APP_ENV\" >> a.txt
environments:
  staging: { APP_ENV: staging }
deploy:
  staging:
    command: echo deployed >> deployed.txt
";

/// A project with something for every skill to find.
fn project() -> Home {
    let home = Home::new();
    home.file(".venom/project.yaml", TOOLS);
    home.file("a.txt", "one\n");
    home.file("built.txt", "x\n");
    home.file("docs/one.md", "# One\n\nThe width of it.\n");
    home.file("docs/two.md", "# Two\n");
    home.file(
        "shapes.py",
        "# TODO: round things\n\n\ndef area(width, height):\n    return width * height\n\n\ndef _unused():\n    return 1\n",
    );
    home.file(
        "auth.py",
        "import hashlib\nimport os\n\nPASSWORD = \"hunter2-hunter2\"\n\n\ndef check(name):\n    os.system(\"ls \" + name)\n    return hashlib.md5(name.encode()).hexdigest()\n",
    );
    home.file(
        "serve.py",
        "import http.server\n\n\nclass Quiet(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(b'the page\\n')\n\n    def log_message(self, *_):\n        print('asked', flush=True)\n\n\nhttp.server.HTTPServer(('127.0.0.1', 8000), Quiet).serve_forever()\n",
    );
    program(
        &home.work(),
        "tar",
        &[
            "--create",
            "--mtime=@0",
            "--sort=name",
            "--file=docs.tar",
            "docs",
        ],
    )
    .expect("tar works");
    home
}

/// The same in a repository.
fn in_git() -> Home {
    let home = project();
    git::git(&home, &["init", "--quiet", "--initial-branch=main"]);
    git::git(&home, &["config", "user.name", "Tester"]);
    git::git(&home, &["config", "user.email", "tester@example.org"]);
    git::commit(&home, "feat: begin");
    home
}

/// The same with tests that pass.
fn tested() -> Home {
    let home = project();
    home.file("tests/__init__.py", "");
    home.file(
        "tests/test_shapes.py",
        "import unittest\n\nimport shapes\n\n\nclass Shapes(unittest.TestCase):\n    def test_area(self):\n        self.assertEqual(shapes.area(2, 3), 6)\n",
    );
    home
}

/// The same after a run of tests of which one failed.
fn failed() -> Home {
    let home = tested();
    home.file(
        "tests/test_odd.py",
        "import unittest\n\n\nclass Odd(unittest.TestCase):\n    def test_odd(self):\n        self.assertEqual(1, 2)\n",
    );
    let done = home.venom(&["run", "run the tests", "--no-input"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    home
}

/// A function behind an address that counts its calls.
struct Function {
    address: String,
    called: Arc<AtomicUsize>,
}

impl Function {
    fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let called = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&called);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut reader = BufReader::new(&stream);
                let (mut line, mut length) = (String::new(), 0);
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    let line = std::mem::take(&mut line).to_ascii_lowercase();
                    if let Some(value) = line.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                }
                let mut body = vec![0; length];
                if reader.read_exact(&mut body).is_ok() {
                    count.fetch_add(1, Ordering::SeqCst);
                    let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnull";
                    // Who was killed does not hear it.
                    let _ = (&stream).write_all(answer.as_bytes());
                }
            }
        });
        Self { address, called }
    }
}

/// One run of a case, with everything that it comes to.
struct Try {
    home: Home,
    function: Function,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
struct Fate {
    outcome: Value,
    steps: Value,
    digest: Value,
    files: BTreeMap<String, String>,
    repository: String,
    calls: usize,
}

impl Try {
    fn new(case: &Case) -> Self {
        let home = (case.prepare)();
        let function = Function::begin();
        write(
            &home.venom_home().join("config.yaml"),
            &format!(
                "functions:\n  notify: {{kind: http, url: \"http://{}/\", retries: 0}}\n",
                function.address
            ),
        );
        Self { home, function }
    }

    fn fate(&self, case: &Case, report: &Value) -> Fate {
        let steps = report["data"]["steps"].as_array();
        let steps = steps.unwrap_or_else(|| panic!("{}: {report}", case.playbook));
        let mut files = BTreeMap::new();
        read(&self.home.work(), "", &mut files);
        let is_repository = self.home.work().join(".git").is_dir();
        Fate {
            outcome: report["data"]["outcome"].clone(),
            steps: steps
                .iter()
                .map(|step| json!([step["id"], step["status"]]))
                .collect(),
            digest: match case.end {
                End::Differs(_) => Value::Null,
                End::Same | End::MayDoubt => report["data"]["digest"].clone(),
            },
            files,
            repository: if is_repository {
                git::state(&self.home)
            } else {
                String::new()
            },
            calls: self.function.called.load(Ordering::SeqCst),
        }
    }

    /// Goes on with the run; `None` if it had come to its end before it was stopped.
    fn resume(&self) -> Option<Value> {
        let (_, report) = self.home.json(&["resume", "last", "--json"]);
        (report["error"]["code"] != "refused").then_some(report)
    }
}

/// Reads all files below a folder but those that tools leave.
fn read(root: &Path, below: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(root.join(below)).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name.clone()
        } else {
            format!("{below}/{name}")
        };
        if entry.file_type().expect("a type").is_dir() {
            if name != ".git" && name != "__pycache__" {
                read(root, &path, files);
            }
        } else {
            let bytes = std::fs::read(entry.path()).expect("a file");
            files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

/// How a run is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Kill,
    Interrupt,
}

/// Draws a number below `most`, the same for the same words: a failure can be looked at again.
fn draw(words: &str, most: usize) -> usize {
    let mut state = std::env::vars_os()
        .find(|(name, _)| name == "VENOM_TEST_SEED")
        .and_then(|(_, value)| value.to_string_lossy().parse::<u64>().ok())
        .unwrap_or(1);
    // FNV-1a, 64 bits, and the last step of splitmix64.
    for byte in words.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((state ^ (state >> 31)) % (most as u64)).expect("it is small")
}

/// Runs a case undisturbed; returns how many events it has, and what it comes to.
fn undisturbed(case: &Case, args: &[&str]) -> (usize, Fate) {
    let whole = Try::new(case);
    let done = whole.home.start(args).finish();
    let lines: Vec<Value> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let understood = lines
        .iter()
        .find(|line| line["event"]["type"] == "IntentParsed")
        .map(|line| line["event"]["data"]["intent"]["goals"][0]["action"].clone());
    assert_eq!(understood, Some(json!(case.playbook)), "{done:?}");
    let report = done.last_line();
    let outcome = report["data"]["outcome"].as_str().unwrap_or_default();
    assert!(
        matches!(outcome, "succeeded" | "failed" | "partial"),
        "{}: {report}",
        case.playbook
    );
    let events = lines
        .iter()
        .filter(|line| line["event"].is_object())
        .count();
    (events, whole.fate(case, &report))
}

/// Stops a case after so many events and goes on with it; tells whether it was stopped on its way.
fn stopped(case: &Case, args: &[&str], stop: Stop, after: usize, expected: &Fate) -> bool {
    let place = format!("{}, {stop:?} after {after} events", case.playbook);
    let again = Try::new(case);
    let mut running = again.home.start(args);
    let read = (0..after).map_while(|_| running.line()).count();
    assert_eq!(read, after, "{place}");
    match stop {
        Stop::Kill => running.kill(),
        Stop::Interrupt => {
            running.signal(Signal::INT);
            running.finish();
        }
    }
    let resumed = again.resume();
    let verified = again.home.venom(&["log", "verify"]);
    assert_eq!(verified.code, Some(0), "{place}: {verified:?}");
    let was_stopped = resumed.is_some();
    let report = resumed.unwrap_or_else(|| again.home.json(&["show", "last", "--json"]).1);
    let fate = again.fate(case, &report);
    let is_doubtful = case.end == End::MayDoubt && fate.outcome.is_null();
    if is_doubtful {
        // It happened, or it did not; it never happens twice.
        assert!(fate.calls <= expected.calls, "{place}: {report}");
        let mut begun = again.home.work();
        begun.push("deployed.txt");
        let deployed = std::fs::read_to_string(begun).unwrap_or_default();
        assert!(deployed.lines().count() <= 1, "{place}: {report}");
    } else {
        assert_eq!(&fate, expected, "{place}: {report}");
    }
    was_stopped
}

#[test]
fn every_playbook_is_gone_on_with() {
    if !std::env::vars_os().any(|(name, _)| name == "VENOM_TEST_STOPS") {
        println!("SKIPPED: VENOM_TEST_STOPS is not set, and this takes minutes");
        return;
    }
    if !has("python3") || !has("git") || !has("tar") {
        return;
    }
    let shipped: BTreeSet<String> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playbooks"))
            .expect("the playbooks")
            .filter_map(|entry| {
                entry
                    .expect("an entry")
                    .path()
                    .file_name()?
                    .to_str()?
                    .strip_suffix(".yaml")
                    .map(str::to_owned)
            })
            .collect();
    let tried: BTreeSet<String> = CASES.iter().map(|case| case.playbook.to_owned()).collect();
    assert_eq!(tried, shipped, "each playbook has its case");

    let next = AtomicUsize::new(0);
    let worker = || {
        let mut stops = 0;
        let mut wrong = Vec::new();
        while let Some(case) = CASES.get(next.fetch_add(1, Ordering::Relaxed)) {
            let tried = std::panic::catch_unwind(|| {
                let args = ["run", case.goal, "--yes", "--jsonl", "--no-input"];
                let (events, expected) = undisturbed(case, &args);
                [Stop::Kill, Stop::Interrupt]
                    .into_iter()
                    .filter(|stop| {
                        let after = 1 + draw(&format!("{} {stop:?}", case.playbook), events - 1);
                        stopped(case, &args, *stop, after, &expected)
                    })
                    .count()
            });
            match tried {
                Ok(stopped) => stops += stopped,
                Err(_) => wrong.push(case.playbook),
            }
        }
        (stops, wrong)
    };
    let (mut stops, mut wrong) = (0, Vec::new());
    std::thread::scope(|scope| {
        // Two at a time: each one waits for processes most of its time.
        for worker in [scope.spawn(worker), scope.spawn(worker)] {
            let (stopped, failed) = worker.join().expect("it is caught");
            stops += stopped;
            wrong.extend(failed);
        }
    });
    assert!(wrong.is_empty(), "these come to something else: {wrong:?}");
    assert!(
        stops > CASES.len(),
        "only {stops} runs were stopped on their way"
    );
}
