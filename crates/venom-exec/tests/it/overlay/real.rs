//! The same with overlays that the kernel makes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::world::{World, files, lenient, put, tree, trees};

/// Mounts an overlay over the host in namespaces of its own and runs a script in it.
fn run_over(world: &World, script: &str) -> Output {
    let mount = "mount -t overlay overlay \
                 -o userxattr,index=off,lowerdir=host,upperdir=upper,workdir=work merged && \
                 cd merged && { ";
    Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg(format!("{mount}{script}\n}}"))
        .current_dir(world.path())
        .output()
        .unwrap()
}

/// Runs the same script in a plain folder, with the same rights.
fn run_plainly(folder: &Path, script: &str) {
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg(script)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.code().is_some());
}

/// Tells whether overlays can be had here; says why not otherwise.
fn can_mount() -> bool {
    use std::io::Write as _;
    let world = World::new(&files(&[("a", "")]));
    let reason = match std::panic::catch_unwind(|| run_over(&world, "test -e a")) {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(_) => "there is no `unshare`".to_owned(),
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment what is there"
    )]
    let required = std::env::var("VENOM_TEST_REQUIRE").unwrap_or_default();
    let is_required = required.split(',').any(|name| name == "overlay");
    assert!(!is_required, "overlays are required, but {reason}");
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: no overlay can be mounted: {reason}"
    );
    false
}

fn check(old: &super::world::Tree, script: &str) -> Result<(), TestCaseError> {
    let world = World::new(old);
    let plain = tempfile::tempdir().unwrap();
    put(plain.path(), old);
    let output = run_over(&world, script);
    let errors = String::from_utf8_lossy(&output.stderr);
    prop_assert!(!errors.contains("mount:"), "{}", errors);
    run_plainly(plain.path(), script);
    prop_assert_eq!(
        tree(&world.host()),
        old.clone(),
        "the host is untouched before the commit"
    );
    let delta = world.scan();
    prop_assert_eq!(delta.marked(), &[]);
    let refusals = venom_exec::overlay::check(&delta, &lenient());
    prop_assert_eq!(&refusals, &[]);
    let outcome = world.commit().unwrap();
    prop_assert_eq!(&outcome.conflicts, &[]);
    let (found, expected) = (tree(&world.host()), tree(plain.path()));
    super::world::open_folders(plain.path());
    prop_assert_eq!(found, expected);
    prop_assert!(world.scan().is_empty());
    Ok(())
}

#[test]
fn what_usual_tools_do_arrives() {
    if !can_mount() {
        return;
    }
    let old = files(&[
        ("src/main.c", "int main(void){return 0;}\n"),
        ("src/old/a", "a"),
        ("src/old/b", "b"),
        ("README", "hello\n"),
        ("data/x", "1"),
    ]);
    for script in [
        "sed -i s/hello/goodbye/ README",
        "mv src/old src/new; echo more >>src/new/a",
        "rm -r data; mkdir data; echo 2 >data/y",
        "rm -r data; echo file >data",
        "rm README; mkdir README; echo in >README/in",
        "ln -s ../README src/link; ln README twin",
        "chmod 755 src/main.c; chmod 700 src",
        "touch README src/main.c; cp README c && mv c README",
        "mkdir -p a/b/c; rmdir a/b/c; rm -r src",
        "tar cf all.tar src && mkdir t && tar xf all.tar -C t && rm all.tar",
        "git init -q . 2>/dev/null; rm -rf .git; true",
    ] {
        check(&old, script)
            .map_err(|error| format!("{script}: {error}"))
            .unwrap();
    }
}

#[test]
fn the_kernel_makes_no_redirects_and_keeps_forged_marks_apart() {
    if !can_mount() {
        return;
    }
    let world = World::new(&files(&[("d/x", "1"), ("f", "1")]));
    let script = "mv d e; setfattr -n user.overlay.redirect -v /d f 2>/dev/null || \
                  python3 -c 'import os; os.setxattr(\"f\", \"user.overlay.redirect\", b\"/d\")'; \
                  mknod w c 0 0; true";
    let output = run_over(&world, script);
    assert!(output.status.success(), "{output:?}");
    let delta = world.scan();
    assert_eq!(delta.marked(), []);
    let paths: Vec<&Path> = delta
        .entries()
        .iter()
        .map(|entry| entry.path.as_path())
        .collect();
    assert_eq!(paths, ["d", "d/x", "e", "e/x"].map(Path::new));
}

/// One edit, as a line of shell.
fn edit() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["a", "b", "c", "dd"]);
    let path = move || prop::collection::vec(name(), 1..4).prop_map(|parts| parts.join("/"));
    prop_oneof![
        3 => path().prop_map(|path| format!("echo new >{path}")),
        2 => path().prop_map(|path| format!("echo more >>{path}")),
        3 => path().prop_map(|path| format!("mkdir -p {path}")),
        3 => path().prop_map(|path| format!("rm -rf {path}")),
        3 => (path(), path()).prop_map(|(from, to)| format!("mv -T {from} {to}")),
        // What a copy of a folder into itself makes depends on the order of its entries.
        2 => (path(), path()).prop_map(|(from, to)| {
            let is_inside = Path::new(&to).starts_with(&from);
            if is_inside { "true".to_owned() } else { format!("cp -rT {from} {to}") }
        }),
        1 => (path(), path()).prop_map(|(to, at)| format!("ln -sfn {to} {at}")),
        // Folders stay such that whoever is not root can look into them.
        1 => (path(), prop::sample::select(vec!["700", "755", "644"])).prop_map(|(path, mode)| {
            let other = if mode == "644" { "750" } else { mode };
            format!("[ -L {path} ] || chmod $([ -d {path} ] && echo {other} || echo {mode}) {path}")
        }),
        1 => path().prop_map(|path| format!("rm -rf {path}; mkdir -p {path}; echo again >{path}/a")),
        1 => path().prop_map(|path| format!("touch {path}")),
    ]
}

#[test]
fn any_edits_end_as_they_would_without_an_overlay() {
    if !can_mount() {
        return;
    }
    let cases = ProptestConfig::with_cases(96);
    let edits = prop::collection::vec(edit(), 1..12);
    let result = TestRunner::new(cases).run(&(trees(), edits), |(old, edits)| {
        // Errors are fine as long as both have them.
        let lines: Vec<String> = edits
            .iter()
            .map(|edit| format!("{{ {edit} ; }} 2>/dev/null"))
            .collect();
        check(&old, &lines.join("\n"))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn four_thousand_files_arrive() {
    if !can_mount() {
        return;
    }
    let old: Vec<(String, String)> = (0..4_000)
        .map(|n| (format!("d{}/{n}", n % 50), format!("{n}")))
        .collect();
    let old: Vec<(&str, &str)> = old
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let world = World::new(&files(&old));
    let output = run_over(&world, "find . -type f -exec sed -i s/^/x/ {} +; true");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.commit().unwrap().applied, 4_000);
    assert_eq!(fs::read(world.host().join("d7/7")).unwrap(), b"x7");
}
