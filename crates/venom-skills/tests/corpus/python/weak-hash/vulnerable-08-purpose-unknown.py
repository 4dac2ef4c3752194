import hashlib as h
import sys


def digest(data):
    return h.md5(data).hexdigest()  # expect: weak-hash


if __name__ == "__main__":
    print(digest(sys.stdin.buffer.read()))
