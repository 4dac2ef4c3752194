import smtplib
import ssl
from email.message import EmailMessage


def send(host, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    with smtplib.SMTP(host, 587) as server:
        server.starttls(context=context)
        server.send_message(message)
