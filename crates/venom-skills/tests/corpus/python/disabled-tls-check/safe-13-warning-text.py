import argparse


def main():
    parser = argparse.ArgumentParser(
        description="Scan code for requests.get(url, verify=False) and for ssl._create_unverified_context()",
    )
    parser.add_argument("--ssl", action="store_true", default=False)
    options = parser.parse_args()
    print("verify=False" if options.ssl else "nothing to do")


main()
