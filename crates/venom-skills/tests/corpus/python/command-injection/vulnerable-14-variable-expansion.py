import subprocess


def list_cache():
    """List what the build cache holds, newest first."""
    return subprocess.check_output("ls -t $HOME/.cache/build", shell=True).decode().split()  # expect: command-injection
