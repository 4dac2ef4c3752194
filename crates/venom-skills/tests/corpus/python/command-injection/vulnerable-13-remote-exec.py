import paramiko


def tail_remote(host, user, log_name, lines=50):
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.connect(host, username=user)
    try:
        _, stdout, _ = client.exec_command(f"tail -n {lines} /var/log/{log_name}")  # expect: command-injection
        return stdout.read().decode()
    finally:
        client.close()
