//! What commands leave to harm whoever looks at it.

use super::*;

async fn refused(bench: &Bench, label: &str, script: &str, named: &str) {
    let (finished, left) = bench
        .once(label, &format!("{script}; : > harmless.txt"))
        .await;
    let failure = left.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused, "{script}: {failure}");
    assert!(
        failure.message.contains(named),
        "{script}: {failure} {finished:?}"
    );
    let left: Vec<_> = fs::read_dir(bench.root())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left, ["seen.txt"], "{script}");
}

#[tokio::test]
async fn hostile_leftovers_are_refused_whole() {
    let Some(bench) = bench().await else { return };
    fs::write(bench.root().join("seen.txt"), "seen").unwrap();
    for (script, named) in [
        ("ln -s /etc/passwd evil", "evil"),
        (
            "rm seen.txt; ln -s ../../../../../etc/shadow seen.txt",
            "seen.txt",
        ),
        ("mkfifo evil", "evil"),
        ("mkdir .venom; echo x > .venom/config.yaml", ".venom"),
        (
            "mkdir -p .git/hooks; echo x > .git/hooks/pre-commit",
            ".git",
        ),
        (
            "mkdir evil; cd evil; mkdir objects refs; : > HEAD; : > config; cd ..",
            "evil",
        ),
        (
            "mkdir evil; cd evil; i=0; while [ $i -lt 200 ]; do mkdir d; cd d; i=$((i+1)); done; cd /; cd \"$PWD\"",
            "too deep",
        ),
    ] {
        refused(&bench, "hostile", script, named).await;
    }
    bench.gone("hostile").await;
    assert_eq!(bench.folders(), Vec::<String>::new());
}

#[tokio::test]
async fn a_set_id_bit_and_a_device_cannot_even_be_made() {
    let Some(bench) = bench().await else { return };
    let (finished, left) = bench
        .once(
            "setid",
            "cp /bin/busybox b; chmod 4755 b && echo setuid; chmod 2755 b && echo setgid; mknod n b 8 0 && echo device; mknod w c 0 0 && echo whiteout",
        )
        .await;
    assert_eq!(finished.stdout.text(), "");
    assert_eq!(paths(&left.unwrap()), ["+b"]);
}
