import shlex
import subprocess

COMMAND = "git -c color.ui=never log --oneline -n 20"


def recent_commits(repository):
    done = subprocess.run(shlex.split(COMMAND), cwd=repository, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().splitlines()
