//! Full files are put aside, and no line is lost on the way.

use super::*;

#[test]
fn keeps_five_and_the_newest_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = Rotating::with_limit(folder.path(), 100);
    for number in 0..200 {
        log.write(&format!("line {number:04}"));
    }
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.starts_with("venom"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 6, "{names:?}");
    let mut lines = Vec::new();
    for name in names.iter().rev() {
        let text = std::fs::read_to_string(folder.path().join(name)).expect("a file");
        lines.extend(text.lines().map(str::to_owned));
    }
    let first = 200 - lines.len();
    let expected: Vec<String> = (first..200).map(|n| format!("line {n:04}")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn no_folder_is_no_error() {
    let log = Rotating::open(Path::new("/proc/nothing/here"));
    log.write("lost");
}
