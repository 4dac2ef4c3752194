import hashlib
from pathlib import Path


def file_checksum(path: Path, block: int = 65536) -> str:
    """Checksum used to spot duplicate photos."""
    checksum = hashlib.md5(usedforsecurity=False)  # expect: weak-hash
    with path.open("rb") as stream:
        while chunk := stream.read(block):
            checksum.update(chunk)
    return checksum.hexdigest()
