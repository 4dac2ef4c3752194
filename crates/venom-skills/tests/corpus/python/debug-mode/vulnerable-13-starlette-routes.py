from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def home(request):
    return PlainTextResponse("ready")


app = Starlette(  # expect: debug-mode
    debug=True,
    routes=[Route("/", home)],
)
