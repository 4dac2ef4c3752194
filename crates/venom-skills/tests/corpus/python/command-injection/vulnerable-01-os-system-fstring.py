import os
import sys


def ping(host):
    """Return True when the host answers one packet."""
    return os.system(f"ping -c 1 {host} > /dev/null") == 0  # expect: command-injection


if __name__ == "__main__":
    print(ping(sys.argv[1]))
