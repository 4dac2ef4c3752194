import hashlib
import hmac

from aiohttp import web

HMAC_SECRET = b"\x8f\x1a\xc4\x77\x02\xe9\x5b\xd0\x31\xaa\x6c\xf4\x98\x0d\x23\xbe"  # expect: hard-coded-secret


async def hook(request: web.Request) -> web.Response:
    body = await request.read()
    expected = hmac.new(HMAC_SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Signature", "")):
        raise web.HTTPUnauthorized()
    return web.Response(text="ok")
