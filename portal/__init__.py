"""The Django project. The Celery app is imported so that tasks find it wherever Django runs."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
