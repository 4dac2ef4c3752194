import boto3
import hvac


def database_password() -> str:
    client = hvac.Client()
    secret = client.secrets.kv.v2.read_secret_version(path="billing/database")
    return secret["data"]["data"]["password"]


def signing_key() -> str:
    manager = boto3.client("secretsmanager")
    return manager.get_secret_value(SecretId="prod/signing-key")["SecretString"]
