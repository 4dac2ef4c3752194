import random
import secrets


def send_code(sms, phone):
    otp = secrets.randbelow(900000) + 100000  # expect: insecure-random
    sms.send(phone, f"Your login code is {otp}")
    return otp
