from django.urls import path

from distribution import token_views, views

urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/new/", views.new_customer, name="new-customer"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/deletions/", views.delete_customer, name="delete-customer"),
    path("blocked/", views.blocked_addresses, name="blocked-addresses"),
    path("blocked/<int:pk>/unblock-requests/", views.ask_to_unblock, name="ask-to-unblock-address"),
    path("settings/tokens/", token_views.tokens, name="tokens"),
    path("settings/tokens/new/", token_views.new_token, name="new-token"),
    path("settings/tokens/<uuid:public_id>/revocations/", token_views.revoke_token, name="revoke-token"),
    path("company/switch/", views.switch_company, name="switch-company"),
    path("company/activation-requests/", views.ask_for_activation, name="ask-for-activation"),
]
