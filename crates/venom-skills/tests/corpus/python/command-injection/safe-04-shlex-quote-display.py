import shlex
import subprocess


def run_logged(program, *arguments):
    line = " ".join(shlex.quote(part) for part in (program, *arguments))
    print(f"+ {line}")
    return subprocess.run([program, *arguments], check=True)


def remote(host, path):
    return subprocess.run(["ssh", "--", host, "cat " + shlex.quote(path)], stdout=subprocess.PIPE).stdout
