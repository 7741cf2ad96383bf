from django.urls import path

from distribution import views, webhook_views

urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/new/", views.new_customer, name="new-customer"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/deletions/", views.delete_customer, name="delete-customer"),
    path("blocked/", views.blocked_addresses, name="blocked-addresses"),
    path("blocked/<int:pk>/unblock-requests/", views.ask_to_unblock, name="ask-to-unblock-address"),
    path("settings/webhooks/", webhook_views.webhooks, name="webhooks"),
    path("settings/webhooks/new/", webhook_views.new_webhook, name="new-webhook"),
    path("settings/webhooks/<uuid:public_id>/", webhook_views.webhook, name="webhook"),
    path("settings/webhooks/<uuid:public_id>/edit/", webhook_views.edit_webhook, name="edit-webhook"),
    path("settings/webhooks/<uuid:public_id>/tests/", webhook_views.test_webhook, name="test-webhook"),
    path("settings/webhooks/<uuid:public_id>/secrets/", webhook_views.new_secret, name="new-webhook-secret"),
    path("settings/webhooks/<uuid:public_id>/pauses/", webhook_views.switch_off, name="webhook-off"),
    path("settings/webhooks/<uuid:public_id>/pauses/undo/", webhook_views.switch_on, name="webhook-on"),
    path(
        "settings/webhooks/<uuid:public_id>/deletions/", webhook_views.delete_webhook, name="delete-webhook"
    ),
    path("settings/webhook-calls/<int:pk>/repeats/", webhook_views.repeat_call, name="repeat-webhook-call"),
    path("company/switch/", views.switch_company, name="switch-company"),
    path("company/activation-requests/", views.ask_for_activation, name="ask-for-activation"),
]
