import getpass

import keyring

SERVICE = "report-uploader"


def password_for(user: str) -> str:
    password = keyring.get_password(SERVICE, user)
    if password is None:
        password = getpass.getpass(prompt="Password: ")
        keyring.set_password(SERVICE, user, password)
    return password
