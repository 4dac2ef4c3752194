import imaplib
import ssl


def mailbox(host, user, password):
    context = ssl.create_default_context(cafile="/etc/ssl/company.pem")
    context.check_hostname = False  # expect: disabled-tls-check
    server = imaplib.IMAP4_SSL(host, ssl_context=context)
    server.login(user, password)
    return server
