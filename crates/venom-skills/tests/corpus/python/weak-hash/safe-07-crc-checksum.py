import binascii
import zlib


def checksum(data: bytes) -> int:
    """A checksum against broken cables, not against people."""
    return zlib.crc32(data) & 0xFFFFFFFF


def short(data: bytes) -> str:
    return "%08x" % binascii.crc32(data)
