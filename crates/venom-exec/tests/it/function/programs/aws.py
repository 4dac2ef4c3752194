"""Starts an emulator of AWS with one function and prints where it is and who may call it.

The first argument says whether functions run (`containers`), are only known (`docker`), or answer with what they
were sent (`simple`). Signatures are checked from the end of the preparation on. Ends when its standard input does.
"""
import io
import json
import os
import sys
import urllib.request
import zipfile

import boto3
from moto.server import ThreadedMotoServer

BODY = """
def handle(event, context):
    if event.get("fail"):
        raise KeyError("no such image")
    print("a line of the log")
    return {"got": event, "context": getattr(context.client_context, "custom", None)}
"""


def try_out(client):
    """Calls the function with the platform's own client until a container has run it; says why none did.

    The first container of an engine that was just started may fail, for which nobody who calls it is to blame.
    """
    said = []
    for _ in range(3):
        try:
            answer = client.invoke(FunctionName="f", Payload=b"{}")["Payload"].read().decode()
            if json.loads(answer).get("got") == {}:
                return None
        except Exception as error:
            answer = str(error)
        said.append(answer)
        print(f"the emulator answered {answer!r}", file=sys.stderr)
    return f"the emulator runs no function in a container: {said}"


def main():
    # What is printed is the description alone: the emulator prints warnings of its own.
    said_to, sys.stdout = sys.stdout, sys.stderr
    if sys.argv[1] == "containers":
        import image

        reason = image.make()
        if reason:
            print(json.dumps({"skip": reason}), file=said_to, flush=True)
            return
        os.environ["MOTO_DOCKER_LAMBDA_IMAGE"] = image.LAMBDA
        # The function calls nobody, and the engine may have no bridge.
        os.environ["MOTO_DOCKER_NETWORK_MODE"] = "none"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"

    def tell(path, body, kind):
        request = urllib.request.Request(url + path, body.encode(), {"content-type": kind})
        urllib.request.urlopen(request).read()

    use_docker = sys.argv[1] != "simple"
    tell("/moto-api/config", json.dumps({"lambda": {"use_docker": use_docker}}), "application/json")
    tell("/moto-api/reset-auth", "1000", "text/plain")

    def client(name):
        return boto3.client(
            name, endpoint_url=url, region_name="eu-west-1", aws_access_key_id="A", aws_secret_access_key="x"
        )

    iam = client("iam")
    iam.create_user(UserName="caller")
    allowed = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="caller", PolicyName="call", PolicyDocument=policy)
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    iam.create_user(UserName="stranger")
    other = iam.create_access_key(UserName="stranger")["AccessKey"]
    role = iam.create_role(RoleName="run", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("f.py", BODY)
    function = client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=role,
        Handler="f.handle",
        Timeout=60,
        Code={"ZipFile": archive.getvalue()},
    )
    if sys.argv[1] == "containers":
        reason = try_out(client("lambda"))
        if reason:
            print(json.dumps({"skip": reason}), file=said_to, flush=True)
            return
    tell("/moto-api/reset-auth", "0", "text/plain")
    said = {
        "port": port,
        "id": key["AccessKeyId"],
        "secret": key["SecretAccessKey"],
        "other_id": other["AccessKeyId"],
        "other_secret": other["SecretAccessKey"],
        "arn": function["FunctionArn"],
    }
    print(json.dumps(said), file=said_to, flush=True)
    sys.stdin.read()


main()
