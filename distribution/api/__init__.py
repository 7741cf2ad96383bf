"""Customers and blocked addresses, for companies' own programs."""

from ninja import Router

from distribution.api import blocks, customers

router = Router()
router.add_router("", customers.router, tags=["Customers"])
router.add_router("", blocks.router, tags=["Blocked addresses"])
