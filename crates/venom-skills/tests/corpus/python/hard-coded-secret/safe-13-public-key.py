"""Keys that everybody may know."""
HOST_PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7hY0m3bq2f9Kf0dY8mXq1vWcT5uRzE4oPnLs6aBgHj"
FINGERPRINT = "SHA256:5Qf0n1tW9kXb3mYcRz7uE2sLaVdGhJpToI8KqNx4wMc"
COMMIT = "3f1b7c09d2e84a65b0c7f91e2a6d5c4830be97fa"
RELEASE_SHA256 = "2f77668a9dfbf8d5848b9eeb4a7145ca94c6ed9236e4a773f6dcafa5132b2f91"


def is_known(line: str) -> bool:
    return line.strip() == HOST_PUBLIC_KEY
