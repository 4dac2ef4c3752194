use super::super::node::Print;
use super::*;

fn node(form: Form, size: u64) -> Node {
    Node {
        form,
        mode: 0o644,
        size,
        target: None,
        print: Print {
            device: 0,
            inode: 0,
            links: 1,
            modified: 0,
            changed: 0,
            owner: 0,
            group: 0,
        },
    }
}

fn entry(path: &str, old: Option<Node>, new: Option<Node>, role: Role) -> Entry {
    Entry {
        path: PathBuf::from(path),
        old,
        new,
        role,
        facts: Facts::default(),
    }
}

#[test]
fn changes_are_counted_by_role() {
    let file = || Some(node(Form::File, 2 << 20));
    let folder = || Some(node(Form::Folder, 0));
    let delta = Delta {
        entries: vec![
            entry("a", None, file(), Role::Source),
            entry("b", file(), file(), Role::Source),
            entry("c", file(), None, Role::Source),
            entry("d", None, folder(), Role::Source),
            entry("target", None, folder(), Role::Output),
            entry("target/a", None, file(), Role::Output),
        ],
        marked: Vec::new(),
    };
    let sources = Tally {
        created: 1,
        modified: 1,
        deleted: 1,
        folders: 1,
        bytes: 4 << 20,
    };
    let outputs = Tally {
        created: 1,
        folders: 1,
        bytes: 2 << 20,
        ..Tally::default()
    };
    assert_eq!(delta.tally(Role::Source), sources);
    assert_eq!(delta.tally(Role::Output), outputs);
    assert_eq!(delta.tally(Role::Repository), Tally::default());
}

#[test]
fn a_line_says_what_is_not_plain() {
    let file = |mode| {
        let mut file = node(Form::File, 1);
        file.mode = mode;
        Some(file)
    };
    let mut link = node(Form::Link, 1);
    link.target = Some(PathBuf::from("x\ny"));
    let line = |old, new| entry("a\tb", old, new, Role::Source).line();
    assert_eq!(line(None, file(0o644)), "+ a\\tb");
    assert_eq!(line(file(0o644), None), "- a\\tb");
    assert_eq!(line(file(0o644), file(0o755)), "~ a\\tb (mode 644 to 755)");
    assert_eq!(
        line(file(0o644), Some(link)),
        "~ a\\tb -> x\\ny (was a file)"
    );
    assert_eq!(line(Some(node(Form::Folder, 0)), None), "- a\\tb/");
}

#[test]
fn the_folders_that_outputs_need_come_with_them() {
    let file = || Some(node(Form::File, 1));
    let folder = || Some(node(Form::Folder, 0));
    let delta = Delta {
        entries: vec![
            entry("new", None, folder(), Role::Source),
            entry("new/a.c", None, file(), Role::Source),
            entry("new/a.o", None, file(), Role::Output),
            entry("old", folder(), folder(), Role::Source),
            entry("old/a.o", None, file(), Role::Output),
            entry("other", None, folder(), Role::Source),
        ],
        marked: Vec::new(),
    };
    let outputs = delta.of_roles(&[Role::Output]);
    let paths: Vec<&Path> = outputs
        .entries()
        .iter()
        .map(|entry| entry.path.as_path())
        .collect();
    assert_eq!(paths, ["new", "new/a.o", "old/a.o"].map(Path::new));
}
