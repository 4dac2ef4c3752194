import smtplib

SMTP_HOST = "mail.example.net"
SMTP_USER = "robot"
SMTP_PASSWORD = "w7Kq-Lantern-42-mole"  # expect: hard-coded-secret


def send(sender, receiver, text):
    with smtplib.SMTP_SSL(SMTP_HOST) as server:
        server.login(SMTP_USER, SMTP_PASSWORD)
        server.sendmail(sender, [receiver], text)
