from django.contrib.auth.models import User
from django.test import TestCase


class LoginTests(TestCase):
    def setUp(self):
        User.objects.create_user(username="alice", password="test-password")

    def test_login(self):
        self.assertTrue(self.client.login(username="alice", password="test-password"))

    def test_wrong_password(self):
        self.assertFalse(self.client.login(username="alice", password="wrong"))
