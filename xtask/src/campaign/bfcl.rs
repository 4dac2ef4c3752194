//! Calls of tools by a small model, on items of the Berkeley Function-Calling Leaderboard.
//!
//! The items and their checker are those of the package bfcl-eval, which pip puts into a folder; the server serves a
//! model under the name `smol`. The rest is the example `bfcl` of venom-models and the script beside it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::cargo;

pub(super) fn run(root: &Path, args: &[String]) -> anyhow::Result<()> {
    let (mut data, mut server, mut items) = (None, None, None);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let place = match arg.as_str() {
            "--data" => &mut data,
            "--server" => &mut server,
            "--items" => &mut items,
            other => bail!("bfcl knows --data, --server and --items, and not `{other}`"),
        };
        *place = Some(
            rest.next()
                .with_context(|| format!("{arg} needs a value"))?,
        );
    }
    let data = data.context(
        "--data names the folder of the package: pip install --no-deps --target DIR bfcl-eval==2026.3.23",
    )?;
    let server = server.context(
        "--server names an address such as http://127.0.0.1:8080/v1: see crates/venom-models/tests/servers/llama.py",
    )?;
    let build = [
        "build",
        "--quiet",
        "--package",
        "venom-models",
        "--example",
        "bfcl",
    ];
    cargo::succeed(cargo::command(root).args(build))?;
    let program = cargo::target_folder(root)?.join("debug/examples/bfcl");
    let mut judge = Command::new("python3");
    judge
        .arg(root.join("crates/venom-models/examples/bfcl.py"))
        .args([program.as_os_str(), data.as_ref(), server.as_ref()])
        .args(items);
    cargo::succeed(&mut judge)
}
