//! Secrets of a sandbox, with a real cell, real programs and servers on this machine: the right host
//! gets the value, everybody else the placeholder, and the sandbox never sees it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use venom_exec::cell::Zygote;
use venom_exec::process::Settings;
use venom_exec::sandbox::NativeSandbox;
use venom_kernel::confine::{Confinement, Grants, Mount, SecretUse, Tier};
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Keep};
use venom_ports::sandbox::{Cell, Place, Sandbox as _};
use venom_ports::secret::{SecretInfo, Secrets, Source};
use venom_ports::{Failure, FailureKind};
use venom_testkit::task::Tasks;
use zeroize::Zeroizing;

use super::egress::world::{Identity, Names, Seen, Server, ok};

pub(crate) const CANARY: &str = "canary-value-0123456789/+=";

pub(crate) struct Keeper;

impl Secrets for Keeper {
    fn values(&self, name: &str) -> venom_ports::Result<Vec<Zeroizing<Vec<u8>>>> {
        self.get(name).map(|(value, _)| vec![value])
    }

    fn get(&self, name: &str) -> venom_ports::Result<(Zeroizing<Vec<u8>>, SecretInfo)> {
        if name != "token" {
            return Err(Failure::new(FailureKind::Missing, "there is no secret"));
        }
        let info = SecretInfo {
            name: name.to_owned(),
            source: Source::File,
            hosts: Vec::new(),
        };
        Ok((Zeroizing::new(CANARY.as_bytes().to_vec()), info))
    }

    fn set(&self, _: &str, _: &[u8], _: &[String]) -> venom_ports::Result<()> {
        Ok(())
    }

    fn set_variable(&self, _: &str, _: &str, _: &[String]) -> venom_ports::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &str) -> venom_ports::Result<bool> {
        Ok(false)
    }

    fn list(&self) -> venom_ports::Result<Vec<SecretInfo>> {
        Ok(Vec::new())
    }
}

/// What the tests have: servers, and a sandbox that may reach them.
struct World {
    right: Server,
    wrong: Server,
    plain: Server,
    sandbox: NativeSandbox,
    folder: tempfile::TempDir,
    workspace: PathBuf,
}

/// Answers with the request itself.
fn repeat(seen: &Seen) -> Vec<u8> {
    ok(&format!("{}{}", seen.head, seen.body))
}

impl World {
    fn new(zygote: Zygote) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let identity = Identity::new(&["a.test", "b.test"]);
        let names = Names::default();
        for name in ["a.test", "b.test", "c.test"] {
            names.set(name, &[&["127.0.0.1"]]);
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let workspace = folder.path().canonicalize().unwrap().join("work");
        std::fs::create_dir(&workspace).unwrap();
        let settings = Settings {
            search: vec!["/usr/local/bin".into(), "/usr/bin".into(), "/bin".into()],
            variables: BTreeMap::new(),
        };
        let tasks = Tasks::on(Handle::current());
        let sandbox = NativeSandbox::new(
            settings,
            Ok(zygote),
            Arc::new(tasks),
            folder.path().join("layers"),
        )
        .with_secrets(Arc::new(Keeper))
        .with_trust(identity.trust())
        .with_resolver(Arc::new(names));
        Self {
            right: Server::start_tls(&identity, repeat),
            wrong: Server::start_tls(&identity, repeat),
            plain: Server::start(repeat),
            sandbox,
            folder,
            workspace,
        }
    }

    fn place(&self, secrets: BTreeMap<String, SecretUse>) -> Place {
        let network = [
            format!("a.test:{} private", self.right.port),
            format!("b.test:{} private", self.wrong.port),
            format!("c.test:{} private", self.plain.port),
        ];
        Place {
            root: self.workspace.clone(),
            scratch: None,
            writes: vec!["**".to_owned()],
            is_trial: false,
            grants: Grants {
                mount: Mount::Direct,
                ..Grants::default()
            },
            confinement: Confinement {
                require: Tier::Cell,
                network: network.to_vec(),
                secrets,
                ..Confinement::default()
            },
            label: format!("secrets-{}", self.right.port),
            on_reach: Arc::new(|_| {}),
        }
    }

    async fn open(&self, hosts: &[String]) -> Arc<dyn Cell> {
        let asked = SecretUse {
            key: "token".to_owned(),
            hosts: hosts.to_vec(),
        };
        let secrets = BTreeMap::from([("TOKEN".to_owned(), asked)]);
        self.sandbox.open(self.place(secrets)).await.unwrap()
    }

    fn right_host(&self) -> String {
        format!("a.test:{}", self.right.port)
    }
}

