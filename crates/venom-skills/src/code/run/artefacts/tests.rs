use super::{Artefacts, Globs, media};

#[test]
fn images_are_known_by_their_first_bytes() {
    let check = |bytes: &[u8], expected: &str| assert_eq!(media(bytes), expected);
    check(b"\x89PNG\r\n\x1a\n....", "image/png");
    check(b"\xff\xd8\xff\xe0", "image/jpeg");
    check(b"GIF89a", "image/gif");
    check(b"RIFF....WEBPVP8 ", "image/webp");
    check(b"<?xml version='1.0'?><svg xmlns='x'/>", "image/svg+xml");
    check(b"%PDF-1.7", "application/pdf");
    check("a,b\nä,1\n".as_bytes(), "text/plain");
    check(b"\x00\x01\x02", "application/octet-stream");
    check(b"\xff\xfe\xfd", "application/octet-stream");
    check(b"", "text/plain");
}

#[test]
fn a_character_that_the_look_cuts_is_still_text() {
    let text = format!("{}ä", "x".repeat(4_095));
    assert_eq!(media(text.as_bytes()), "text/plain");
}

#[test]
fn links_and_what_is_too_much_stay_behind() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s").unwrap();
    let out = folder.path().join("out");
    std::fs::create_dir_all(out.join("deep")).unwrap();
    std::fs::write(out.join("a.txt"), "a").unwrap();
    std::fs::write(out.join("deep/b.csv"), "b").unwrap();
    std::os::unix::fs::symlink(&secret, out.join("link")).unwrap();
    let all = Artefacts::read(&out, &Globs::of(None).unwrap());
    let names: Vec<&str> = all.all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["a.txt", "deep/b.csv"]);
    assert_eq!(all.left_out.len(), 1, "{:?}", all.left_out);

    let some = Artefacts::read(
        &out,
        &Globs::of(Some(vec!["out/**/*.csv".to_owned()])).unwrap(),
    );
    let names: Vec<&str> = some.all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["deep/b.csv"]);
    assert!(Globs::of(Some(vec!["a[".to_owned()])).is_err());

    let mut many = Artefacts::default();
    for number in 0..300 {
        many.add(format!("{number}"), Vec::new(), &Globs::of(None).unwrap());
    }
    assert_eq!(many.all.len(), 200);
    assert_eq!(many.left_out.len(), 100);
}
