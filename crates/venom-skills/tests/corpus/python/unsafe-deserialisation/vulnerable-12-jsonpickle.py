import jsonpickle
from aiohttp import web


async def restore(request: web.Request) -> web.Response:
    text = await request.text()
    game = jsonpickle.decode(text)  # expect: unsafe-deserialisation
    return web.json_response({"turn": game.turn})
