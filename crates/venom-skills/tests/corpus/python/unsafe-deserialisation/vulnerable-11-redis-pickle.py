from pickle import dumps, loads

import redis


class Cache:
    def __init__(self, url):
        self.client = redis.Redis.from_url(url)

    def set(self, key, value, ttl=60):
        self.client.setex(key, ttl, dumps(value))

    def get(self, key):
        data = self.client.get(key)
        return loads(data) if data is not None else None  # expect: unsafe-deserialisation
