"""Who may do what in the admin: one table, made true after every migration."""

from functools import reduce
from operator import or_

from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db.models import Q

SUPPORT = "Support"
OPERATIONS = "Operations"

# Group → model → rights. No group may delete: what was sent and decided stays.
ROLES = {
    SUPPORT: {
        "documents.document": ["view"],
        "documents.documentfile": ["view"],
        "documents.delivery": ["view"],
        "documents.deliveryevent": ["view"],
        "documents.outboundmail": ["view"],
        "distribution.company": ["view", "change"],
        "distribution.customer": ["view"],
        "distribution.blockedaddress": ["view", "add", "change"],
        "distribution.unblockrequest": ["view", "change"],
        "portal.user": ["view"],
    },
    # What is wrong with our own sending, what holds for all companies, and the replies that no rule knows;
    # not what is in a company's documents.
    OPERATIONS: {
        "distribution.blockedaddress": ["view", "add", "change", "platform"],
        "distribution.unblockrequest": ["view", "change"],
        "documents.delivery": ["view"],
        "documents.deliveryevent": ["view"],
        "documents.helddomain": ["view", "change"],
        "documents.outboundmail": ["view"],
        "documents.unreadcount": ["view"],
        "documents.unreadreport": ["view", "change"],
    },
}


def make_groups(using, apps=installed_apps, **_kwargs):
    """Give each group of the table exactly its rights. Safe to repeat; receives `post_migrate`.

    The permissions themselves are made by other receivers of the same signal, one app after the other, so
    they are asked for here first.
    """
    for label in {model.split(".")[0] for models in ROLES.values() for model in models}:
        create_permissions(installed_apps.get_app_config(label), verbosity=0, using=using, apps=apps)
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return  # migrated back to a time before there were any
    for name, models in ROLES.items():
        group, _is_new = groups.get_or_create(name=name)
        group.permissions.set(permissions.filter(_rights(models)))


def _rights(models):
    return reduce(
        or_,
        (
            Q(content_type__app_label=model.split(".")[0], codename=f"{right}_{model.split('.')[1]}")
            for model, rights in models.items()
            for right in rights
        ),
    )
