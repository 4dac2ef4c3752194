"""Accounts: who somebody is, how they prove it and how long we remember it."""

from . import views

__all__ = ["views"]
