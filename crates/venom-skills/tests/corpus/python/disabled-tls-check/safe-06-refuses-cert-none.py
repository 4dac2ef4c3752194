import ssl


def checked(context: ssl.SSLContext) -> ssl.SSLContext:
    if context.verify_mode == ssl.CERT_NONE:
        raise ValueError("this context checks no certificate")
    if context.check_hostname is False:
        raise ValueError("this context checks no host name")
    return context
