from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self):
        from portal import checks, roles  # noqa: F401  checks registers the system checks

        post_migrate.connect(roles.make_groups, sender=self, dispatch_uid="roles")
