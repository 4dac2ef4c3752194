import paramiko


def open_client(host, user="deploy", password="gR4nite.Swallow9"):  # expect: hard-coded-secret
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.connect(host, username=user, password=password)
    return client
