import argparse
import sys


def main():
    parser = argparse.ArgumentParser(description="Count the lines of files")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    for name in options.files:
        with open(name, encoding="utf-8", errors="replace") as handle:
            print(sum(1 for _ in handle), name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
