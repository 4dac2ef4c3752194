CONFIG_TEMPLATE = {
    "password": "${DB_PASSWORD}",
    "token": "{{ api_token }}",
    "secret": "%(secret)s",
    "url": "postgresql://{user}:{password}@{host}/{name}",
}


def dsn(user, password, host, name):
    return CONFIG_TEMPLATE["url"].format(user=user, password=password, host=host, name=name)
