import uuid

from django.db import migrations

AT_ONCE = 1000


def fill(apps, schema_editor):
    """Each row gets its own: the default that was filled in with the column is the same for all."""
    blocks = apps.get_model("distribution", "BlockedAddress").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(blocks.filter(pk__gt=last).order_by("pk").only("pk")[:AT_ONCE]):
        for row in rows:
            row.public_id = uuid.uuid4()
        blocks.bulk_update(rows, ["public_id"])
        last = rows[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ('distribution', '0009_block_public_id_added'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