async fn shell(world: &World, cell: &Arc<dyn Cell>, script: &str) -> String {
    let command = Command {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        cwd: world.workspace.clone(),
        env: BTreeMap::new(),
        stdin: Vec::new(),
        timeout: Millis::new(60_000),
        keep: Keep::default(),
    };
    let finished = cell
        .run(command, CancellationToken::new(), None)
        .await
        .unwrap();
    let mut said = String::new();
    for captured in [&finished.stdout, &finished.stderr] {
        assert!(captured.tail.is_empty());
        said.push_str(&String::from_utf8_lossy(&captured.head));
    }
    assert!(!said.contains("canary"), "{script}: {said}");
    said
}

/// Runs a test where a cell and the program can be had; says so where not.
#[expect(clippy::print_stdout, reason = "the only way for a test to say so")]
fn with_world(program: &str, test: impl AsyncFnOnce(&World)) {
    let is_here = std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_here {
        println!("SKIPPED: {program} is not installed");
        return;
    }
    let program = env!("CARGO_BIN_EXE_venom-exec-zygote");
    let zygote = Zygote::start(std::path::Path::new(program)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new(zygote);
        let planned = world
            .sandbox
            .plan(&world.place(BTreeMap::new()))
            .await
            .unwrap();
        if planned.tier != Tier::Cell {
            println!("SKIPPED: no cell can be had on this machine");
            return;
        }
        tokio::time::timeout(Duration::from_mins(2), test(&world))
            .await
            .unwrap();
        // What was written to the workspace or left behind outside of it has no value in it.
        for entry in ignore::Walk::new(world.folder.path()).flatten() {
            if let Ok(bytes) = std::fs::read(entry.path()) {
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains("canary"), "{}", entry.path().display());
            }
        }
    });
}

#[test]
fn the_right_host_gets_the_value_and_every_other_the_placeholder() {
    with_world("curl", async |world| {
        let cell = world.open(&[world.right_host()]).await;
        let (right, wrong, plain) = (world.right.port, world.wrong.port, world.plain.port);
        for url in [
            format!("https://a.test:{right}/"),
            format!("https://b.test:{wrong}/"),
            format!("http://c.test:{plain}/"),
        ] {
            let script =
                format!("curl -sS -H \"Authorization: Bearer $TOKEN\" {url} | tee answer.txt");
            let shown = shell(world, &cell, &script).await;
            // What the right host repeated is masked; the others repeat what they got.
            assert!(shown.contains("venom-secret-TOKEN"), "{url}: {shown}");
        }
        let value = format!("Bearer {CANARY}");
        assert!(world.right.only().head.contains(&value));
        for server in [&world.wrong, &world.plain] {
            let head = server.only().head;
            assert!(head.contains("Bearer venom-secret-TOKEN"), "{head}");
        }
    });
}

#[test]
fn headers_basic_credentials_bodies_and_queries_carry_it() {
    with_world("curl", async |world| {
        let cell = world.open(&[world.right_host()]).await;
        let url = format!("https://a.test:{}", world.right.port);
        for script in [
            format!("curl -sS -u \"user:$TOKEN\" {url}/basic"),
            format!(
                "curl -sS --data-binary \"{{\\\"k\\\": \\\"$TOKEN\\\"}}\" -H 'Content-Type: application/json' {url}/body"
            ),
            format!("curl -sS \"{url}/query?key=$TOKEN\""),
        ] {
            shell(world, &cell, &script).await;
        }
        let seen = world.right.seen();
        let find = |path: &str| {
            seen.iter()
                .find(|seen| seen.path().starts_with(path))
                .unwrap_or_else(|| panic!("{path}: {seen:?}"))
        };

        let basic = base64::prelude::BASE64_STANDARD.encode(format!("user:{CANARY}"));
        assert!(find("/basic").head.contains(&basic));
        assert!(find("/body").body.contains(CANARY));
        assert!(
            find("/query")
                .path()
                .contains("canary-value-0123456789%2F%2B%3D")
        );
    });
}

#[test]
fn plain_http_gets_it_only_where_that_was_said() {
    with_world("curl", async |world| {
        let host = format!("c.test:{}", world.plain.port);
        let script = format!("curl -sS -H \"X-Key: $TOKEN\" http://{host}/");
        let cell = world.open(std::slice::from_ref(&host)).await;
        shell(world, &cell, &script).await;
        let cell = world.open(&[format!("{host} plain")]).await;
        shell(world, &cell, &script).await;
        let seen = world.plain.seen();
        assert!(seen[0].head.contains("X-Key: venom-secret-TOKEN"));
        assert!(seen[1].head.contains(&format!("X-Key: {CANARY}")));
    });
}

