from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.responses import HTMLResponse

env = Environment(
    loader=PackageLoader("shop"),
    autoescape=select_autoescape(["html", "xml"]),
)
strict = Environment(loader=PackageLoader("shop"), autoescape=True)


async def page(request):
    fields = dict(request.query_params)
    return HTMLResponse(env.get_template("page.html").render(fields=fields))
