"""Why a mail did not arrive: the code people know, who can act, what to do, and what it means for blocking.

Pure, and THE table to edit when support learns something new. The codes 602, 605, 606 and 607 are no SMTP:
one provider coined them and people know them from its help pages.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from distribution.blocking import Outcome

Text = str | Promise


class Cause(StrEnum):
    NONE = ""
    ADDRESS_UNKNOWN = "address_unknown"
    DOMAIN_UNKNOWN = "domain_unknown"
    SUSPENDED = "suspended"
    MAILBOX_FULL = "mailbox_full"
    TOO_LARGE = "too_large"
    ATTACHMENT_REFUSED = "attachment_refused"
    POLICY = "policy"
    OUR_REPUTATION = "our_reputation"
    OUR_AUTHENTICATION = "our_authentication"
    OUR_TROUBLE = "our_trouble"  # connection, TLS, log-in or sender refused by our own relay; a bug
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    SERVER_TROUBLE = "server_trouble"
    GAVE_UP = "gave_up"
    BLOCKED_BOUNCED = "blocked_bounced"
    BLOCKED_UNSUBSCRIBED = "blocked_unsubscribed"
    BLOCKED_COMPLAINED = "blocked_complained"
    BLOCKED_BY_HAND = "blocked_by_hand"
    ADDRESS_INVALID = "address_invalid"
    NO_RECIPIENT = "no_recipient"
    COMPLAINED = "complained"  # it arrived, and the recipient called it spam
    UNKNOWN = "unknown"


class Actor(StrEnum):
    NOBODY = "nobody"
    SENDER = "sender"  # the sending company, mostly by asking its customer
    RECIPIENT = "recipient"  # the customer's own IT support, or the mailbox's owner
    SUPPORT = "support"
    OPERATIONS = "operations"


class Action(StrEnum):
    """What the page offers first. The others stay possible."""

    NONE = "none"
    CORRECT = "correct"
    ADD_ADDRESS = "add_address"
    RESEND = "resend"
    SEND_AS_LINK = "send_as_link"  # or a smaller file
    UNBLOCK = "unblock"
    WAIT = "wait"


# What is said of a mail that its receiver put off, where nobody has to act before the tries are spent.
TRIED_AGAIN = _("The receiving server did not take it this time. We try again by ourselves.")


@dataclass(frozen=True)
class Remedy:
    code: str  # shown to people; "" = the reply's own code, or none
    title: Text
    remedy: Text  # two plain sentences: what to do, and what happens then
    actor: Actor
    action: Action
    outcome: Outcome = Outcome.NEUTRAL  # what a rejection for this cause says about the address
    meanwhile: Text = (
        ""  # what to do while the mail is still tried again; "" = nothing, or the remedy as it is
    )

    @property
    def is_ours(self) -> bool:
        """Our own trouble: never given up, never shown as the customer's fault."""
        return self.actor is Actor.OPERATIONS

    @property
    def while_waiting(self) -> Text:
        """What is said while the mail is tried again: nothing is rejected yet, so nothing is asked for."""
        return self.meanwhile or (self.remedy if self.action is Action.WAIT else TRIED_AGAIN)


