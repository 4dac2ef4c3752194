import os
import zipfile


def unpack(upload, folder):
    """Unpack an uploaded archive, showing progress."""
    with zipfile.ZipFile(upload) as archive:
        for name in archive.namelist():
            if name.endswith("/"):
                continue
            target = os.path.join(folder, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as out:  # expect: path-traversal
                out.write(archive.read(name))
            print("unpacked", name)
