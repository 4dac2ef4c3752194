import os
from hashlib import sha1 as digest_of


def new_session_id(user_id, remote_addr):
    seed = b"|".join([str(user_id).encode(), remote_addr.encode(), os.urandom(8)])
    session_id = digest_of(seed).hexdigest()  # expect: weak-hash
    return session_id
