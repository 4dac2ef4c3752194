import subprocess


def run(command, **options):
    return subprocess.run(command, shell=True, check=True, **options)  # expect: command-injection


def add_user(login, shell="/bin/bash"):
    run("useradd -m -s %s %s" % (shell, login))
    run("passwd -e %s" % login)
