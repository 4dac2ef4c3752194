"""Products: the list with its search, and the page of one product."""

import random
from html import escape

from . import pages, reviews
from .web import HTTPError, Routes

routes = Routes()
COLUMNS = "id, sku, name, price_cents, stock"
SELECT = "SELECT " + COLUMNS + " FROM products"


def find(db, product_id):
    product = db.execute(SELECT + " WHERE id = ?", (product_id,)).fetchone()
    if product is None:
        raise HTTPError(404, "There is no such product.")
    return product


def search(db, term, sort="name", limit=50):
    pattern = "%" + term + "%"
    return db.execute(
        f"SELECT {COLUMNS} FROM products WHERE name LIKE ? ORDER BY {sort} LIMIT {int(limit)}",
        (pattern,),
    ).fetchall()


def product_of_the_day(products, now):
    """The same product for everybody until midnight UTC."""
    return random.Random(now // 86400).choice(products)


@routes.on("GET", "/")
def index(request):
    term = request.query.get("q", "")
    products = search(request.db, term, request.query.get("sort", "name"))
    if not products:
        return pages.page(request, "Products", f"<p>Nothing found for {escape(term)}.</p>")
    rows = "".join(
        f'<li><a href="/products/{row["id"]}">{escape(row["name"])}</a> '
        f"{pages.money(row['price_cents'])}</li>"
        for row in products
    )
    today = escape(product_of_the_day(products, request.now)["name"])
    return pages.page(request, "Products", f"<p>Today: {today}</p><ul>{rows}</ul>")


@routes.on("GET", "/products/([0-9]+)")
def show(request, product_id):
    product = find(request.db, product_id)
    body = f"<p>{pages.money(product['price_cents'])}, {product['stock']} in stock</p>"
    if request.user:
        fields = (
            f'<input type="hidden" name="product" value="{product["id"]}"><input name="quantity" value="1">'
        )
        body += pages.form(request, "/cart", "Add to cart", fields)
    body += reviews.section(request, product["id"])
    return pages.page(request, product["name"], body)
