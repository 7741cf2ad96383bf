"""How mail systems write to people that a mail did not arrive: the tables for `prose`. Edit here first.

A row is a habit that several systems share, not one system's template. Patterns see one line at a time, or
the first part of the text, and their gaps are bounded, so that none can run away. Case never matters.
"""

import re

from documents.dsn.found import ADDRESS


def _any(*rows: str) -> re.Pattern[str]:
    return re.compile("|".join(rows), re.I)


# Who writes such mails. Seen in From, and in Return-Path.
SENDER = _any(
    r"mailer-?daemon|mail-?daemon|mdaemon|post-?master|postmaestro",
    r"mail[ ._-]?delivery|delivery (?:sub)?system|mail (?:system|admin|server)|internet mail",
    r"system administrator|microsoft ?exchange|smtp_mail_service",
    r"(?:^|[\"< ])(?:bounces?|smtp[\w-]*|imss|lsmtp)@",
    r"^\s*$|<>",
)

SUBJECT = _any(
    r"undeliver|un-deliverable|nondeliver|non-?delivery|not deliver|cannot (?:send|deliver)",
    r"could(?: not|n.t) be delivered",
    r"deliver\w* (?:has |have )?(?:been )?(?:status|fail|problem|error|warning|report|delay|notification)",
    r"fail(?:ed|ure)? (?:notice|delivery|mail|to deliver)|delivery has been",
    r"mail (?:fail|delivery (?:fail|problem|error|warning|status)|system error)",
    r"returned (?:mail|e-?mail|message|to sender)|rejected (?:mail|message)|processing error|bounce",
    r"(?:message|mail)s? (?:not|could not|was not|has been|is|status)? ?(?:been )?"
    r"(?:delayed|returned|undeliverable|rejected|deferred)",
    r"warning: ?(?:message|could not|e?-?mail)|loop alert|error (?:sending|delivering|during)|mail error",
    r"delayed (?:mail|message)|(?:mail|message|delivery) delay",
    r"user unknown|unknown (?:user|address|recipient)|no such user",
    # German, French, Spanish, Italian, Portuguese, Dutch
    r"unzustellbar|nicht zugestellt|zustell\w{0,20}fehl|zur.ckgesandt",
    r"non distribu|non remis|.chec de (?:la )?(?:remise|distribution)",
    r"no se (?:pudo|puede) entreg|no entregado|devuelto|mancat[ao] (?:consegna|recapito)",
    r"n.o (?:foi )?entregue|onbestelbaar|niet afgeleverd",
    # Finnish, Swedish, Norwegian and Danish, Polish, Czech, Russian
    r"palautettu|palautus|toimittaminen ep.onnistui|ei voitu toimittaa",
    r"oleverer|kunde inte lever|ikke leveres|uleverbar|niedostarcz|nedoru.iteln|недостав|не (?:было )?достав",
    # Chinese, Japanese
    r"退信|投递失败|無法投遞|传输失败|配信(?:不能|エラー|失敗)|送信(?:エラー|失敗)|エラーメール|不達",
)

# What the text says when a mail failed, or waits.
FAILED = _any(
    r"(?:could|can|would|will|did|does|was|were|is|are|has|have|had)(?: ?not|n.t) "
    r"(?:be |been |have been |get )?(?:yet )?(?:successfully )?"
    r"(?:deliver|reach|sent\b|processed|accepted|collected)",
    r"cannot be (?:delivered|sent|reached)|not able to deliver|undeliver(?:able|ed)",
    r"not delivered|could not deliver|not exactly match",
    r"(?:unable|failed|trouble|problems?|error|failure|impossible)"
    r"(?: was detected)?(?: while)?(?: in)?(?: to)? ?(?:deliver|process|send|reach)",
    r"delivery (?:(?:to|of)[^.]{0,80})?(?:fail|problem|error|is delayed)",
    r"delivery (?:attempts? )?(?:has |have )?(?:fail|been delayed)|delivery errors",
    r"has been (?:delayed|postponed|returned|rejected)",
    r"(?:was|were) (?:automatically )?(?:rejected|returned|refused)",
    r"permanent(?:ly)? (?:fatal |delivery )?(?:error|fail)|fatal errors",
    r"failed (?:address|recipient)|failure reasons?|returned (?:mail|message|permanent)",
    r"no such (?:user|mailbox|address)|user unknown|unknown user",
    r"transcript of session|mail ?box is full|loop alert|duplicated message-id",
    r"nicht zugestellt|unzustellbar|konnte (?:nicht|folgende)|pas pu etre d|n.a pas pu",
    r"no pudo ser entreg|no se pudo|n.o p[oôu]de ser|non (?:. stato|pu.) .{0,20}(?:consegn|recapit)",
    r"niet (?:worden )?(?:afge|be)l?e?ver|ei voitu toimittaa|kunde inte lever",
    r"не (?:может|удалось|было)|невозможно доставить|недостав",
    r"无法(?:发送|投递|送达)|未能(?:发送|投递)|投递失败|できません|できなかった|失敗|配信され",
)

