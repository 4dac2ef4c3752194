use std::io::{Cursor, Write as _};

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::judge::{Paths, path, stays_inside};
use super::pack::Packer;
use super::read::read;
use super::*;

/// What was read of an archive, whole.
#[derive(Debug)]
struct Unpacked {
    files: Vec<Packed>,
    left_out: Vec<String>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

fn unpacked(bytes: &[u8]) -> std::result::Result<Unpacked, String> {
    unpacked_within(bytes, Limits::default())
}

fn unpacked_within(bytes: &[u8], limits: Limits) -> std::result::Result<Unpacked, String> {
    let form = Form::of_bytes(bytes).ok_or("no archive")?;
    let room = TempDir::new().unwrap();
    let archive = room.path().join("archive");
    std::fs::write(&archive, bytes).unwrap();
    let aside = room.path().join("files");
    std::fs::create_dir(&aside).unwrap();
    let read = read(&archive, form, limits, &aside, &CancellationToken::new());
    let contents = read.map_err(|failure| failure.message)?;
    let whole: u64 = contents.files.iter().map(|file| file.size).sum();
    assert_eq!(contents.size, whole);
    let load = |file: &super::read::Found| Packed {
        path: file.path.clone(),
        bytes: std::fs::read(&file.aside).unwrap(),
        is_executable: file.is_executable,
    };
    Ok(Unpacked {
        files: contents.files.iter().map(load).collect(),
        left_out: contents.left_out,
    })
}

fn packed(files: &[Packed], form: Form) -> std::io::Result<Vec<u8>> {
    let mut packer = Packer::new(Cursor::new(Vec::new()), form)?;
    for file in files {
        packer.add(file)?;
    }
    Ok(packer.finish()?.into_inner())
}

fn file(path: &str, bytes: &[u8], is_executable: bool) -> Packed {
    Packed {
        path: path.to_owned(),
        bytes: bytes.to_vec(),
        is_executable,
    }
}

/// A tar archive whose names are written as they stand, as no honest program would.
fn raw_tar(entries: &[(&str, tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, target, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o6755);
        header.set_entry_type(*kind);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn raw_zip(names: &[(&str, u32)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode) in names {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(*mode);
        writer.start_file(*name, options).unwrap();
        writer.write_all(b"x").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn what_is_packed_comes_back_and_the_same_files_give_the_same_bytes() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    let files = [
        file("a.txt", b"one\r\ntwo\n", false),
        file("bin/run", &[0, 255, 10, 13], true),
        file("empty", b"", false),
        file(&long, &vec![7; 100_000], false),
        file("\u{e4}/\u{6f22}.txt", "gr\u{fc}n".as_bytes(), false),
    ];
    for form in [Form::Tar, Form::TarGz, Form::TarZst, Form::Zip] {
        let bytes = packed(&files, form).unwrap();
        assert_eq!(bytes, packed(&files, form).unwrap(), "{form}");
        assert_eq!(Form::of_bytes(&bytes), Some(form));
        let back = unpacked(&bytes).unwrap();
        assert!(back.left_out.is_empty(), "{form}");
        assert_eq!(back.files.len(), files.len(), "{form}");
        let mut files: Vec<&Packed> = files.iter().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        for (is, was) in back.files.iter().zip(files) {
            assert_eq!(
                (&is.path, &is.bytes, is.is_executable),
                (&was.path, &was.bytes, was.is_executable),
                "{form}"
            );
        }
    }
}

#[test]
fn names_that_lead_out_or_mean_two_things_are_refused() {
    for bad in [
        "../x",
        "a/../../x",
        "/etc/passwd",
        "a\\b",
        "..\\x",
        "C:/x",
        "c:x",
        "a\nb",
        "a\u{7f}",
    ] {
        assert!(path(bad).is_err(), "{bad:?}");
        if !bad.contains('\u{7f}') {
            let tar = raw_tar(&[(bad, tar::EntryType::Regular, "", b"x")]);
            let why = unpacked(&tar).err().unwrap_or_default();
            assert!(why.contains("not unpacked because of"), "{bad:?}: {why}");
        }
    }
    assert!(path(&"x/".repeat(100)).is_err());
    assert!(path(&"x".repeat(256)).is_err());
    assert_eq!(path("./a//b/./c").unwrap(), "a/b/c");
    for bad in ["../x", "/x", "a/../../x"] {
        assert!(unpacked(&raw_zip(&[(bad, 0o644)])).is_err(), "{bad}");
    }
}

#[test]
fn names_that_collide_are_refused() {
    let both = |one: &str, two: &str| {
        let mut paths = Paths::default();
        paths.file(one).unwrap();
        paths.file(two).is_err()
    };
    assert!(both("a", "a"));
    assert!(both("README", "readme"));
    assert!(
        both("src/a", "SRC/b"),
        "two folders that one file system may take for one"
    );
    assert!(both("a", "a/b"));
    assert!(both("a/b", "a"));
    assert!(both("\u{c4}", "\u{e4}"));
    assert!(!both("a/b", "a/c"));
    let twice = raw_tar(&[
        ("a", tar::EntryType::Regular, "", b"x"),
        ("a", tar::EntryType::Regular, "", b"y"),
    ]);
    assert!(unpacked(&twice).is_err());
    // The writer refuses two entries of one name, so the second is renamed in the bytes.
    let mut zip = raw_zip(&[("aa", 0o644), ("ab", 0o644)]);
    let places: Vec<usize> = zip
        .windows(2)
        .enumerate()
        .filter(|(_, window)| window == b"ab")
        .map(|(at, _)| at)
        .collect();
    for at in places {
        zip[at + 1] = b'a';
    }
    assert!(unpacked(&zip).is_err());
}

#[test]
fn links_outward_and_devices_are_refused_and_links_inward_left_out() {
    for target in ["/etc/passwd", "../../x", ".."] {
        let tar = raw_tar(&[("a/link", tar::EntryType::Symlink, target, b"")]);
        let why = unpacked(&tar).err();
        assert_eq!(why.is_some(), target != "..", "{target}: {why:?}");
    }
    assert!(!stays_inside("link", ".."));
    let inward = raw_tar(&[
        ("a/file", tar::EntryType::Regular, "", b"x"),
        ("a/link", tar::EntryType::Symlink, "file", b""),
        ("a/hard", tar::EntryType::Link, "a/file", b""),
        ("b/", tar::EntryType::Directory, "", b""),
    ]);
    let back = unpacked(&inward).unwrap();
    let paths: Vec<&str> = back.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a/file", "a/hard"], "by their paths");
    assert_eq!(back.left_out.len(), 2, "{:?}", back.left_out);
    // A link first, then a file through it: the link is no folder, so nothing goes through it.
    let through = raw_tar(&[
        ("a", tar::EntryType::Symlink, "b", b""),
        ("a/x", tar::EntryType::Regular, "", b"x"),
    ]);
    assert!(unpacked(&through).is_err());
    for kind in [
        tar::EntryType::Char,
        tar::EntryType::Block,
        tar::EntryType::Fifo,
    ] {
        assert!(unpacked(&raw_tar(&[("dev", kind, "", b"")])).is_err());
    }
    let outward = raw_tar(&[("h", tar::EntryType::Link, "../../etc/passwd", b"")]);
    assert!(unpacked(&outward).is_err());
}

#[test]
fn bombs_go_off_before_they_are_unpacked() {
    let zeros = vec![0; 24 << 20];
    for form in [Form::TarGz, Form::TarZst, Form::Zip] {
        let bytes = packed(&[file("zeros", &zeros, false)], form).unwrap();
        let why = unpacked(&bytes).err().unwrap_or_default();
        assert!(why.contains("times what it takes itself"), "{form}: {why}");
    }
    let many: Vec<Packed> = (0..=ENTRIES)
        .map(|n| file(&format!("f{n}"), b"", false))
        .collect();
    let why = unpacked(&packed(&many, Form::Tar).unwrap())
        .err()
        .unwrap_or_default();
    assert!(why.contains("entries"), "{why}");
}

#[test]
fn whoever_means_more_says_so() {
    let zeros = vec![0; 24 << 20];
    for form in [Form::TarGz, Form::TarZst, Form::Zip] {
        let bytes = packed(&[file("zeros", &zeros, false)], form).unwrap();
        let within = |limits| unpacked_within(&bytes, limits).err().unwrap_or_default();
        let trusted = Limits {
            ratio: MOST_RATIO,
            ..Limits::default()
        };
        assert_eq!(within(trusted), "", "{form}");
        let narrow = Limits {
            bytes: 23 << 20,
            ..trusted
        };
        let why = within(narrow);
        assert!(why.contains("more than 23 MiB together"), "{form}: {why}");
    }
    let three = [1, 2, 3].map(|n| file(&format!("f{n}"), b"", false));
    for form in [Form::Tar, Form::Zip] {
        let bytes = packed(&three, form).unwrap();
        let within = |entries| {
            let limits = Limits {
                entries,
                ..Limits::default()
            };
            unpacked_within(&bytes, limits).err().unwrap_or_default()
        };
        assert_eq!(within(3), "", "{form}");
        assert!(within(2).contains("more than 2 entries"), "{form}");
    }
}

#[test]
fn whatever_is_cut_off_or_damaged_is_no_archive() {
    let files = [file("a", &[1; 5_000], false), file("b", b"two", true)];
    for form in [Form::Tar, Form::TarGz, Form::TarZst, Form::Zip] {
        let bytes = packed(&files, form).unwrap();
        let cut = bytes.get(..bytes.len() / 3).unwrap_or_default();
        assert!(unpacked(cut).is_err(), "{form}");
    }
    for noise in [
        &b""[..],
        b"PK",
        b"PK\x03\x04",
        &[0x1f, 0x8b, 8, 0, 1],
        b"hello",
    ] {
        assert!(unpacked(noise).is_err(), "{noise:?}");
    }
    // Any byte may be wrong: it is refused or it is read, and nothing breaks.
    let zip = packed(&files, Form::Zip).unwrap();
    for at in 0..zip.len() {
        let mut damaged = zip.clone();
        damaged[at] ^= 0xff;
        let _either = unpacked(&damaged);
    }
}

#[test]
fn only_the_bit_for_executing_is_kept_of_a_mode() {
    let tar = raw_tar(&[("run", tar::EntryType::Regular, "", b"x")]);
    let back = unpacked(&tar).unwrap();
    assert!(back.files.iter().all(|file| file.is_executable));
    let zip = raw_zip(&[("plain", 0o644), ("run", 0o4755)]);
    let back = unpacked(&zip).unwrap();
    let bits: Vec<bool> = back.files.iter().map(|file| file.is_executable).collect();
    assert_eq!(bits, [false, true]);
}
