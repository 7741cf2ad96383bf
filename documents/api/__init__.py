"""Documents, deliveries and the addresses that they are held back from, for companies' own programs."""

from ninja import Router

from documents.api import blocks, commands, sending

router = Router()
# A path has one router: sending adds its operation to those of reading.
router.add_router("", sending.router, tags=["Documents"])
router.add_router("", commands.documents, tags=["Documents"])
router.add_router("", commands.deliveries, tags=["Deliveries"])
router.add_router("", blocks.router, tags=["Blocked addresses"])
