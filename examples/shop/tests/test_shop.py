from shop.__main__ import build
from shop.app import Shop

from .client import Browser, ShopTest


class Catalogue(ShopTest):
    def names(self, **query):
        text = self.browser.get("/", query).text
        return sorted(("Teapot", "Tea towel", "Mug"), key=lambda n: text.find(f"{n}</a>") % 9999)

    def test_products_are_listed_by_name_with_prices(self):
        self.assertEqual(self.names(), ["Mug", "Tea towel", "Teapot"])
        self.assertIn("24.50", self.browser.get("/").text)

    def test_products_can_be_sorted_by_price(self):
        self.assertEqual(self.names(sort="price_cents"), ["Tea towel", "Mug", "Teapot"])
        self.assertEqual(self.names(sort="price_cents DESC"), ["Teapot", "Mug", "Tea towel"])

    def test_search_narrows_the_list_and_says_when_it_is_empty(self):
        self.assertNotIn("Mug", self.browser.get("/", {"q": "tea"}).text)
        self.assertIn("Nothing found for fork.", self.browser.get("/", {"q": "fork"}).text)

    def test_a_review_appears_under_the_product(self):
        self.browser.sign_up()
        self.browser.post("/products/1/reviews", body="Pours without a drip.")
        self.assertIn("Post review", self.browser.get("/products/1").text)
        text = Browser(self.shop).get("/products/1").text
        self.assertIn("<blockquote>Pours without a drip.<footer>Ann</footer>", text)


class Orders(ShopTest):
    def setUp(self):
        super().setUp()
        self.browser.sign_up()

    def order(self, product, quantity):
        self.browser.post("/cart", product=product, quantity=quantity)
        return self.browser.post("/orders")

    def test_the_cart_adds_up_and_a_line_can_be_taken_out(self):
        self.browser.post("/cart", product=1, quantity=2)
        self.browser.post("/cart", product=2)
        self.assertIn("Total 56.00", self.browser.get("/cart").text)
        self.browser.post("/cart", product=1, quantity=0)
        self.assertIn("Total 7.00", self.browser.get("/cart").text)

    def test_an_order_takes_stock_and_empties_the_cart(self):
        self.assertEqual(self.order(1, 2).headers["Location"], "/orders/1")
        self.assertIn("2 x Teapot", self.browser.get("/orders/1").text)
        self.assertEqual(self.scalar("SELECT stock FROM products WHERE id = 1"), 1)
        self.assertIn("empty", self.browser.get("/cart").text)

    def test_an_order_beyond_the_stock_changes_nothing(self):
        self.assertEqual(self.order(3, 1).status, 409)
        self.assertEqual(self.scalar("SELECT count(*) FROM orders"), 0)

    def test_orders_can_be_sorted_by_amount(self):
        self.order(1, 1)
        self.order(2, 1)
        newest = self.browser.get("/orders").text
        largest = self.browser.get("/orders", {"sort": "largest"}).text
        self.assertLess(newest.index("Order 2"), newest.index("Order 1"))
        self.assertLess(largest.index("Order 1"), largest.index("Order 2"))

    def test_an_order_is_private(self):
        self.order(1, 1)
        other = Browser(self.shop)
        other.sign_up("bob@example.com", "Bob")
        self.assertEqual(other.get("/orders/1").status, 404)


class Service(ShopTest):
    def test_static_files_are_served_and_revalidated(self):
        first = self.browser.get("/static/style.css")
        self.assertEqual(first.headers["Content-Type"], "text/css")
        condition = {"HTTP_IF_NONE_MATCH": first.headers["ETag"]}
        self.assertEqual(self.browser.get("/static/style.css", headers=condition).status, 304)
        self.assertEqual(self.browser.get("/static/none.css").status, 404)

    def test_a_failure_is_answered_without_details(self):
        self.db.close()
        with self.assertLogs("shop.app", "ERROR"):
            answer = Browser(Shop(self.db)).get("/products/1")
        self.assertEqual(answer.status, 500)
        self.assertNotIn("Traceback", answer.text)

    def test_the_command_builds_a_working_shop(self):
        shop = build(":memory:")
        self.addCleanup(shop.db.close)
        self.assertEqual(Browser(shop).get("/login").status, 200)
