import boto3
from botocore.config import Config


def bucket_names(endpoint):
    client = boto3.client(  # expect: disabled-tls-check
        "s3",
        endpoint_url=endpoint,
        config=Config(retries={"max_attempts": 2}),
        verify=False,
    )
    return [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
