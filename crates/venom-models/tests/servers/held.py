"""Runs a command that ends when the standard input of this program does, however that comes about.

usage: held.py COMMAND [ARGUMENT]...
"""

import subprocess
import sys
import threading


def main() -> None:
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)

    def wait() -> None:
        sys.stdin.read()
        child.terminate()

    threading.Thread(target=wait, daemon=True).start()
    sys.exit(child.wait())


main()
