"""`python3 -m tools.import_products DATABASE FILE` takes in a supplier's price list.

Suppliers send CSV. The wholesaler's own export job writes a pickle of the same rows.
"""

import csv
import pickle
import sys

from shop.db import connect


def read_rows(path):
    if path.endswith(".csv"):
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    with open(path, "rb") as file:
        return pickle.load(file)


def import_rows(db, rows):
    """Adds new products and brings known ones up to date, by SKU."""
    with db:
        db.executemany(
            "INSERT INTO products (sku, name, price_cents, stock)"
            " VALUES (:sku, :name, :price_cents, :stock) ON CONFLICT (sku) DO UPDATE SET"
            " name = excluded.name, price_cents = excluded.price_cents, stock = excluded.stock",
            rows,
        )
    return len(rows)


if __name__ == "__main__":
    print(import_rows(connect(sys.argv[1]), read_rows(sys.argv[2])), "products")
