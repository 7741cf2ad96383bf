import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('distribution', '0010_block_public_id_filled'),
    ]

    operations = [
        migrations.AlterField(
            model_name='blockedaddress',
            name='public_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
