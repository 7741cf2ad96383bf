"""Customers, for companies' own programs."""

from ninja import Router

from distribution.api import customers

router = Router()
router.add_router("", customers.router, tags=["Customers"])
