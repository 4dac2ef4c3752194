"""Orders: placing one from the cart, and the customer's history."""

from html import escape

from . import cart, pages
from .auth import sessions
from .web import HTTPError, Routes, redirect

routes = Routes()
SORTS = {"newest": "placed DESC, id DESC", "largest": "total_cents DESC, id DESC"}


def place(db, user_id, now):
    lines = cart.lines(db, user_id)
    if not lines:
        raise HTTPError(400, "Your cart is empty.")
    marks = ", ".join("?" for _ in lines)
    stock = dict(
        db.execute(
            f"SELECT id, stock FROM products WHERE id IN ({marks})",
            [line["product_id"] for line in lines],
        ).fetchall()
    )
    for line in lines:
        if line["quantity"] > stock[line["product_id"]]:
            raise HTTPError(409, f"We do not have enough of {line['name']}.")
    order_id = db.execute(
        "INSERT INTO orders (user_id, placed, total_cents) VALUES (?, ?, ?)",
        (user_id, now, cart.total(lines)),
    ).lastrowid
    for line in lines:
        taken = (line["quantity"], line["product_id"])
        db.execute("UPDATE products SET stock = stock - ? WHERE id = ?", taken)
        db.execute(
            "INSERT INTO order_lines VALUES (?, ?, ?, ?)",
            (order_id, line["product_id"], line["quantity"], line["price_cents"]),
        )
    db.execute("DELETE FROM cart_lines WHERE user_id = ?", (user_id,))
    return order_id


def history(db, user_id, sort):
    order_by = SORTS.get(sort, SORTS["newest"])
    query = f"SELECT id, total_cents FROM orders WHERE user_id = ? ORDER BY {order_by}"
    return db.execute(query, (user_id,)).fetchall()


@routes.on("GET", "/orders")
def index(request):
    user = sessions.require_user(request)
    rows = "".join(
        f'<li><a href="/orders/{row["id"]}">Order {row["id"]}</a> {pages.money(row["total_cents"])}</li>'
        for row in history(request.db, user["id"], request.query.get("sort"))
    )
    return pages.page(request, "Orders", f"<ul>{rows}</ul>")


@routes.on("POST", "/orders")
def create(request):
    user = sessions.require_user(request)
    return redirect(f"/orders/{place(request.db, user['id'], request.now)}")


@routes.on("GET", "/orders/([0-9]+)")
def show(request, order_id):
    user = sessions.require_user(request)
    # Somebody else's order and no order look the same, so that numbers cannot be probed.
    order = request.db.execute(
        f"SELECT id, total_cents FROM orders WHERE id = {int(order_id)} AND user_id = ?",
        (user["id"],),
    ).fetchone()
    if order is None:
        raise HTTPError(404, "There is no such order.")
    lines = request.db.execute(
        "SELECT name, quantity FROM order_lines JOIN products ON products.id = product_id"
        " WHERE order_id = ? ORDER BY name",
        (order["id"],),
    )
    rows = "".join(f"<li>{line['quantity']} x {escape(line['name'])}</li>" for line in lines)
    body = f"<ul>{rows}</ul><p>Total {pages.money(order['total_cents'])}</p>"
    return pages.page(request, f"Order {order['id']}", body)
