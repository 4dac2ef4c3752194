import argparse


def main() -> int:
    parser = argparse.ArgumentParser(description="Print text in pseudo tags")
    parser.add_argument("name")
    name = parser.parse_args().name
    print(f"<b>{name}</b>")
    message = "<%s> joined the channel" % name
    print(message)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
