import socket
import ssl


def server_certificate(host, port=443):
    context = ssl.create_default_context()
    context.check_hostname = False  # expect: disabled-tls-check
    context.verify_mode = ssl.CERT_NONE  # expect: disabled-tls-check
    with socket.create_connection((host, port), timeout=5) as raw:
        with context.wrap_socket(raw, server_hostname=host) as tls:
            return tls.getpeercert(binary_form=True)
