from django.urls import path

from distribution import company_views, directory_views, token_views, views, webhook_views

urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/new/", views.new_customer, name="new-customer"),
    path("customers/export/<slug:ending>/", directory_views.export_directory, name="export-directory"),
    path("customers/imports/", directory_views.imports, name="directory-imports"),
    path(
        "customers/imports/template/<slug:ending>/",
        directory_views.directory_template,
        name="directory-template",
    ),
    path("customers/imports/<int:pk>/", directory_views.directory_import, name="directory-import"),
    path("customers/imports/<int:pk>/checks/", directory_views.check_again, name="check-directory-import"),
    path("customers/imports/<int:pk>/runs/", directory_views.run_import, name="run-directory-import"),
    path("customers/imports/<int:pk>/findings/", directory_views.findings, name="directory-findings"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/deletions/", views.delete_customer, name="delete-customer"),
    path("blocked/", views.blocked_addresses, name="blocked-addresses"),
    path("blocked/<int:pk>/unblock-requests/", views.ask_to_unblock, name="ask-to-unblock-address"),
    path("settings/", company_views.company_settings, name="company-settings"),
    path("settings/members/", company_views.members, name="members"),
    path("settings/members/invitations/", company_views.invite, name="invite"),
    path("settings/members/<int:pk>/roles/", company_views.change_role, name="change-role"),
    path("settings/members/<int:pk>/removals/", company_views.remove_member, name="remove-member"),
    path("settings/invitations/<uuid:public_id>/mails/", company_views.invite_again, name="invite-again"),
    path(
        "settings/invitations/<uuid:public_id>/withdrawals/",
        company_views.withdraw_invitation,
        name="withdraw-invitation",
    ),
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
    path("settings/tokens/", token_views.tokens, name="tokens"),
    path("settings/tokens/new/", token_views.new_token, name="new-token"),
    path("settings/tokens/<uuid:public_id>/revocations/", token_views.revoke_token, name="revoke-token"),
    path("company/switch/", views.switch_company, name="switch-company"),
    path("company/activation-requests/", views.ask_for_activation, name="ask-for-activation"),
]
