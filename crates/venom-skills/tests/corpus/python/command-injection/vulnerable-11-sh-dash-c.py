import subprocess
from argparse import ArgumentParser


def count_matches(word, path):
    script = f"grep -c '{word}' {path} || true"
    done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE)  # expect: command-injection
    return int(done.stdout or 0)


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("word")
    parser.add_argument("path")
    options = parser.parse_args()
    print(count_matches(options.word, options.path))
