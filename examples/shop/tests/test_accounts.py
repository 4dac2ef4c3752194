import re
import unittest

from shop.auth import accounts, passwords
from shop.auth.views import local_target

from .client import PASSWORD, Browser, ShopTest


class Passwords(unittest.TestCase):
    def test_a_password_matches_what_was_stored_for_it(self):
        stored = passwords.hash_password(PASSWORD)
        self.assertTrue(passwords.verify(PASSWORD, stored))
        self.assertFalse(passwords.verify("wrong horse", stored))

    def test_a_row_of_the_old_shop_still_verifies(self):
        stored = "9f3c1a7be0d24458$bd3de9bfa0b2f50133ee8e7bca8b5e6e741bf2c1"
        self.assertTrue(passwords.verify("summer-2016", stored))

    def test_blank_and_short_passwords_are_refused(self):
        self.assertFalse(passwords.acceptable("short"))
        self.assertFalse(passwords.acceptable(" " * 12))


class Registration(ShopTest):
    def test_a_new_member_is_signed_in_and_sees_the_profile(self):
        self.assertEqual(self.browser.sign_up().headers["Location"], "/members/1")
        self.assertIn("Ann", self.browser.get("/members/1").text)

    def test_the_address_is_stored_in_lower_case(self):
        self.browser.sign_up(email="  Ann@Example.COM ")
        self.assertEqual(self.scalar("SELECT email FROM users"), "ann@example.com")

    def test_an_address_registers_once(self):
        self.browser.sign_up()
        self.assertEqual(Browser(self.shop).sign_up(email="ANN@example.com").status, 409)
        self.assertEqual(self.scalar("SELECT count(*) FROM users"), 1)

    def test_something_else_than_an_address_is_refused(self):
        self.assertEqual(self.browser.sign_up(email="ann.example.com").status, 400)

    def test_a_short_password_is_refused(self):
        form = {"email": "ann@example.com", "name": "Ann", "password": "short"}
        self.assertEqual(self.browser.post("/register", **form).status, 400)

    def test_lookup_by_address_finds_the_right_account(self):
        accounts.register(self.db, "ann@example.com", "Ann", PASSWORD, self.now)
        bob = accounts.register(self.db, "bob+shop@example.com", "Bob", PASSWORD, self.now)
        self.assertEqual(accounts.find_by_email(self.db, " Bob+Shop@example.com")["id"], bob)
        self.assertIsNone(accounts.find_by_email(self.db, "carol@example.com"))


class Members(ShopTest):
    def setUp(self):
        super().setUp()
        for name in ("Bob Stone", "Ann Stone", "Zoë Hill"):
            email = f"{name[0]}@example.com"
            accounts.register(self.db, email, name, PASSWORD, self.now)

    def test_search_finds_part_of_a_name_in_any_case(self):
        names = [row["display_name"] for row in accounts.search(self.db, "STONE")]
        self.assertEqual(names, ["Ann Stone", "Bob Stone"])

    def test_search_understands_letters_with_marks(self):
        self.assertIn("Zoë Hill", self.browser.get("/members", {"q": "Zoë"}).text)

    def test_a_search_without_result_repeats_the_term(self):
        text = self.browser.get("/members", {"q": "Walter"}).text
        self.assertIn("<p>No member is called Walter.</p>", text)

    def test_a_profile_is_sent_again_only_when_it_changed(self):
        first = self.browser.get("/members/2")
        condition = {"HTTP_IF_NONE_MATCH": first.headers["ETag"]}
        self.assertEqual(self.browser.get("/members/2", headers=condition).status, 304)
        accounts.set_about(self.db, 2, "Collects teapots.")
        again = self.browser.get("/members/2", headers=condition)
        self.assertEqual(again.status, 200)
        self.assertIn("Collects teapots.", again.text)

    def test_markup_in_a_profile_is_shown_as_text(self):
        self.browser.log_in("a@example.com")
        self.browser.post("/profile", about="I <3 tea & scones")
        self.assertIn("I &lt;3 tea &amp; scones", self.browser.get("/members/2").text)

    def test_an_unknown_member_is_not_found(self):
        self.assertEqual(self.browser.get("/members/99").status, 404)


class LoginTarget(unittest.TestCase):
    def test_paths_of_the_shop_are_kept(self):
        self.assertEqual(local_target("/orders?sort=largest"), "/orders?sort=largest")

    def test_other_hosts_are_replaced_by_the_front_page(self):
        for target in ("https://example.org/", "//example.org", "/\\example.org", "/a\r\nb", ""):
            self.assertEqual(local_target(target), "/", re.escape(target))
