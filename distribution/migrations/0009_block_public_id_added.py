import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('distribution', '0008_api_tokens'),
    ]

    operations = [
        migrations.AddField(
            model_name='blockedaddress',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True),
        ),
    ]
