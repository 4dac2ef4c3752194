use super::super::disk::Missing;
use super::*;

/// The real disk without flushes, for looking at what is left.
#[derive(Debug)]
pub(super) struct Quick;

impl Disk for Quick {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Handle>> {
        RealDisk
            .create(path)
            .map(|file| Arc::new(QuickFile(file)) as Arc<dyn Handle>)
    }
    fn open(&self, path: &Path, missing: Missing) -> io::Result<Arc<dyn Handle>> {
        RealDisk
            .open(path, missing)
            .map(|file| Arc::new(QuickFile(file)) as Arc<dyn Handle>)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(path)
    }
}

#[derive(Debug)]
struct QuickFile(Arc<dyn Handle>);

impl Handle for QuickFile {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, bytes)
    }
    fn cut(&self, size: u64) -> io::Result<()> {
        self.0.cut(size)
    }
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
    fn try_lock(&self) -> io::Result<bool> {
        self.0.try_lock()
    }
    fn lock(&self) -> io::Result<()> {
        self.0.lock()
    }
    fn lock_shared(&self) -> io::Result<()> {
        self.0.lock_shared()
    }
    fn unlock(&self) -> io::Result<()> {
        self.0.unlock()
    }
}
