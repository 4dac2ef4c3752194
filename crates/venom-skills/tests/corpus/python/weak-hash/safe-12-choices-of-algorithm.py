import argparse
import hashlib

STRONG = ("sha256", "sha384", "sha512")


def main():
    parser = argparse.ArgumentParser(epilog="md5 and sha1 are not offered any more")
    parser.add_argument("--algorithm", choices=STRONG, default="sha256")
    parser.add_argument("file", type=argparse.FileType("rb"))
    options = parser.parse_args()
    state = hashlib.new(options.algorithm)
    state.update(options.file.read())
    print(state.hexdigest())
