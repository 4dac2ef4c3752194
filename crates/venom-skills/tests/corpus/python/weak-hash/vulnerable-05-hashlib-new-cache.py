import hashlib
import os


class ThumbnailCache:
    folder = "/var/cache/thumbs"

    def cache_path(self, url: str) -> str:
        name = hashlib.new("md5", url.encode()).hexdigest()  # expect: weak-hash
        return os.path.join(self.folder, name[:2], name + ".jpg")
