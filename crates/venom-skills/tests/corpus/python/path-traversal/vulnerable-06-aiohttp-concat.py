from aiohttp import web

ROOT = "/srv/www/"


async def static(request: web.Request) -> web.StreamResponse:
    tail = request.match_info["tail"]
    return web.FileResponse(ROOT + tail)  # expect: path-traversal


app = web.Application()
app.router.add_get("/static/{tail:.*}", static)
