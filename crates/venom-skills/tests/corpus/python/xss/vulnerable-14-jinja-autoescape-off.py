from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse

env = Environment(  # expect: xss
    loader=FileSystemLoader("pages"),
    autoescape=False,
    trim_blocks=True,
)


async def page(request: Request) -> HTMLResponse:
    fields = dict(request.query_params)
    return HTMLResponse(env.get_template("page.html").render(**fields))