REMEDIES: dict[Cause, Remedy] = {
    Cause.NONE: Remedy("", "", "", Actor.NOBODY, Action.NONE, Outcome.ARRIVED),
    Cause.ADDRESS_UNKNOWN: Remedy(
        "550",
        _("Address does not exist"),
        _("Ask your customer for the right address. Correct it here, and the document is sent again."),
        Actor.SENDER,
        Action.CORRECT,
        Outcome.HARD,
    ),
    Cause.DOMAIN_UNKNOWN: Remedy(
        "550",
        _("No such domain"),
        _(
            "Nothing receives mail under the name after the @, so look for a typing error there. "
            "Correct the address here, and the document is sent again."
        ),
        Actor.SENDER,
        Action.CORRECT,
        Outcome.HARD,
    ),
    Cause.SUSPENDED: Remedy(
        "550",
        _("Mailbox is closed"),
        _(
            "The address exists, but its mailbox is not in use. "
            "Ask your customer for another address, or to have this one opened, and send again."
        ),
        Actor.SENDER,
        Action.CORRECT,
        Outcome.SUSPENDED,
    ),
    Cause.MAILBOX_FULL: Remedy(
        "552",
        _("Mailbox is full"),
        _(
            "Tell your customer that the mailbox takes no more mail until something is deleted from it. "
            "Send again after that, or use another address."
        ),
        Actor.RECIPIENT,
        Action.RESEND,
        Outcome.FULL,
        _(
            "Tell your customer that the mailbox takes no more mail until something is deleted from it. "
            "We try again by ourselves."
        ),
    ),
    Cause.TOO_LARGE: Remedy(
        "552",
        _("Attachment too large"),
        _(
            "The file is larger than a mail server on the way takes. "
            "Send it as a link, and your customer fetches it here; or send a smaller file."
        ),
        Actor.SENDER,
        Action.SEND_AS_LINK,
    ),
    Cause.ATTACHMENT_REFUSED: Remedy(
        "552",
        _("Attachment refused"),
        _(
            "The receiving server does not take this kind of file. "
            "Send it as a link, and your customer fetches it here; or send the document as a plain PDF."
        ),
        Actor.SENDER,
        Action.SEND_AS_LINK,
    ),
    Cause.POLICY: Remedy(
        "554",
        _("Refused by their mail security"),
        _(
            "Your customer's mail system is set to refuse this mail. "
            "Ask their IT support to allow our sender address, then send again."
        ),
        Actor.RECIPIENT,
        Action.RESEND,
    ),
    Cause.OUR_REPUTATION: Remedy(
        "554",
        _("Their server does not trust our mail server"),
        _(
            "This is not your customer's fault, and we are working on it. "
            "You need to do nothing; the document waits here."
        ),
        Actor.OPERATIONS,
        Action.WAIT,
    ),
    Cause.OUR_AUTHENTICATION: Remedy(
        "554",
        _("Their server could not verify us as the sender"),
        _(
            "This is a fault in our settings, and we are working on it. "
            "You need to do nothing; the document waits here."
        ),
        Actor.OPERATIONS,
        Action.WAIT,
    ),
    Cause.OUR_TROUBLE: Remedy(
        "",
        _("Our own mail server has trouble"),
        _(
            "This is not your customer's fault, and we are working on it. "
            "You need to do nothing; the document is sent as soon as the trouble is over."
        ),
        Actor.OPERATIONS,
        Action.WAIT,
    ),
    Cause.RATE_LIMITED: Remedy(
        "",
        _("Their server asks us to wait"),
        _("The receiving server takes mail only slowly at the moment. We try again by ourselves."),
        Actor.NOBODY,
        Action.WAIT,
    ),
    Cause.UNREACHABLE: Remedy(
        "",
        _("Their server does not answer"),
        _("The receiving server cannot be reached at the moment. We try again by ourselves."),
        Actor.NOBODY,
        Action.WAIT,
    ),
    Cause.SERVER_TROUBLE: Remedy(
        "",
        _("Their server has trouble"),
        _("The receiving server has a fault at the moment. We try again by ourselves."),
        Actor.NOBODY,
        Action.WAIT,
    ),
    Cause.GAVE_UP: Remedy(
        "602",
        _("Their server did not take it in time"),
        _(
            "We tried until the time was over, and the receiving server kept putting us off. "
            "Ask your customer's IT support what is wrong, then send again."
        ),
        Actor.RECIPIENT,
        Action.RESEND,
    ),
    Cause.BLOCKED_BOUNCED: Remedy(
        "605",
        _("Address blocked"),
        _(
            "Earlier deliveries to this address failed, so mail to it is held back. "
            "Check the address with your customer, then ask our support to unblock it; "
            "the document is then sent by itself."
        ),
        Actor.SUPPORT,
        Action.UNBLOCK,
    ),
    Cause.BLOCKED_UNSUBSCRIBED: Remedy(
        "606",
        _("Recipient has unsubscribed"),
        _(
            "The recipient asked not to get this mail any more. "
            "Ask our support to unblock the address only when the recipient has agreed to it."
        ),
        Actor.SUPPORT,
        Action.UNBLOCK,
    ),
    Cause.BLOCKED_COMPLAINED: Remedy(
        "607",
        _("Address blocked"),
        _(
            "An earlier mail to this address was reported as spam, so mail to it is held back. "
            "Talk with your customer, and ask our support to unblock the address when they agree."
        ),
        Actor.SUPPORT,
        Action.UNBLOCK,
    ),
    Cause.BLOCKED_BY_HAND: Remedy(
        "605",
        _("Address blocked by our support"),
        _(
            "Our support has blocked this address and wrote down the reason. "
            "Clear it up with your customer, then ask our support to unblock it; "
            "the document is then sent by itself."
        ),
        Actor.SUPPORT,
        Action.UNBLOCK,
    ),
    Cause.ADDRESS_INVALID: Remedy(
        "550",
        _("Not an e-mail address"),
        _(
            "There is a typing error in the address, so nothing was sent to it. "
            "Correct it, and the document goes out."
        ),
        Actor.SENDER,
        Action.CORRECT,
    ),
    Cause.NO_RECIPIENT: Remedy(
        "",
        _("No address to send to"),
        _(
            "Neither the customer's e-mail list nor the document gave an address. "
            "Add one to the list, and the document goes out by itself."
        ),
        Actor.SENDER,
        Action.ADD_ADDRESS,
    ),
    Cause.COMPLAINED: Remedy(
        "",
        _("Reported as spam"),
        _(
            "The mail arrived, but its recipient reported it as spam. "
            "The address is blocked from now on: talk with your customer before you ask our support "
            "to unblock it."
        ),
        Actor.SENDER,
        Action.NONE,
        Outcome.ARRIVED,
    ),
    Cause.UNKNOWN: Remedy(
        "",
        _("Refused for a reason we do not know"),
        _(
            "The answer of the receiving server stands below; your customer's IT support can read it. "
            "Correct the address or send again, as it says."
        ),
        Actor.SENDER,
        Action.RESEND,
    ),
}

# For a delivery held back by a block: what it shows, by the block's reason (distribution's word for it).
BLOCKED = {
    "bounced": Cause.BLOCKED_BOUNCED,
    "by_hand": Cause.BLOCKED_BY_HAND,
    "unsubscribed": Cause.BLOCKED_UNSUBSCRIBED,
    "complained": Cause.BLOCKED_COMPLAINED,
}


def given_up(cause: Cause) -> Cause:
    """What is shown when the retries are spent: a mailbox that stayed full is shown as full."""
    return Cause.MAILBOX_FULL if cause is Cause.MAILBOX_FULL else Cause.GAVE_UP


def shown_code(cause: str, reply_code: int | None) -> str:
    """The code that people see: the table's, or the reply's own where nothing matched."""
    if cause == Cause.UNKNOWN:
        return str(reply_code or "554")
    return REMEDIES[Cause(cause)].code
