use std::fs::File;

fn unpack(archive: &mut zip::ZipArchive<File>, target: &std::path::Path) {
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let path = target.join(entry.name());
        let mut out = File::create(&path).unwrap(); // expect: path-traversal
        std::io::copy(&mut entry, &mut out).unwrap();
    }
}
