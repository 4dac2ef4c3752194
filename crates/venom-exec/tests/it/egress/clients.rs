//! Real programs through the proxy, told about it as a sandbox would be.
//!
//! Each one runs with the variables of [`proxy_env`] and nothing else to find its way. Servers are
//! on this machine, behind names that only the proxy can look up.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::thread::{ThreadNameSpaceType, move_into_thread_name_spaces};
use tempfile::TempDir;
use venom_exec::egress::{Decision, Refusal, Scheme, Verdict, proxy_env};

use super::world::{
    Identity, Plan, Seen, Server, VALUE, World, field, ids, key, ok, pattern, rule,
};

/// Whether a program is installed. A test says so when it is not.
#[expect(
    clippy::print_stdout,
    reason = "the runner reads it from the test's output"
)]
fn is_here(program: &str) -> bool {
    let probe = Command::new(program).arg("--version").output();
    let is_here = probe.is_ok_and(|output| output.status.success());
    if !is_here {
        println!("SKIPPED: {program} is not installed");
    }
    is_here
}

/// A place for a program to work in, and what it is told.
struct Bench {
    folder: TempDir,
    env: BTreeMap<String, String>,
}

impl Bench {
    fn new(world: &World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("bundle.pem");
        let env = match world.egress.ca_bundle_pem() {
            Some(pem) => {
                fs::write(&bundle, pem).unwrap();
                proxy_env(world.port, bundle.to_str())
            }
            None => proxy_env(world.port, None),
        };
        Self { folder, env }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .envs(&self.env)
            .stdin(Stdio::null());
        // Programs are found, and find what they are made of, as they are by the tests themselves.
        for (name, value) in std::env::vars_os() {
            if ["PATH", "RUSTUP_HOME", "CARGO_HOME", "PYENV_ROOT"]
                .contains(&&*name.to_string_lossy())
            {
                command.env(name, value);
            }
        }
        command
    }

