import subprocess as sp


def archive(folder, target):
    command = ["tar", "-czf", target, "--", folder]
    sp.run(command, shell=False, check=True)
    return sp.check_output(["sha256sum", target], shell=False, text=True).split()[0]
