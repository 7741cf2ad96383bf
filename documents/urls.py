from django.urls import path, re_path

from documents.hooks.anymail import provider_events
from documents.hooks.bounces import bounces
from documents.views import document, lists, practice, remedies, upload

urlpatterns = [
    path("", lists.home, name="home"),
    path("documents/", lists.documents, name="documents"),
    path("documents/export/", lists.export_documents, name="export-documents"),
    path("documents/send/", upload.send_documents, name="send-documents"),
    path("documents/uploads/", upload.upload, name="upload"),
    path("documents/<uuid:public_id>/", document.document, name="document"),
    path("documents/<uuid:public_id>/files/<int:pk>/", document.document_file, name="document-file"),
    path("documents/<uuid:public_id>/releases/", remedies.release_document, name="release-document"),
    path("documents/<uuid:public_id>/cancellations/", remedies.cancel_document, name="cancel-document"),
    path("deliveries/<uuid:public_id>/corrections/", remedies.correct_delivery, name="correct-delivery"),
    path("deliveries/<uuid:public_id>/resends/", remedies.resend_delivery, name="resend-delivery"),
    path("deliveries/<uuid:public_id>/tries/", remedies.try_now, name="try-now"),
    path("deliveries/<uuid:public_id>/cancellations/", remedies.cancel_delivery, name="cancel-delivery"),
    path("deliveries/<uuid:public_id>/asides/", remedies.put_aside, name="put-aside"),
    path("deliveries/<uuid:public_id>/asides/undo/", remedies.take_back, name="take-back"),
    path("deliveries/<uuid:public_id>/unblock-requests/", remedies.ask_to_unblock, name="ask-to-unblock"),
    path("practice/", practice.practice_inbox, name="practice-inbox"),
    path("practice/<str:name>/", practice.practice_mail, name="practice-mail"),
    path("hooks/bounces/", bounces, name="bounces"),
    # With "tracking/" behind it, as Anymail's own pages tell people to write it, or without.
    re_path(r"^hooks/anymail/(?P<provider>\w+)/(?:tracking/)?$", provider_events, name="provider-events"),
]
