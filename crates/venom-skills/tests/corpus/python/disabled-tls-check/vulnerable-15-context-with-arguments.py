import http.client
import ssl


def connect(host):
    # The default context takes a Purpose where this one takes a protocol.
    context = ssl._create_unverified_context(ssl.PROTOCOL_TLS_CLIENT, check_hostname=False)  # expect: disabled-tls-check
    return http.client.HTTPSConnection(host, context=context, timeout=5)