DELAYED = _any(
    r"not yet been delivered|not been delivered (?:yet|to (?:one|all|the)[^.]{0,120}after)",
    r"has been (?:delayed|postponed|deferred)|delivery (?:is|was) delayed",
    r"could not be delivered for (?:more than )?\d+ hour|will (?:be retried|be tried again|keep trying)",
    r"will retry|will continue to (?:try|attempt|be)|delivery attempts will continue",
    r"still being (?:retried|tried)",
    r"(?:just|only) a warning|warning (?:message )?only|delay reason:",
    r"no action is required on your part",
)
GIVEN_UP = _any(r"(?:given|giving) up|will not be retried|not going to try again|permanent (?:fatal )?error")
PERMANENT = _any(r"\bpermanent(?:ly)?\b|\bfatal\b|given up")

# Nobody tries any more, because it took too long.
EXPIRED = _any(
    r"(?:in (?:the )?queue|on the queue|retry(?:ing)?|timed?) ?(?:for )?"
    r"(?:too long|timed? ?out|limit|expired)",
    r"(?:message|delivery time|queue lifetime|retry timeout)s? (?:has )?(?:been )?"
    r"(?:expired|exceeded|timed out)",
    r"could not (?:be )?deliver(?:ed)? for|retry time not reached for any host after a long",
    r"within \d+ (?:day|hour)s|delivery (?:has )?(?:failed|timed out) (?:after )?\d+ (?:attempts|days|hours)",
    r"\d{1,5} (?:failed )?attempts|unable to deliver .{0,60}for the (?:last|past) \d+|giving up(?! on)",
    r"maximum-time-expired|maximum (?:number of )?delivery attempts|not (?:been )?collected after",
)

# From here on it is the mail that was sent. The line is seen without its dashes and other decoration.
_MAIL = r"(?:message|e-?mail|mail)"
_CONTENTS = r"(?:text|headers?|headers only|body|details|contents?)"
RETURNED = _any(
    r"(?:this|here|below this line|attachment|below the next line)\b.{0,12} (?:is|are) "
    r"(?:a |the )?(?:copy|first|header).*",
    rf"(?:a )?copy of the (?:original )?{_MAIL}.*",
    r"(?:start of |begin )?(?:the )?"
    r"(?:original|returned|unsent|forwarded|undelivered|rejected|your|old|e-?mail)? ?"
    rf"{_MAIL}s?(?:'s)? ?{_CONTENTS}? ?(?:is |are )?"
    r"(?:reads.*|as (?:received|follows).*|follows?|following|below|attached.*|is following)",
    rf"(?:start of |begin )?(?:original|returned|unsent|forwarded|undelivered|old) {_MAIL}"
    rf"(?: (?:{_CONTENTS}|follows|below))*",
    rf"the (?:header|first \d+ (?:lines|bytes|characters)).{{0,20}} of (?:the|your) (?:original )?{_MAIL}.*",
    r"(?:mensaje original|urspr.ngliche nachricht|message d.origine|nachricht).*",
)
RETURNED_HEADER = _any(
    r">?(?:Return-Path|Received|Delivered-To|DKIM-Signature|ARC-Seal|DomainKey-Signature|X-YMail-OSG): ?\S"
)

# After such a line the recipients are listed; what stands before speaks of the mail as a whole.
_LISTING = r"(?:following|failed|undeliverable|intended|these|this|one or more)"
ANNOUNCED = _any(
    rf"^.*{_LISTING}\b.{{0,60}}\b(?:recipient|address|user|destination)[^:]{{0,120}}:?[\s\-*]*$",
    r"^.*(?:not delivered to|not reach|had (?:permanent|delivery|transient)[^:]{0,40}errors|failure reasons)"
    r"[^:]{0,60}:?[\s\-*]*$",
)

