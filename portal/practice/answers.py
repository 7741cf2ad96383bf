"""What the practice mail server does with a mail, by the recipient's address. Pure, and THE table to edit."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum


class Act(StrEnum):
    REFUSE_RECIPIENT = "refuse_recipient"  # answered at RCPT
    REFUSE_CONTENT = "refuse_content"  # answered after DATA
    BOUNCE = "bounce"  # accepted, then a DSN says that it failed
    COMPLAIN = "complain"  # delivered, then the recipient calls it spam
    KEEP_QUIET = "keep_quiet"  # delivered, and nobody ever tells, as most servers in the world do


@dataclass(frozen=True)
class Rule:
    act: Act
    reply: str = ""  # of the receiving server; may name {address} and {domain}
    is_about_attachments: bool = False  # mails without any are delivered
    times: int | None = None  # how many mails to an address it holds for; None = all of them

    def reply_for(self, address: str) -> str:
        return self.reply.format(address=address, domain=domain_of(address))


RULES = {
    "unknown": Rule(
        Act.REFUSE_RECIPIENT, "550 5.1.1 <{address}>: recipient rejected, user unknown at {domain}"
    ),
    "full": Rule(Act.REFUSE_RECIPIENT, "552 5.2.2 <{address}>: mailbox is full, storage quota exceeded"),
    "large": Rule(
        Act.REFUSE_CONTENT,
        "552 5.3.4 Message too large, {domain} takes at most 10 MB",
        is_about_attachments=True,
    ),
    "policy": Rule(Act.REFUSE_CONTENT, "554 5.7.1 Message refused by the security policy of {domain}"),
    "slow": Rule(
        Act.REFUSE_RECIPIENT, "451 4.7.1 <{address}>: greylisted, try again in a few minutes", times=1
    ),
    "down": Rule(Act.REFUSE_RECIPIENT, "421 4.3.2 {domain} is down for maintenance, closing the connection"),
    "late": Rule(Act.BOUNCE, "550 5.1.1 <{address}>: no such user here"),
    "spam": Rule(Act.COMPLAIN),
    "quiet": Rule(Act.KEEP_QUIET),
}


def rule_for(address: str) -> Rule | None:
    """The rule an address asks for by its plus tag, else by its whole local part; None = it is delivered.

    A number behind the word says for how many mails the rule holds: `unknown3@` accepts the fourth, as if the
    mailbox had been made meanwhile.
    """
    local_part = address.rpartition("@")[0].lower()
    word = re.fullmatch(r"([a-z]+)(\d{0,6})", local_part.rpartition("+")[2])
    rule = RULES.get(word[1]) if word else None
    if rule is None or word is None or not word[2]:
        return rule
    return replace(rule, times=int(word[2]))


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()
