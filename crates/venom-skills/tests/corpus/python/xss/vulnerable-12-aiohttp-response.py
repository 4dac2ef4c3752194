from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/room/{name}")
async def room(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    body = f"<title>{name}</title><h2>Room {name}</h2>"
    return web.Response(text=body, content_type="text/html")  # expect: xss


app = web.Application()
app.add_routes(routes)
