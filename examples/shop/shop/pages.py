"""Markup shared by all pages. Callers escape what they put into a body."""

from html import escape

from .web import Response


def render(request, title, body):
    if request.user:
        name = escape(request.user["display_name"])
        corner = (
            f'<a href="/members/{request.user["id"]}">{name}</a> {form(request, "/logout", "Sign out")}'
        )
    else:
        corner = '<a href="/login">Sign in</a> <a href="/register">Register</a>'
    return (
        f"<!doctype html><title>{escape(title)} - Shop</title>"
        '<link rel="stylesheet" href="/static/style.css">'
        f'<nav><a href="/">Shop</a> <a href="/cart">Cart</a> {corner}</nav>'
        f"<main><h1>{escape(title)}</h1>{body}</main>"
    )


def page(request, title, body, status=200):
    return Response(render(request, title, body), status)


def form(request, action, label, fields=""):
    """A form with the token that proves it came from one of our pages."""
    token = f'<input type="hidden" name="csrf" value="{escape(request.csrf)}">'
    return f'<form method="post" action="{action}">{token}{fields}<button>{label}</button></form>'


def money(cents):
    return f"{cents // 100}.{cents % 100:02d}"
