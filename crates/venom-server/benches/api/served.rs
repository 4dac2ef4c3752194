//! The real binary under way, with a home of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::asking::{Answer, ask, request};

/// A playbook that waits for approval.
const ASKING: &str = "venom: 1
name: announce
title: Announce it
utterances:
  - announce the release
  - announce it now
steps:
  - id: tell
    title: Write the announcement
    skill: shell
    action: run
    params: { script: \"echo told >> told.txt\" }
    effect: irreversible
";

pub(crate) struct Served {
    child: Child,
    folder: tempfile::TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

impl Served {
    /// Starts a server whose one model is spoken for by another server.
    pub(crate) fn start(venom: &str, model: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("venom");
        write(
            &home.join("config.yaml"),
            &format!(
                "providers:\n  home: {{kind: openai, url: \"http://{model}/v1\", models: [smart], retries: 0}}\n"
            ),
        );
        write(
            &home.join("models.yaml"),
            "models:\n  - {provider: home, name: smart, context: 32000, max_output: 4000, price: {input: 0, output: 0, cache_read: 0, cache_write: 0}, privacy: local, tools: true, schema: true, quality: {chat: 700}, typical_ms: 1000}\n",
        );
        write(&home.join("playbooks/announce.yaml"), ASKING);
        write(
            &folder.path().join("work/app.py"),
            "# TODO: say it better\n",
        );
        let mut child = Command::new(venom)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--json",
                "--rate",
                "10000000",
            ])
            .current_dir(folder.path().join("work"))
            .env("VENOM_HOME", &home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let url = said["data"]["url"].as_str().unwrap();
        let file = said["data"]["token_file"].as_str().unwrap();
        Self {
            child,
            folder,
            address: url.rsplit('/').next().unwrap().parse().unwrap(),
            token: std::fs::read_to_string(file).unwrap().trim().to_owned(),
        }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        ask(self.address, &request(method, path, &self.token, body)).await
    }

    fn work(&self) -> String {
        self.folder.path().join("work").display().to_string()
    }

    async fn start_run(&self, body: Value) -> String {
        let made = self.ask("POST", "/v1/runs", &body.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let made: Value = serde_json::from_str(&made.body).unwrap();
        made["run"].as_str().unwrap().to_owned()
    }

    /// Makes a run that is only planned.
    pub(crate) async fn plan(&self, number: usize) {
        let goal = format!("find all TODOs and write them to todo-{number}.md");
        let body = json!({"goal": goal, "workspace": self.work(), "plan_only": true});
        self.start_run(body).await;
    }

    /// Makes a run that waits for an approval.
    pub(crate) async fn asking(&self) -> String {
        let body = json!({"goal": "announce the release", "workspace": self.work()});
        let run = self.start_run(body).await;
        loop {
            let shown = self.ask("GET", &format!("/v1/runs/{run}"), "").await;
            let shown: Value = serde_json::from_str(&shown.body).unwrap();
            if shown["approvals"]
                .as_array()
                .is_some_and(|open| !open.is_empty())
            {
                return run;
            }
            assert!(shown["outcome"].is_null(), "{shown}");
            tokio::task::yield_now().await;
        }
    }

    /// Returns the newest run.
    pub(crate) async fn newest(&self) -> String {
        let page = self.ask("GET", "/v1/runs?limit=1", "").await;
        let page: Value = serde_json::from_str(&page.body).unwrap();
        page["runs"][0]["run"].as_str().unwrap().to_owned()
    }

    /// Returns the memory that is its own and in use, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.unwrap().trim().trim_end_matches("kB").trim();
        kib.parse::<u64>().unwrap() << 10
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
