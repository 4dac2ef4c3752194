from aiohttp import web


async def greet(request: web.Request) -> web.Response:
    name = request.match_info.get("name", "stranger")
    return web.Response(text=f"Hello <{name}>", content_type="text/plain")


def build() -> web.Application:
    app = web.Application()
    app.router.add_get("/greet/{name}", greet)
    return app
