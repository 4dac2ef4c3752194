use std::path::Path;

pub fn load(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path.join("settings.toml"))
}
