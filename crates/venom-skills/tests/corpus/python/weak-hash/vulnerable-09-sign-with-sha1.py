from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding


def sign_document(private_key, document: bytes) -> bytes:
    return private_key.sign(document, padding.PKCS1v15(), hashes.SHA1())  # expect: weak-hash


def verify_document(public_key, document: bytes, signature: bytes) -> None:
    public_key.verify(signature, document, padding.PKCS1v15(), hashes.SHA1())  # expect: weak-hash
