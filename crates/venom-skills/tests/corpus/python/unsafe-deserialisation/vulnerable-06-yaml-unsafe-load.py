import argparse

import yaml


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=argparse.FileType("r"))
    options = parser.parse_args()
    tree = yaml.unsafe_load(options.file)  # expect: unsafe-deserialisation
    print(len(tree))


main()
