import logging
import subprocess

log = logging.getLogger("deploy")


def ansible(playbook, hosts, extra=()):
    parts = ["ansible-playbook", "-i", ",".join(hosts), playbook]
    parts.extend(extra)
    line = " ".join(parts)
    log.info("running %s", line)
    return subprocess.call(line, shell=True)  # expect: command-injection
