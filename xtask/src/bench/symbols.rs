//! The map of symbols over a made project: the first time, with nothing changed, with one file changed, and one name.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::cargo;

/// How many files the project has: of a long measurement, and of CI's.
const FILES: u32 = 100_000;
const FILES_CI: u32 = 5_000;

/// How often what is warm is measured.
const TIMES: usize = 3;

/// Measures; the program says times, processor seconds and memory of each.
pub(super) fn measure(root: &Path, files: Option<u32>, is_ci: bool) -> anyhow::Result<()> {
    let files = files.unwrap_or(if is_ci { FILES_CI } else { FILES });
    let folder = root.join("target/bench-symbols");
    let (tree, cache) = (folder.join("tree"), folder.join("cache"));
    if folder.exists() {
        fs::remove_dir_all(&folder).context("removing an earlier measurement")?;
    }
    fs::create_dir_all(&tree).context("making the project's folder")?;
    let run = |args: &[&str]| -> anyhow::Result<()> {
        let mut program = cargo::command(root);
        program.args(["run", "--quiet", "--release", "--package", "venom-skills"]);
        program
            .args(["--example", "symbols_bench", "--"])
            .args(args);
        cargo::succeed(&mut program)
    };
    let (tree, cache) = (path(&tree)?, path(&cache)?);
    eprintln!(
        "load: {}",
        fs::read_to_string("/proc/loadavg")
            .unwrap_or_default()
            .trim()
    );
    run(&["tree", tree, &files.to_string()])?;
    eprintln!("{files} files, cold");
    run(&["map", tree, cache])?;
    for _ in 0..TIMES {
        eprintln!("nothing changed");
        run(&["map", tree, cache])?;
    }
    for number in 0..TIMES {
        let changed = Path::new(tree).join("pkg000/sub0000/m4.py");
        fs::write(
            &changed,
            format!("def changed_{number}():\n    return {number}\n"),
        )
        .with_context(|| format!("changing {}", changed.display()))?;
        eprintln!("one file changed");
        run(&["map", tree, cache])?;
    }
    eprintln!("one name");
    run(&["name", tree, cache, "make_8"])?;
    fs::remove_dir_all(&folder).context("removing the measurement")
}

fn path(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the folder's name is no text")
}