    #[track_caller]
    fn run(&self, program: &str, args: &[&str]) -> Output {
        let output = self.command(program, args).output().unwrap();
        assert!(
            output.status.success(),
            "{program} {args:?}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Serves the files of a folder.
fn files(folder: &Path) -> impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static {
    let folder = folder.to_owned();
    move |seen| {
        let path = seen.path().split('?').next().unwrap_or_default();
        let path = folder.join(path.trim_start_matches('/'));
        let path = if path.is_dir() {
            path.join("index.html")
        } else {
            path
        };
        match fs::read(path) {
            Ok(bytes) => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                    if seen.path().ends_with('/') {
                        "text/html"
                    } else {
                        "application/octet-stream"
                    },
                    bytes.len()
                );
                [head.as_bytes(), &bytes].concat()
            }
            Err(_) => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        }
    }
}

fn all_allowed(decisions: &[Decision]) -> bool {
    decisions
        .iter()
        .all(|decision| decision.verdict == Verdict::Allowed)
}

#[test]
fn curl_finds_its_way() {
    if !is_here("curl") {
        return;
    }
    let identity = Identity::new(&["a.test", "b.test"]);
    let plain = Server::start(|seen| ok(&format!("plain {}", seen.body)));
    let tls = Server::start_tls(&identity, |seen| {
        ok(&format!(
            "key {}",
            field(&seen.head, "authorization").unwrap_or_default()
        ))
    });
    let world = Plan::new(vec![
        rule("a.test", plain.port),
        rule("a.test", tls.port),
        rule("b.test", tls.port),
    ])
    .with_secret(key().bound_to(pattern("a.test", tls.port)))
    .with_trust(identity.trust())
    .start();
    let bench = Bench::new(&world);

    let url = format!("http://a.test:{}/", plain.port);
    assert_eq!(
        stdout(&bench.run("curl", &["-sS", "-d", "body", &url])),
        "plain body"
    );
    // Large enough that curl waits for leave to send it.
    let large = "x".repeat(1_100_000);
    fs::write(bench.path("large"), &large).unwrap();
    let output = bench.run("curl", &["-sS", "-T", "large", &url]);
    assert_eq!(stdout(&output), format!("plain {large}"));

    // Opened: the host gets the value, curl sees the placeholder again.
    let bearer = "Authorization: Bearer venom-secret-key";
    let url = format!("https://a.test:{}/", tls.port);
    let output = bench.run("curl", &["-sS", "-H", bearer, &url]);
    assert_eq!(stdout(&output), "key Bearer venom-secret-key");
    let seen = tls.seen().pop().unwrap();
    assert_eq!(
        field(&seen.head, "authorization"),
        Some(&*format!("Bearer {VALUE}"))
    );
    let output = bench.run("curl", &["-sS", "-u", "me:venom-secret-key", &url]);
    assert!(stdout(&output).starts_with("key Basic "));
    // Not opened: the other host gets the placeholder.
    let url = format!("https://b.test:{}/", tls.port);
    let output = bench.run("curl", &["-sS", "-H", bearer, &url]);
    assert_eq!(stdout(&output), "key Bearer venom-secret-key");
    let seen = tls.seen().pop().unwrap();
    assert_eq!(
        field(&seen.head, "authorization"),
        Some("Bearer venom-secret-key")
    );

    let decisions = world.decisions(5);
    assert!(all_allowed(&decisions), "{decisions:?}");
    let schemes: Vec<Scheme> = decisions.iter().map(|decision| decision.scheme).collect();
    assert_eq!(
        schemes,
        [
            Scheme::Http,
            Scheme::Http,
            Scheme::Https,
            Scheme::Https,
            Scheme::Tunnel
        ]
    );
    assert_eq!(decisions[2].swapped, ids(&["key"]));

    // Refused: curl says why it got nothing.
    for url in [
        "http://evil.test/",
        "https://evil.test/",
        "http://169.254.169.254/latest/",
    ] {
        let output = bench.command("curl", &["-sSf", url]).output().unwrap();
        assert!(!output.status.success(), "{url}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("403"),
            "{url}: {output:?}"
        );
        let verdict = world.decision().verdict;
        assert_eq!(verdict, Verdict::Refused(Refusal::NotListed), "{url}");
    }
}

#[test]
fn git_clones_and_goes_nowhere_else() {
    if !is_here("git") {
        return;
    }
    let source = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@a.test"])
            .args(args)
            .current_dir(source.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    fs::write(source.path().join("file"), "text").unwrap();
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["update-server-info"]);
    let identity = Identity::new(&["a.test"]);
    let plain = Server::start(files(&source.path().join(".git")));
    let tls = Server::start_tls(&identity, files(&source.path().join(".git")));
    let get_only = rule("a.test", tls.port).with_methods(["GET"]).unwrap();
    let world = Plan::new(vec![rule("a.test", plain.port), get_only])
        .with_trust(identity.trust())
        .start();
    let bench = Bench::new(&world);
    bench.run(
        "git",
        &[
            "clone",
            "-q",
            &format!("http://a.test:{}/", plain.port),
            "plain",
        ],
    );
    bench.run(
        "git",
        &[
            "clone",
            "-q",
            &format!("https://a.test:{}/", tls.port),
            "opened",
        ],
    );
    for clone in ["plain", "opened"] {
        assert_eq!(
            fs::read_to_string(bench.path(clone).join("file")).unwrap(),
            "text"
        );
    }
    let decisions = world.told();
    assert!(
        decisions.len() > 4 && all_allowed(&decisions),
        "{decisions:?}"
    );
    assert!(
        decisions
            .iter()
            .any(|decision| decision.scheme == Scheme::Https)
    );
    // A repository's own settings do not lead around the proxy.
    bench.run("git", &["-C", "plain", "config", "http.proxy", ""]);
    let clone = ["-C", "plain", "ls-remote", "https://evil.test/x.git"];
    assert!(
        !bench
            .command("git", &clone)
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(
        world.decision().verdict,
        Verdict::Refused(Refusal::NotListed)
    );
}

#[test]
fn pip_installs_from_an_index() {
    if !is_here("pip") || !is_here("python3") {
        return;
    }
    let index = tempfile::tempdir().unwrap();
    let wheel = "venomprobe-1.0-py3-none-any.whl";
    let make = format!(
        "import zipfile\n\
         z = zipfile.ZipFile('{wheel}', 'w')\n\
         z.writestr('venomprobe.py', 'x = 1')\n\
         d = 'venomprobe-1.0.dist-info/'\n\
         z.writestr(d + 'METADATA', 'Metadata-Version: 2.1\\nName: venomprobe\\nVersion: 1.0\\n')\n\
         z.writestr(d + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: a\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n\
         z.writestr(d + 'RECORD', '')\n\
         z.close()\n"
    );
    let simple = index.path().join("simple/venomprobe");
    fs::create_dir_all(&simple).unwrap();
    let made = Command::new("python3")
        .args(["-c", &make])
        .current_dir(&simple)
        .output();
    assert!(made.unwrap().status.success());
    fs::write(
        simple.join("index.html"),
        format!("<a href=\"{wheel}\">{wheel}</a>"),
    )
    .unwrap();

    let identity = Identity::new(&["registry.test"]);
    let server = Server::start_tls(&identity, files(index.path()));
    let get_only = rule("registry.test", server.port)
        .with_methods(["GET", "HEAD"])
        .unwrap();
    let world = Plan::new(vec![get_only])
        .with_trust(identity.trust())
        .start();
    let bench = Bench::new(&world);
    let url = format!("https://registry.test:{}/simple/", server.port);
    bench.run(
        "pip",
        &[
            "install",
            "-q",
            "--isolated",
            "--no-cache-dir",
            "--disable-pip-version-check",
            "--target",
            "out",
            "--cert",
            bench.path("bundle.pem").to_str().unwrap(),
            "--index-url",
            &url,
            "venomprobe",
        ],
    );
    assert!(bench.path("out/venomprobe.py").is_file());
    let decisions = world.told();
    assert!(
        !decisions.is_empty() && all_allowed(&decisions),
        "{decisions:?}"
    );
}

#[test]
fn npm_installs_from_a_registry() {
    if !is_here("npm") || !is_here("tar") {
        return;
    }
    let made = tempfile::tempdir().unwrap();
    fs::create_dir(made.path().join("package")).unwrap();
    let manifest = "{\"name\":\"venomprobe\",\"version\":\"1.0.0\",\"main\":\"index.js\"}";
    fs::write(made.path().join("package/package.json"), manifest).unwrap();
    fs::write(made.path().join("package/index.js"), "module.exports = 1\n").unwrap();
    let tar = Command::new("tar")
        .args(["czf", "p.tgz", "package"])
        .current_dir(made.path())
        .output();
    assert!(tar.unwrap().status.success());
    let tarball = fs::read(made.path().join("p.tgz")).unwrap();

    let server = Server::start(move |seen| {
        if seen.path() == "/p.tgz" {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                tarball.len()
            );
            return [head.as_bytes(), &tarball].concat();
        }
        let host = field(&seen.head, "host").unwrap();
        // The registry is private: it answers to the value of the secret only.
        if field(&seen.head, "authorization") != Some(&*format!("Bearer {VALUE}")) {
            return b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_vec();
        }
        ok(&format!(
            "{{\"name\":\"venomprobe\",\"dist-tags\":{{\"latest\":\"1.0.0\"}},\"versions\":{{\"1.0.0\":\
             {{\"name\":\"venomprobe\",\"version\":\"1.0.0\",\"dist\":{{\"tarball\":\"http://{host}/p.tgz\"}}}}}}}}"
        ))
    });
    let world = Plan::new(vec![rule("registry.test", server.port)])
        .with_secret(key().bound_to_plain(pattern("registry.test", server.port)))
        .start();
    let bench = Bench::new(&world);
    let registry = format!("//registry.test:{}/", server.port);
    fs::write(
        bench.path(".npmrc"),
        format!("registry=http:{registry}\n{registry}:_authToken=venom-secret-key\n"),
    )
    .unwrap();
    fs::write(
        bench.path("package.json"),
        "{\"name\":\"x\",\"version\":\"1.0.0\"}",
    )
    .unwrap();
    bench.run(
        "npm",
        &[
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "venomprobe",
        ],
    );
    assert!(bench.path("node_modules/venomprobe/index.js").is_file());
    let decisions = world.decisions(2);
    let registry: Vec<&Decision> = decisions
        .iter()
        .filter(|decision| decision.host == "registry.test")
        .collect();
    assert!(registry.len() >= 2, "{decisions:?}");
    assert!(
        registry
            .iter()
            .all(|decision| decision.verdict == Verdict::Allowed)
    );
    assert_eq!(registry[0].swapped, ids(&["key"]));
}

#[test]
fn cargo_fetches_from_a_registry() {
    if !is_here("cargo") || !is_here("tar") || !is_here("sha256sum") {
        return;
    }
    let site = tempfile::tempdir().unwrap();
    let package = site.path().join("venomprobe-1.0.0/src");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("lib.rs"), "").unwrap();
    let manifest = "[package]\nname = \"venomprobe\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    fs::write(site.path().join("venomprobe-1.0.0/Cargo.toml"), manifest).unwrap();
    let tar = Command::new("tar")
        .args(["czf", "venomprobe.crate", "venomprobe-1.0.0"])
        .current_dir(site.path())
        .output();
    assert!(tar.unwrap().status.success());
    let sum = Command::new("sha256sum")
        .arg("venomprobe.crate")
        .current_dir(site.path())
        .output()
        .unwrap();
    let sum = stdout(&sum).split(' ').next().unwrap().to_owned();
    fs::create_dir_all(site.path().join("ve/no")).unwrap();
    fs::write(
        site.path().join("ve/no/venomprobe"),
        format!("{{\"name\":\"venomprobe\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"{sum}\",\"features\":{{}},\"yanked\":false}}\n"),
    )
    .unwrap();
    let identity = Identity::new(&["registry.test"]);
    let serve = files(site.path());
    let server = Server::start_tls(&identity, move |seen| {
        if seen.path() != "/config.json" {
            return serve(seen);
        }
        let host = field(&seen.head, "host").unwrap();
        ok(&format!("{{\"dl\":\"https://{host}/venomprobe.crate?\"}}"))
    });
    let get_only = rule("registry.test", server.port)
        .with_methods(["GET"])
        .unwrap();
    let world = Plan::new(vec![get_only])
        .with_trust(identity.trust())
        .start();
    let bench = Bench::new(&world);
    fs::create_dir_all(bench.path("src")).unwrap();
    fs::write(bench.path("src/lib.rs"), "").unwrap();
    fs::write(
        bench.path("Cargo.toml"),
        "[package]\nname = \"x\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\n\
         venomprobe = { version = \"1\", registry = \"mine\" }\n",
    )
    .unwrap();
    let home = bench.path("cargo-home");
    let registry = format!("sparse+https://registry.test:{}/", server.port);
    let output = bench
        .command("cargo", &["fetch"])
        .env("CARGO_HOME", &home)
        .env("CARGO_REGISTRIES_MINE_INDEX", registry)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(bench.path("Cargo.lock").is_file());
    let decisions = world.told();
    assert!(
        decisions.len() >= 3 && all_allowed(&decisions),
        "{decisions:?}"
    );
}

