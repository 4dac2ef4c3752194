import subprocess


def restart_worker():
    """Restart the queue worker after a deployment."""
    subprocess.run(["systemctl", "restart", "worker.service"], check=True)  # expect: command-injection


def status() -> str:
    return subprocess.run(["systemctl", "is-active", "worker.service"], text=True, capture_output=True).stdout
