import tarfile
import zipfile


def unpack(path, folder):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            # ZipFile strips separators and parent folders by itself.
            archive.extractall(folder)
        return
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
