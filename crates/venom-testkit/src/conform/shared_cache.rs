//! What every cache that processes share must do.

use venom_ports::cache::SharedCache;

use super::Checked;

/// Asserts what the port promises. `other` is another client of the same service for another data folder.
pub fn suite(cache: &dyn SharedCache, other: &dyn SharedCache) -> Checked {
    assert!(!cache.check()?.is_empty());
    assert!(!cache.name().is_empty());
    assert_eq!(cache.get("nothing")?, None);
    let odd: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    cache.put("odd", &odd)?;
    assert_eq!(cache.get("odd")?, Some(odd));
    cache.put("odd", b"")?;
    assert_eq!(cache.get("odd")?, Some(Vec::new()));
    cache.put("odd", b"later")?;
    assert_eq!(cache.get("odd")?.as_deref(), Some(b"later".as_slice()));
    // Folders do not see each other's values.
    assert_eq!(other.get("odd")?, None);
    other.put("odd", b"theirs")?;
    assert_eq!(cache.get("odd")?.as_deref(), Some(b"later".as_slice()));
    // One that is too large is not kept, and is no failure.
    cache.put("large", &vec![7; 64 << 20])?;
    assert_eq!(cache.get("large")?, None);
    Ok(())
}
