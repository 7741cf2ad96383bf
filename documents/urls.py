from django.urls import path, re_path

from documents.hooks.anymail import provider_events
from documents.hooks.bounces import bounces
from documents.models import Errand
from documents.views import (
    batches,
    customer,
    document,
    errands,
    finding,
    links,
    lists,
    mail_texts,
    notices,
    overview,
    practice,
    proofs,
    remedies,
    upload,
    worklist,
)

Kind = Errand.Kind

urlpatterns = [
    path("", overview.overview, name="home"),
    path("search/", finding.search, name="search"),
    path("customers/<int:pk>/documents/", customer.customer_documents, name="customer-documents"),
    path("documents/", lists.documents, name="documents"),
    path("documents/export/", lists.export_documents, name="export-documents"),
    path("documents/send/", upload.send_documents, name="send-documents"),
    path("documents/uploads/", upload.upload, name="upload"),
    path("documents/batches/", batches.batches, name="batches"),
    path("documents/batches/new/", batches.new_batch, name="new-batch"),
    path("documents/batches/template/<slug:ending>/", batches.list_template, name="batch-list-template"),
    path("documents/batches/<uuid:public_id>/", batches.batch, name="batch"),
    path("documents/batches/<uuid:public_id>/report/", batches.batch_report, name="batch-report"),
    path("documents/batches/<uuid:public_id>/sendings/", batches.send_batch, name="send-batch"),
    path("documents/batches/<uuid:public_id>/discards/", batches.discard_batch, name="discard-batch"),
    path("documents/rejected/resends/", worklist.start_errand, {"kind": Kind.RESEND}, "resend-rejected"),
    path(
        "documents/rejected/corrections/", worklist.start_errand, {"kind": Kind.CORRECT}, "correct-rejected"
    ),
    path(
        "documents/rejected/unblock-requests/",
        worklist.start_errand,
        {"kind": Kind.UNBLOCK},
        "ask-about-rejected",
    ),
    path("documents/rejected/links/", worklist.start_errand, {"kind": Kind.LINK}, "link-rejected"),
    path("documents/rejected/asides/", worklist.start_errand, {"kind": Kind.ASIDE}, "put-aside-rejected"),
    path("documents/rejected/errands/", errands.errands_lately, name="errands"),
    path("documents/rejected/errands/<uuid:public_id>/", errands.errand, name="errand"),
    path("documents/rejected/errands/<uuid:public_id>/undo/", errands.undo_errand, name="undo-errand"),
    path("documents/<uuid:public_id>/", document.document, name="document"),
    path("documents/<uuid:public_id>/files/<int:pk>/", document.document_file, name="document-file"),
    path("documents/<uuid:public_id>/releases/", remedies.release_document, name="release-document"),
    path("documents/<uuid:public_id>/cancellations/", remedies.cancel_document, name="cancel-document"),
    path("deliveries/<uuid:public_id>/proof/", proofs.delivery_proof, name="delivery-proof"),
    path("deliveries/<uuid:public_id>/corrections/", remedies.correct_delivery, name="correct-delivery"),
    path("deliveries/<uuid:public_id>/resends/", remedies.resend_delivery, name="resend-delivery"),
    path("deliveries/<uuid:public_id>/tries/", remedies.try_now, name="try-now"),
    path("deliveries/<uuid:public_id>/cancellations/", remedies.cancel_delivery, name="cancel-delivery"),
    path("deliveries/<uuid:public_id>/asides/", remedies.put_aside, name="put-aside"),
    path("deliveries/<uuid:public_id>/asides/undo/", remedies.take_back, name="take-back"),
    path("deliveries/<uuid:public_id>/unblock-requests/", remedies.ask_to_unblock, name="ask-to-unblock"),
    path("settings/mail-texts/", mail_texts.mail_texts, name="mail-texts"),
    path("settings/mail-texts/<slug:kind>/<slug:language>/", mail_texts.mail_text, name="mail-text"),
    path(
        "settings/mail-texts/<slug:kind>/<slug:language>/removals/",
        mail_texts.drop_mail_text,
        name="drop-mail-text",
    ),
    path(
        "settings/mail-texts/<slug:kind>/<slug:language>/tries/",
        mail_texts.try_mail_text,
        name="try-mail-text",
    ),
    path("deliveries/<uuid:public_id>/links/", remedies.send_as_link, name="send-as-link"),
    path("deliveries/<uuid:public_id>/links/ends/", remedies.end_link, name="end-link"),
    path("deliveries/<uuid:public_id>/links/renewals/", remedies.renew_link, name="renew-link"),
    path("d/<str:token>/", links.link, name="link"),
    path("d/<str:token>/<str:ticket>/", links.linked_file, name="linked-file"),
    path("settings/notices/", notices.notice_settings, name="notice-settings"),
    path("settings/notices/examples/", notices.send_example, name="notice-example"),
    path("settings/notices/resumptions/", notices.resume_notices, name="resume-notices"),
    path("notices/<uuid:public_id>/", notices.notice, name="notice"),
    path("practice/", practice.practice_inbox, name="practice-inbox"),
    path("practice/<str:name>/", practice.practice_mail, name="practice-mail"),
    path("hooks/bounces/", bounces, name="bounces"),
    # With "tracking/" behind it, as Anymail's own pages tell people to write it, or without.
    re_path(r"^hooks/anymail/(?P<provider>\w+)/(?:tracking/)?$", provider_events, name="provider-events"),
]
