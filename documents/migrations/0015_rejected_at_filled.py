from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Of what was rejected before, the report's own time is near enough."""
    deliveries = apps.get_model("documents", "Delivery").objects.using(schema_editor.connection.alias)
    deliveries.filter(status="rejected", rejected_at=None).update(rejected_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [("documents", "0014_notices")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
