import functools
import hashlib
import pickle


def cached(store):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            cache_key = hashlib.sha1(repr((function.__name__, args)).encode("utf-8"), usedforsecurity=False).hexdigest()  # expect: weak-hash
            if cache_key not in store:
                store[cache_key] = pickle.dumps(function(*args))
            return store[cache_key]
        return wrapper
    return decorate
