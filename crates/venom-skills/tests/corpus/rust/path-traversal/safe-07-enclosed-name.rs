use std::fs::File;

fn unpack(archive: &mut zip::ZipArchive<File>, target: &std::path::Path) {
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let Some(name) = entry.enclosed_name() else { continue };
        let mut out = File::create(target.join(name)).unwrap();
        std::io::copy(&mut entry, &mut out).unwrap();
    }
}
