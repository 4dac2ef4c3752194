use super::*;

fn check(readme: &str, expected: Option<&str>) {
    assert_eq!(script(readme).as_deref(), expected, "{readme}");
}

#[test]
fn finds_the_first_start_and_leaves_out_the_build() {
    check(
        "# X\n```sh\ngit clone https://example.com/venom && cd venom\ncargo build --release\n\
         cd examples/shop\n../../target/release/other\n```\ntext\n```sh\n\
         ./target/release/venom run \"rename a to b\" # a comment\nvenom log\n```\n",
        Some(
            "set -eu\ncd examples/shop\n../../target/release/other\nvenom run \"rename a to b\"\n",
        ),
    );
}

#[test]
fn cargo_run_becomes_the_installed_program() {
    check(
        "```console\n$ cargo run --release -- plan \\\n  \"goal\"\n```\n",
        Some("set -eu\nvenom plan \"goal\"\n"),
    );
    check(
        "```sh\ncargo build && ./target/release/venom doctor\n```",
        Some("set -eu\nvenom doctor\n"),
    );
}

#[test]
fn other_blocks_and_other_programs_do_not_count() {
    check("```yaml\nvenom run\n```\nvenom run\n", None);
    check("```sh\nvenomous run\n```\n", None);
}
