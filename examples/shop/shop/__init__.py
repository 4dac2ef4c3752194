"""A small shop: catalogue, reviews, cart, orders and accounts over SQLite and WSGI."""