#[test]
fn a_listener_of_another_network_is_served_from_this_one() {
    if !is_here("curl") || !is_here("unshare") {
        return;
    }
    // A namespace with nothing but its own loopback, held open by a child that waits for its input
    // to end.
    let child = Command::new("unshare")
        .args(["--net", "sh", "-c", "ip link set lo up && echo up && cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    let mut up = [0; 3];
    if std::io::Read::read_exact(&mut child.stdout.take().unwrap(), &mut up).is_err() {
        child.wait().unwrap();
        println!("SKIPPED: network namespaces are not permitted here");
        return;
    }
    let namespace = fs::File::open(format!("/proc/{}/ns/net", child.id())).unwrap();
    let server = Server::start(|_| ok("from outside"));
    let inside = move || {
        use std::os::fd::AsFd as _;
        move_into_thread_name_spaces(namespace.as_fd(), ThreadNameSpaceType::NETWORK).unwrap();
        TcpListener::bind((Ipv4Addr::LOCALHOST, 3128)).unwrap()
    };
    let listener = std::thread::spawn(inside).join().unwrap();
    let world = Plan::new(vec![rule("a.test", server.port)]).start_on(listener);
    let bench = Bench::new(&world);
    assert_eq!(world.port, 3128);
    let enter = format!("/proc/{}/ns/net", child.id());
    let curl = |args: &[&str]| {
        let enter = format!("--net={enter}");
        let args = [&[enter.as_str(), "curl", "-sS", "--max-time", "10"], args].concat();
        bench.command("nsenter", &args).output().unwrap()
    };
    let direct = format!("http://127.0.0.1:{}/", server.port);
    let output = curl(&["--noproxy", "*", &direct]);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(server.connections(), 0);
    let output = curl(&[&format!("http://a.test:{}/", server.port)]);
    assert_eq!(stdout(&output), "from outside", "{output:?}");
    child.stdin.take().unwrap().flush().unwrap();
    child.wait().unwrap();
}
