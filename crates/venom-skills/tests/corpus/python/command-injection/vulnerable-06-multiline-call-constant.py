import subprocess
import sys


def build_docs() -> int:
    result = subprocess.call(  # expect: command-injection
        "make -C docs html",
        shell=True,
        stderr=subprocess.STDOUT,
    )
    if result != 0:
        sys.exit("documentation failed to build")
    return result
