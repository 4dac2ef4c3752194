import base64
import os
import uuid


def session_id() -> str:
    return base64.urlsafe_b64encode(os.urandom(24)).decode()


def api_key() -> str:
    return uuid.uuid4().hex + uuid.uuid4().hex