#[test]
fn git_and_python_find_the_certificate_and_carry_it() {
    with_world("python3", async |world| {
        let cell = world.open(&[world.right_host()]).await;
        let url = format!("https://a.test:{}", world.right.port);
        let python = format!(
            "python3 -c 'import os, urllib.request as r; \
             q = r.Request(\"{url}/python\", headers={{\"X-Key\": os.environ[\"TOKEN\"]}}); \
             print(r.urlopen(q).read().decode())'"
        );
        let done = shell(world, &cell, &python).await;
        assert!(done.contains("venom-secret-TOKEN"), "{done}");
        // The server is no repository; what matters is what git sent.
        let git = format!("git -c http.extraHeader=\"X-Key: $TOKEN\" ls-remote {url}/git");
        shell(world, &cell, &git).await;
        let value = format!("X-Key: {CANARY}");
        let heads: Vec<String> = world
            .right
            .seen()
            .into_iter()
            .map(|seen| seen.head)
            .collect();
        for path in ["GET /python ", "GET /git/info/refs"] {
            assert!(
                heads.iter().any(|head| head.starts_with(path)
                    && head.to_lowercase().contains(&value.to_lowercase())),
                "{path}: {heads:?}"
            );
        }
    });
}

#[test]
fn nothing_inside_holds_the_value() {
    with_world("grep", async |world| {
        let cell = world.open(&[world.right_host()]).await;
        // The pattern is put together inside, so that it does not find itself.
        let script = "env; cat /proc/self/environ; \
             p=can; p=${p}ary-value; \
             grep -al $p /proc/[0-9]*/environ /proc/[0-9]*/cmdline && echo FOUND; \
             grep -ral $p / --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev \
             --exclude-dir=usr 2>/dev/null && echo FOUND; echo searched";
        let shown = shell(world, &cell, script).await;
        assert!(shown.contains("TOKEN=venom-secret-TOKEN"), "{shown}");
        assert!(shown.contains("searched"), "{shown}");
        assert!(!shown.contains("FOUND"), "{shown}");
    });
}

#[tokio::test]
async fn without_a_sandbox_nothing_that_has_a_secret_may_reach_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        search: vec!["/usr/bin".into(), "/bin".into()],
        variables: BTreeMap::new(),
    };
    let tasks = Tasks::on(Handle::current());
    let sandbox = NativeSandbox::new(
        settings,
        Err("there is none".to_owned()),
        Arc::new(tasks),
        folder.path().join("layers"),
    )
    .with_secrets(Arc::new(Keeper));
    let place = |network: &[&str]| Place {
        root: folder.path().to_owned(),
        scratch: None,
        writes: Vec::new(),
        is_trial: false,
        grants: Grants::default(),
        confinement: Confinement {
            require: Tier::Unconfined,
            runtime: venom_kernel::confine::Runtime::Cell,
            network: network.iter().map(|host| (*host).to_owned()).collect(),
            secrets: BTreeMap::from([(
                "TOKEN".to_owned(),
                SecretUse {
                    key: "token".to_owned(),
                    hosts: vec!["a.test".to_owned()],
                },
            )]),
            ..Confinement::default()
        },
        label: "plain".to_owned(),
        on_reach: Arc::new(|_| {}),
    };
    let Err(failure) = sandbox.open(place(&["a.test"])).await else {
        panic!("it was opened");
    };
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.is_some(), "{failure}");
    let plain = sandbox.open(place(&[])).await.unwrap();
    assert_eq!(plain.receipt().tier, Tier::Unconfined);
}

#[test]
fn a_secret_that_is_not_there_opens_no_place_and_is_named() {
    with_world("cat", async |world| {
        let asked = |key: &str, hosts: &[&str]| SecretUse {
            key: key.to_owned(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        };
        for (variable, asked, kind) in [
            ("TOKEN", asked("other", &["a.test"]), FailureKind::Missing),
            ("TOKEN", asked("token", &[]), FailureKind::Refused),
            (
                "LD_PRELOAD",
                asked("token", &["a.test"]),
                FailureKind::Refused,
            ),
        ] {
            let secrets = BTreeMap::from([(variable.to_owned(), asked)]);
            let Err(failure) = world.sandbox.open(world.place(secrets)).await else {
                panic!("{variable} was taken");
            };
            assert_eq!(failure.kind, kind, "{failure:?}");
            assert!(!format!("{failure:?}").contains("canary"));
        }
    });
}
