//! `code.run` with the interpreters of this machine.

use serde_json::{Value, json};
use venom_kernel::evidence::Evidence;
use venom_ports::FailureKind;

use crate::world::{World, column, text};

fn has(program: &str) -> bool {
    let is_there = std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("SKIPPED: {program} is not installed");
    }
    is_there
}

fn run(world: &World, params: Value) -> (Value, Option<i32>) {
    let (result, evidence) = world.call_with_evidence("code.run", params);
    match evidence.as_slice() {
        [Evidence::Exit { code }] => (result, *code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_shell_snippet_reads_its_inputs_and_leaves_artefacts() {
    let world = World::new();
    world.write("data/in.csv", "a,b\n");
    let source = "cat in.csv; cat; printf '\\211PNG\\r\\n\\032\\n' >out/plot.png; \
                  mkdir out/deep; echo x >out/deep/t.txt; ln -s /etc/passwd out/link";
    let (result, code) = run(
        &world,
        json!({
            "language": "shell", "source": source, "stdin": "from stdin\n",
            "inputs": ["data/in.csv"], "to": "made",
        }),
    );
    assert_eq!(
        (&result["outcome"], code),
        (&json!("ok"), Some(0)),
        "{result}"
    );
    assert_eq!(result["stdout"], "a,b\nfrom stdin\n");
    assert_eq!(
        column(&result["artefacts"], "name"),
        ["deep/t.txt", "plot.png"]
    );
    assert_eq!(
        column(&result["artefacts"], "media"),
        ["text/plain", "image/png"]
    );
    assert_eq!(world.staged_paths(), ["made/deep/t.txt", "made/plot.png"]);
    assert!(
        result["left_out"][0].as_str().unwrap().contains("link"),
        "{result}"
    );

    // Nothing gets into the workspace unasked.
    let world = World::new();
    let params =
        json!({"language": "sh", "source": "echo 1 >out/a; echo 2 >out/b", "artefacts": ["b"]});
    let (result, _) = run(&world, params);
    assert_eq!(column(&result["artefacts"], "name"), ["b"]);
    assert_eq!(world.staged_paths(), Vec::<String>::new());
}

#[test]
fn what_goes_wrong_has_a_name() {
    let world = World::new();
    let outcome = |source: &str| {
        let params = json!({"language": "shell", "source": source, "timeout": 1});
        let (result, code) = run(&world, params);
        (result["outcome"].as_str().unwrap().to_owned(), code)
    };
    assert_eq!(outcome("exit 3"), ("failed".to_owned(), Some(3)));
    assert_eq!(outcome("kill -9 $$"), ("killed".to_owned(), None));
    assert_eq!(outcome("sleep 60"), ("timed-out".to_owned(), Some(1)));
    for (params, why) in [
        (json!({"language": "shell"}), "either `source` or `file`"),
        (json!({"source": "x"}), "`language` is missing"),
        (
            json!({"source": "x", "language": "cobol"}),
            "`cobol` cannot be run",
        ),
        (json!({"source": " ", "language": "sh"}), "is empty"),
        (
            json!({"source": "x", "language": "sh", "keep": true}),
            "no interpreter of shell",
        ),
        (
            json!({"source": "x", "language": "sh", "inputs": ["no"]}),
            "there is no file",
        ),
        (json!({"file": "a.txt"}), "does not say its language"),
        (
            json!({"source": "x", "language": "sh", "artefacts": ["a["]}),
            "is no pattern",
        ),
    ] {
        let failure = world.fails("code.run", params.clone());
        assert!(failure.message.contains(why), "{params}: {failure}");
    }
    let world = World::new().without("node");
    let failure = world.fails("code.run", json!({"language": "js", "source": "1"}));
    assert_eq!(failure.kind, FailureKind::Missing);
}

#[test]
fn long_output_is_cut_and_kept_as_a_blob() {
    let world = World::new();
    let params = json!({"language": "sh", "source": "yes 0123456789 | head -n 20000"});
    let (result, _) = run(&world, params);
    assert!(result["stdout"].as_str().unwrap().len() < 70_000);
    assert_eq!(
        result["stdout_whole"].as_array().map(Vec::len),
        Some(1),
        "{result}"
    );
    assert_eq!(result["truncated"], json!(true));
    assert!(result["stderr_whole"].is_null(), "{result}");
    assert!(text(&result).len() <= 64 << 10);
}

#[test]
fn python_node_and_rust_run() {
    let world = World::new();
    world.write("tool/neighbour.py", "x = 5\n");
    world.write(
        "tool/main.py",
        "import neighbour, sys\nprint(neighbour.x, sys.argv[1:])\n",
    );
    if has("python3") {
        let (result, _) = run(&world, json!({"file": "tool/main.py", "args": ["a b"]}));
        assert_eq!(result["stdout"], "5 ['a b']\n", "{result}");
        let (result, code) = run(&world, json!({"language": "python", "source": "1/0"}));
        assert_eq!((&result["outcome"], code), (&json!("failed"), Some(1)));
        assert!(
            result["stderr"]
                .as_str()
                .unwrap()
                .contains("ZeroDivisionError")
        );
    }
    if has("node") {
        let module = "import fs from 'fs';\nconsole.log(await Promise.resolve(typeof fs));\n";
        let (result, _) = run(&world, json!({"language": "javascript", "source": module}));
        assert_eq!(result["stdout"], "object\n", "{result}");
        let script = "console.log(typeof require)";
        let (result, _) = run(&world, json!({"language": "javascript", "source": script}));
        assert_eq!(result["stdout"], "function\n", "{result}");
    }
}
