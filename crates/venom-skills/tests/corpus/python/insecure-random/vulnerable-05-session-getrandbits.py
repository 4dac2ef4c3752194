import random

from aiohttp import web

sessions = {}


async def login(request: web.Request) -> web.Response:
    session_id = "%032x" % random.getrandbits(128)  # expect: insecure-random
    sessions[session_id] = (await request.post()).get("user")
    answer = web.Response(text="ok")
    answer.set_cookie("session", session_id, httponly=True, secure=True)
    return answer
