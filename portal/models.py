from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _


def check_time_zone(name):
    """Raises ValidationError for what is no time zone of the IANA database, such as Europe/Helsinki."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is no time zone."), params={"name": name})


class UserManager(BaseUserManager):
    """People are known by their e-mail address; its case does not matter."""

    def create_user(self, email, password=None, **fields):
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, **fields | {"is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractUser):
    """Somebody who logs in: a company's member, our support, or operations."""

    username = None
    email = models.EmailField(_("e-mail address"), unique=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Empty: the company's language, else the browser's."),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        blank=True,
        validators=[check_time_zone],
        help_text=_("Empty: the portal's own."),
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self):
        return self.get_full_name() or self.email

    @property
    def zone(self):
        """The time zone in which times are told to this person."""
        try:
            return ZoneInfo(self.time_zone) if self.time_zone else get_default_timezone()
        except ZoneInfoNotFoundError:  # another machine may know fewer
            return get_default_timezone()
