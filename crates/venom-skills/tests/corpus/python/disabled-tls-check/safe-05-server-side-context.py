import ssl


def server_context(certificate, key):
    """A server that asks its clients for no certificate, as web servers do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_NONE
    return context
