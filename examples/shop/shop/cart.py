"""The cart of a signed-in customer."""

from html import escape

from . import catalog, pages
from .auth import sessions
from .web import Routes, redirect

routes = Routes()


def lines(db, user_id):
    return db.execute(
        "SELECT product_id, name, quantity, price_cents FROM cart_lines"
        " JOIN products ON products.id = product_id WHERE user_id = ? ORDER BY name",
        (user_id,),
    ).fetchall()


def total(cart_lines):
    return sum(line["quantity"] * line["price_cents"] for line in cart_lines)


@routes.on("GET", "/cart")
def show(request):
    user = sessions.require_user(request)
    content = lines(request.db, user["id"])
    if not content:
        return pages.page(request, "Cart", "<p>Your cart is empty.</p>")
    rows = "".join(f"<li>{line['quantity']} x {escape(line['name'])}</li>" for line in content)
    body = f"<ul>{rows}</ul><p>Total {pages.money(total(content))}</p>"
    return pages.page(request, "Cart", body + pages.form(request, "/orders", "Order"))


@routes.on("POST", "/cart")
def put(request):
    """Sets the quantity of one product; none removes the line."""
    user = sessions.require_user(request)
    product = catalog.find(request.db, request.whole_number("product", 0))
    quantity = request.whole_number("quantity", 1)
    key = (user["id"], product["id"])
    request.db.execute("DELETE FROM cart_lines WHERE user_id = ? AND product_id = ?", key)
    if quantity:
        request.db.execute("INSERT INTO cart_lines VALUES (?, ?, ?)", (*key, quantity))
    return redirect("/cart")
