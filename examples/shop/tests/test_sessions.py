from shop.auth import reset, sessions

from .client import PASSWORD, Browser, ShopTest


class Login(ShopTest):
    def setUp(self):
        super().setUp()
        Browser(self.shop).sign_up()

    def test_the_right_password_signs_in(self):
        self.assertEqual(self.browser.log_in().status, 303)
        self.assertIn("Sign out", self.browser.get("/").text)

    def test_login_returns_to_the_page_that_asked_for_it(self):
        self.assertEqual(self.browser.log_in(next="/orders").headers["Location"], "/orders")

    def test_a_wrong_password_keeps_the_address_in_the_form(self):
        answer = self.browser.log_in(password="wrong horse")
        self.assertEqual(answer.status, 403)
        self.assertIn('value="ann@example.com"', answer.text)

    def test_an_unknown_address_gets_the_same_answer(self):
        unknown = self.browser.log_in(email="eve@example.com")
        wrong = self.browser.log_in(password="wrong horse")
        self.assertEqual(unknown.text.replace("eve@", "ann@"), wrong.text)

    def test_signing_out_ends_the_session_in_the_database(self):
        self.browser.log_in()
        before = self.scalar("SELECT count(*) FROM sessions")
        self.assertEqual(self.browser.post("/logout").status, 303)
        self.assertEqual(self.scalar("SELECT count(*) FROM sessions"), before - 1)
        self.assertIn("Sign in", self.browser.get("/").text)


class Sessions(ShopTest):
    def setUp(self):
        super().setUp()
        self.browser.sign_up()

    def test_tokens_are_long_safe_in_a_cookie_and_different(self):
        tokens = {sessions.start(self.db, 1, self.now) for _ in range(50)}
        self.assertEqual(len(tokens), 50)
        for token in tokens:
            self.assertRegex(token, r"\A[A-Za-z0-9_-]{32,}\Z")

    def test_a_session_belongs_to_its_user(self):
        token = sessions.start(self.db, 1, self.now)
        self.assertEqual(sessions.find_user(self.db, token, self.now)["email"], "ann@example.com")

    def test_an_unknown_token_is_nobody(self):
        self.assertIsNone(sessions.find_user(self.db, "x" * 32, self.now))
        self.browser.cookies["session"] = "x" * 32
        self.assertEqual(self.browser.get("/cart").status, 401)

    def test_a_session_runs_out(self):
        self.now += sessions.LIFETIME
        self.assertEqual(self.browser.get("/cart").status, 401)

    def test_a_form_with_a_foreign_token_is_refused(self):
        self.assertEqual(self.browser.post("/profile", about="Hello", csrf="0" * 64).status, 403)
        self.assertEqual(self.scalar("SELECT about FROM users"), "")


class PasswordReset(ShopTest):
    def setUp(self):
        super().setUp()
        self.browser.sign_up()
        Browser(self.shop).post("/reset", email="Ann@example.com")
        self.recipient, _, text = self.mails[0]
        self.code = text.rstrip(".").split()[-1]

    def use(self, code, password="better horse"):
        form = {"email": "ann@example.com", "code": code, "password": password}
        return Browser(self.shop).post("/reset/code", **form)

    def test_the_code_is_mailed_to_the_owner(self):
        self.assertEqual(self.recipient, "ann@example.com")
        self.assertRegex(self.code, r"\A[0-9]{8}\Z")

    def test_the_code_sets_a_new_password_once(self):
        self.assertEqual(self.use(self.code).status, 303)
        self.assertEqual(Browser(self.shop).log_in(password="better horse").status, 303)
        self.assertEqual(Browser(self.shop).log_in(password=PASSWORD).status, 403)
        self.assertEqual(self.use(self.code).status, 400)

    def test_a_reset_signs_out_everywhere(self):
        self.use(self.code)
        self.assertEqual(self.browser.get("/cart").status, 401)

    def test_a_wrong_code_changes_nothing(self):
        self.assertEqual(self.use("00000000").status, 400)
        self.assertEqual(Browser(self.shop).log_in().status, 303)

    def test_a_code_runs_out(self):
        self.now += reset.LIFETIME
        self.assertEqual(self.use(self.code).status, 400)
