use super::*;

fn check(out: &str, expected: &[(&str, Option<&str>, Status, Option<u64>)]) {
    let ran = Ran {
        code: Some(0),
        out: out.to_owned(),
        err: String::new(),
        truncated: false,
    };
    let changed = Changed::parse(&ran);
    let seen: Vec<_> = changed
        .files
        .iter()
        .map(|file| {
            (
                file.path.as_str(),
                file.from.as_deref(),
                file.status,
                file.added,
            )
        })
        .collect();
    assert_eq!(seen, expected);
}

#[test]
fn reads_moves_binaries_and_odd_names() {
    check(
        ":100644 100644 a b M\0z\tq.txt\0:100644 100644 a b R090\0old\0new\nline\0\
         :000000 100644 a b A\0pic\0\
         1\t2\tz\tq.txt\x003\t0\t\0old\0new\nline\0-\t-\tpic\0",
        &[
            ("new\nline", Some("old"), Status::Renamed, Some(3)),
            ("pic", None, Status::Added, None),
            ("z\tq.txt", None, Status::Modified, Some(1)),
        ],
    );
}

#[test]
fn a_record_that_was_cut_off_is_left_out() {
    check(
        ":100644 100644 a b M\0a\0:100644 100644 a b M\0cut",
        &[("a", None, Status::Modified, None)],
    );
    check("", &[]);
}
