import subprocess as sp
from pathlib import Path


def current_commit(repo: Path) -> str:
    out = sp.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=repo)  # expect: command-injection
    return out.decode().strip()


if __name__ == "__main__":
    print(current_commit(Path.cwd()))
