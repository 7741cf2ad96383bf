from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    """Of what was read before, the time when it was brought is near enough."""
    batches = apps.get_model("documents", "Batch").objects.using(schema_editor.connection.alias)
    batches.exclude(state="reading").filter(read_at=None).update(read_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("documents", "0017_how_many")]
    operations = [
        migrations.AddField(
            model_name="batch",
            name="read_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="read"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