# A line that names a recipient; what follows on it and below is what was said about it.
A = rf"(?<![\w.+-])(?P<address>{ADDRESS})"
_OPEN = r"[<\[\"'(]*(?:SMTP:|mailto:)?"
_SHUT = r"[>\]\"')]*"
_SAID = r"\s*(?P<said>.*)$"
_BULLET = r"^[\s*>•–-]*"
_LABEL = (
    r"(?:(?:failed |intended |original |final |undeliverable |undelivered |invalid |bad |unknown |error[- ])*"
    r"(?:recipient|address|user|for|to|addressee|mailbox|destination|receiver)s?(?:[- ](?:address|to|name))?"
    r"|delivery failed[^:]{0,40}|recipient address rejected|(?:e-?mail )?empf.nger|destinataire|destinatario"
    r"|vastaanottaja|mottagare|получатель|收件人|宛先)"
)
LINES = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"^[\s>]*{_OPEN}{A}{_SHUT}\s*:{_SAID}",  # Postfix, qmail and their many children
        rf"{_BULLET}{_OPEN}{A}{_SHUT}[,;.]?\s*(?P<said>)$",  # Exim, Sendmail, Gmail: alone on its line
        rf"{_BULLET}\"[^\"]{{1,100}}\"\s+<{A}>[,;.:]?\s*(?P<said>)$",
        rf"{_BULLET}{_OPEN}{A}{_SHUT}\s?\.\.\.{_SAID}",  # Sendmail
        rf"^\s*(?P<code>[45]\d\d[ -](?:\d\.\d+\.\d+ )?)<?{A}>?\s?\.\.\.{_SAID}",
        rf"{_BULLET}{_OPEN}{A}{_SHUT}\s*(?P<said>[\[(].*)$",
        rf"{_BULLET}{_OPEN}{A}{_SHUT}(?:\s+(?:on \w{{3}}, \d|;)|\s{{2,}}|\s+-+\s+){_SAID}",
        rf"^.*\bdda:SMTP={A};?{_SAID}",  # X.400 gateways
        rf"^\W*{_LABEL}\s*[:=]\s*(?:rfc822;\s*)?{_OPEN}{A}{_SHUT}{_SAID}",
    )
]
# The address we wrote to, when a list or a forwarding had made another one of it.
PARENT = _any(rf"(?:generated|expanded) (?:from|by):?\s+<?{A}")
# A system's own user, named without a domain.
LOCAL_PART = re.compile(r"\s*\n?[ \t]+([\w.+-]{2,64})(?:[ \t]*|[ \t]{2,}[^\n]{1,100})(?:\n|$)")

# Where no line names a recipient: the words around an address in a sentence, the clearest first.
_QUOTE = r"['\"<\[(]*"
_LABELLED = (
    r"(?:address(?:ed|es)?|recipients?|errors?|mailbox|user|account|destinataire)\b"
    r"(?: to\b| is\b| of\b| name\b)?(?: email address\b)?\s*[:,]?\s*(?:--)?\s*"
)
_SENT_TO = (
    rf"(?:deliver(?:y|ed|ing)?(?: your {_MAIL})?|{_MAIL}(?: sent| addressed)?|sent|send|undeliverable"
    r"|response from|unable to reach|quota violation)\s+(?:to|for|of)\s+"
    r"(?:(?:the )?(?:following |email |e-mail )?(?:address|recipient|user)s?:?\s+)?"
)
SENTENCES = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"originally addressed to\s+{_QUOTE}{A}",
        rf"RCPT TO: ?<?{A}",
        rf"{_LABELLED}{_QUOTE}{A}",
        rf"{_SENT_TO}{_QUOTE}{A}",
        rf"\b(?:to|for|an|à|a|till|til)\s+{_QUOTE}{A}",
    )
]

# What the remote server answered, in a transcript of the session; and its name.
REMOTE_REPLY = re.compile(r"^<<< ?([45]\d\d[ -][^\n]{1,300})", re.M)
HOST = _any(
    r"(?:\bhost|remote (?:mta|host|server)|server|mailer|connected to|relay=|while talking to|said by)\s+"
    r"[\[<(\"]?(?P<host>[A-Za-z0-9](?:[\w-]|\.(?=\w)){3,250})"
)

# The conversation ended before a recipient was named: whatever was refused, it was not the recipient.
OF_THE_SENDER = _any(
    r"(?:after|in reply to|response to|did not like our|>>>|\(in)\s+(?:the )?(?:pipelined )?"
    r"(?:MAIL FROM|HELO|EHLO|initial connection)",
    r"my name was rejected|sender (?:was )?rejected",
)
NO_ANSWER = _any(r"tim(?:ed|e) ?out|lost connection|connection (?:refused|reset|closed|lost)|no route")
# A server that takes RCPT knows the recipient; when it then says "unknown" to the mail itself, without the
# code for it, it filters (mobile carriers do).
AFTER_DATA = _any(
    r">>> (?:DATA|\.)\s{1,4}<<< 5\d\d(?![ -]5\.1\.)",
    r"(?:in reply to|after|did not like our) (?:the )?(?:final|end of) DATA",
)

# Advice around what was said: it speaks of everybody's mail, not of this one.
ADVICE = _any(
    r"(?:please|if you|for (?:further|more)|do not reply|no action is|we recommend|(?:system )?contact)\b.*",
    r"(?:this is an auto|your message was also).*",
)
