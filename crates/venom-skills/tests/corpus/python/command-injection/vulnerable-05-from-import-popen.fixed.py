from subprocess import PIPE, Popen


def disk_usage():
    process = Popen(["df", "-P", "/"], stdout=PIPE)  # expect: command-injection
    output, _ = process.communicate()
    lines = output.decode().splitlines()
    return int(lines[1].split()[4].rstrip("%"))
