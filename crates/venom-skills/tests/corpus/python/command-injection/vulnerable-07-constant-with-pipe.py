import subprocess


def busiest() -> list[str]:
    # The pipe is done by the shell, a plain argument list would not do the same.
    text = subprocess.check_output("ps aux | sort -nrk 3 | head -n 5", shell=True, text=True)  # expect: command-injection
    return text.splitlines()
