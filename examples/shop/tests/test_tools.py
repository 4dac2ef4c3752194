import contextlib
import io
import os
import pickle
import tempfile

from shop.db import connect
from tools import import_products, maintenance

from .client import ShopTest

ROWS = [
    {"sku": "T-1", "name": "Teapot", "price_cents": 2600, "stock": 5},
    {"sku": "S-1", "name": "Spoon", "price_cents": 300, "stock": 40},
]


class Tools(ShopTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_a_csv_list_updates_known_products_and_adds_new_ones(self):
        with open(self.path("list.csv"), "w", encoding="utf-8") as file:
            file.write("sku,name,price_cents,stock\nT-1,Teapot,2600,5\nS-1,Spoon,300,40\n")
        self.assertEqual(import_products.import_rows(self.db, import_products.read_rows(file.name)), 2)
        self.assertEqual(self.scalar("SELECT price_cents FROM products WHERE sku = 'T-1'"), 2600)
        self.assertEqual(self.scalar("SELECT count(*) FROM products"), 4)

    def test_the_wholesalers_file_holds_the_same_rows(self):
        with open(self.path("list.pickle"), "wb") as file:
            pickle.dump(ROWS, file)
        self.assertEqual(import_products.read_rows(file.name), ROWS)

    def test_maintenance_leaves_a_copy_of_the_database(self):
        database, target = self.path("shop.db"), self.path("backup.db")
        connect(database).close()
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            maintenance.main(database, target)
        self.assertIn("0 sessions dropped", printed.getvalue())
        copy = connect(target)
        self.addCleanup(copy.close)
        self.assertEqual(maintenance.row_counts(copy), {"users": 0, "products": 0, "orders": 0})
