"""How mail systems write to people that a mail did not arrive: the tables for `prose`. Edit here first.

A row is a habit that several systems share, not one system's template. All patterns see one line at a time,
or the first part of the text, so that none can run away.
"""

import re

from documents.dsn.found import ADDRESS

A = rf"(?<![\w.+-])(?P<address>{ADDRESS})"
SENDERS = (
    r"mailer-?daemon|post-?master|mail[ ._-]?delivery|delivery (?:sub)?system|mail (?:system|admin)|maildelivery"
    r"|mdaemon|^\s*$|<>|(?:^|[\"< ])(?:bounces?|mailerdaemon|mail-?daemon|smtp[\w-]*|imss|lsmtp)@|e\d*_?smtp_mail_service"
    r"|microsoft ?exchange|system administrator|internet mail delivery|mail server|postmaestro"
)
SENDER = re.compile(SENDERS, re.I)

SUBJECT = re.compile(
    r"undeliver|un-?deliverable|not delivered|could(?: not|n.t) be delivered|deliver\w* (?:has |have )?(?:been )?(?:status|fail|problem|error"
    r"|warning|report|delay|notification)|fail\w* (?:notice|delivery|mail)|failure delivery|fail(?:ed|ure) (?:to deliver"
    r"|notice)|mail (?:failure|failed|delivery (?:fail|problem|error|warning|status))|mail system error"
    r"|returned (?:mail|e-?mail|message|to sender)|non-?(?:delivery|remis)|processing error|bounce"
    r"|(?:message|mail|e-mail)s? (?:not|could not|was not|has been|is|status)? ?(?:been )?(?:delayed|returned|undeliverable"
    r"|rejected|deferred)|warning: ?(?:message|could not|mail|e-?mail)|rejected (?:mail|message)|loop alert"
    r"|error (?:sending|delivering|during)|cannot (?:send|deliver)|nondeliverable|not deliver|delivery has been"
    r"|unzustellbar|nicht zugestellt|zustell\w*fehl|zur.ckgesandt|non distribu|non remis|.chec de (?:la )?(?:remise"
    r"|distribution)|no se (?:pudo|puede) entreg|no entregado|devuelto|mancat[ao] (?:consegna|recapito)"
    r"|n.o (?:foi )?entregue|onbestelbaar|niet afgeleverd|palaut|toimittaminen ep.onnistui|ei voitu toimittaa"
    r"|oleverer|kunde inte lever|ikke leveres|uleverbar|niedostarcz|nedoru.iteln|недостав|не (?:было )?достав|退信"
    r"|投递失败|無法投遞|传输失败|配信(?:不能|エラー|失敗)|送信(?:エラー|失敗)|戻り|エラーメール|不達",
    re.I,
)

# What the text says when a mail failed, in the languages that were met.
FAILED = re.compile(
    r"(?:could|can|would|will|did|does|was|were|is|are|has|have|had)(?: ?not|n.t) (?:be |been |have been |get )?(?:yet )?"
    r"(?:successfully )?(?:deliver|reach|sent\b|processed|accepted|collected)|cannot be (?:delivered|sent|reached)"
    r"|(?:unable|failed|trouble|problems?|error|failure|impossible)(?: was detected)?(?: while)?(?: in)?(?: to)?"
    r" ?(?:deliver|process|send|reach)|not able to deliver|undeliverable|undelivered|not delivered|delivery"
    r" (?:(?:to|of)[^.]{0,80})?(?:fail|problem|error|is delayed)|delivery (?:attempts? )?(?:has |have )?(?:fail|been delayed)"
    r"|has been (?:delayed|postponed|returned|rejected)|(?:was|were) (?:automatically )?(?:rejected|returned|refused)"
    r"|permanent(?:ly)? (?:fatal |delivery )?(?:error|fail)|fatal errors|failed (?:address|recipient)|failure reasons?"
    r"|delivery errors|returned (?:mail|message|permanent)|transcript of session|unknown user:|mail ?box is full"
    r"|not exactly match|loop alert|duplicated message-id|could not deliver|nicht zugestellt|unzustellbar|konnte nicht|pas pu etre d|n.a pas pu|no pudo ser entreg"
    r"|no se pudo|n.o p[oôu]de ser|non (?:. stato|pu.) .{0,20}(?:consegn|recapit)|niet (?:worden )?(?:afge|be)l?e?ver"
    r"|ei voitu toimittaa|kunde inte lever|не (?:может|удалось|было)|невозможно доставить|недостав"
    r"|无法(?:发送|投递|送达)|未能(?:发送|投递)|投递失败|できません|できなかった|失敗|配信され",
    re.I,
)

# It may still arrive: nobody has given up.
DELAYED = re.compile(
    r"not (?:yet )?been delivered (?:yet|to (?:one|all|the)[^.]{0,120}after)|not yet been delivered|has been (?:delayed"
    r"|postponed|deferred)|delivery (?:is|was) delayed|will (?:be retried|be tried again|keep trying|retry|continue to"
    r" (?:try|attempt|be))|(?:just|only) a warning|warning message only|delivery attempts will continue|still being (?:"
    r"retried|attempted)|no action is required on your part|delay reason:|could not be delivered for \d+ hours",
    re.I,
)
GIVEN_UP = re.compile(
    r"(?:given|giving) up|will not be retried|not going to try again|permanent (?:fatal )?error", re.I
)
PERMANENT = re.compile(r"\bpermanent(?:ly)?\b|\bfatal\b|given up", re.I)

# From here on it is the mail that was sent. The line is seen without its dashes and other decoration.
RETURNED = re.compile(
    r"(?:this|here|below this line|attachment|below the next line)\b.{0,12} (?:is|are) (?:a |the )?(?:copy|first|header).*"
    r"|(?:a )?copy of the (?:original )?(?:message|mail).*"
    r"|(?:start of |begin )?(?:the )?(?:original|returned|unsent|forwarded|undelivered|rejected|your|old|e-?mail)?"
    r" ?(?:message|e-?mail|mail)s?(?:'s)? ?(?:text|header|headers|headers only|body|details|content|contents)?"
    r" ?(?:is |are )?(?:reads.*|as (?:received|follows).*|follows?|following|below|attached.*|is following)"
    r"|(?:start of |begin )?(?:original|returned|unsent|forwarded|undelivered|old) (?:message|mail|e-?mail)"
    r"(?: (?:text|headers?|body|details|follows|below))*"
    r"|the (?:header|first \d+ (?:lines|bytes|characters)).{0,20} of (?:the|your) (?:original )?(?:message|mail).*"
    r"|(?:mensaje original|urspr.ngliche nachricht|message d.origine|nachricht|original mail).*",
    re.I,
)
RETURNED_HEADER = re.compile(
    r">?(?:Return-Path|Received|Delivered-To|DKIM-Signature|ARC-Seal|X-YMail-OSG|DomainKey-Signature): ?\S",
    re.I,
)

# After such a line the recipients are listed; what stands before speaks of the mail as a whole.
ANNOUNCED = re.compile(
    r"^(?:.*(?:following|failed|undeliverable|intended|these|this|one or more)\b.{0,60}\b(?:recipient|address|user"
    r"|destination)[^:]{0,120}|.*(?:not delivered to|not reach|had (?:permanent|delivery|transient)[^:]{0,40}errors"
    r"|failure reasons)[^:]{0,60}):?[\s\-*]*$",
    re.I,
)

# A line that names a recipient; what follows on it and below is what was said about it.
_END = r"\s*(?P<said>.*)$"
_OPEN, _SHUT = r"[<\[\"'(]*(?:SMTP:|mailto:)?", r"[>\]\"')]*"
LINES = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"^[\s>]*{_OPEN}{A}{_SHUT}\s*:{_END}",  # Postfix, qmail and their many children
        rf"^[\s*>•–-]*{_OPEN}{A}{_SHUT}[,;.]?\s*(?P<said>)$",  # Exim, Sendmail, Gmail: alone on its line
        rf"^[\s*•>-]*\"[^\"]{{1,100}}\"\s+<{A}>[,;.:]?\s*(?P<said>)$",
        rf"^[\s*•-]*{_OPEN}{A}{_SHUT}\s?\.\.\.{_END}",  # Sendmail
        rf"^\s*(?P<code>[45]\d\d[ -](?:\d\.\d+\.\d+ )?)<?{A}>?\s?\.\.\.{_END}",
        rf"^[\s*•-]*{_OPEN}{A}{_SHUT}\s*(?P<said>[\[(].*)$",
        rf"^[\s*•-]*{_OPEN}{A}{_SHUT}(?:\s+(?:on \w{{3}}, \d|;)|\s{{2,}}|\s+-+\s+){_END}",
        rf"^.*\bdda:SMTP={A};?{_END}",  # X.400 gateways
        rf"^\W*(?:(?:failed |intended |original |final |undeliverable |undelivered |invalid |bad |unknown |error[- ])*"
        rf"(?:recipient|address|user|for|to|addressee|mailbox|destination|receiver)s?(?:[- ](?:address|to|name))?|"
        rf"delivery failed[^:]{{0,40}}|recipient address rejected|(?:e-?mail )?empf.nger|destinataire|destinatario"
        rf"|vastaanottaja|mottagare|получатель|收件人|宛先)\s*[:=]\s*(?:rfc822;\s*)?{_OPEN}{A}{_SHUT}{_END}",
    )
]
# The address we wrote to, when a list or a forwarding made another one of it.
PARENT = re.compile(rf"(?:generated|expanded) (?:from|by):?\s+<?{A}", re.I)

# Where no line names a recipient: the words around an address in a sentence.
SENTENCES = [
    re.compile(pattern, re.I)
    for pattern in (
        rf"originally addressed to\s+['\"<]*{A}",
        rf"RCPT TO: ?<?{A}",
        rf"(?:address(?:ed|es)?|recipients?|errors?|mailbox|user|account|destinataire)\b(?: to\b| is\b| of\b| name\b)?(?: email"
        rf" address\b)?\s*[:,]?\s*(?:--)?\s*['\"<\[(]*{A}",
        rf"(?:deliver(?:y|ed|ing)?(?: your (?:message|mail|e-?mail))?|(?:message|mail|e-?mail)(?: sent| addressed)?"
        rf"|sent|send|undeliverable|response from|unable to reach|quota violation)\s+(?:to|for|of)\s+(?:(?:the )?(?:"
        rf"following |email |e-mail )?(?:address|recipient|user)s?:?\s+)?['\"<\[(]*{A}",
        rf"\b(?:to|for|an|à|a|till|til)\s+['\"<\[(]*{A}",
    )
]
HOST = re.compile(
    r"(?:\bhost|remote (?:mta|host|server)|server|mailer|connected to|relay=|while talking to|said by)\s+"
    r"[\[<(\"]?(?P<host>[A-Za-z0-9](?:[\w-]|\.(?=\w)){3,250})",
    re.I,
)
# What the remote server answered, in a transcript of the session.
REMOTE_REPLY = re.compile(r"^<<< ?([45]\d\d[ -][^\n]{1,300})", re.M)
LOCAL_PART = re.compile(r"\s*\n?[ \t]+([\w.+-]{2,64})(?:[ \t]*|[ \t]{2,}[^\n]{1,100})(?:\n|$)")
# Nobody tries any more, because it took too long.
EXPIRED = re.compile(
    r"(?:in (?:the )?queue|on the queue|retry(?:ing)?|time(?:d)?) ?(?:for )?(?:too long|time(?:d)? ?out|limit|expired)"
    r"|(?:message|delivery time|queue lifetime|retry timeout)s? (?:has )?(?:been )?(?:expired|exceeded|timed out)"
    r"|could not (?:be )?deliver(?:ed)? for|retry time not reached for any host after a long|within \d+ (?:day|hour)s"
    r"|delivery (?:has )?(?:failed|timed out) (?:after )?\d+ (?:attempts|days|hours)|\d+ (?:failed )?attempts"
    r"|unable to deliver .{0,60}for the (?:last|past) \d+|giving up|maximum-time-expired|not (?:been )?collected after",
    re.I,
)

# The conversation ended before a recipient was named: whatever was refused, it was not the recipient.
OF_THE_SENDER = re.compile(
    r"(?:after|in reply to|response to|did not like our|>>>|\(in)\s+(?:the )?(?:pipelined )?(?:MAIL FROM|HELO|EHLO"
    r"|initial connection)|my name was rejected|sender (?:was )?rejected",
    re.I,
)
NO_ANSWER = re.compile(
    r"tim(?:ed|e) ?out|lost connection|connection (?:refused|reset|closed|lost)|no route", re.I
)
# A server that takes RCPT knows the recipient; when it then says "unknown" to the mail itself, without the
# code for it, it filters (mobile carriers do).
AFTER_DATA = re.compile(
    r">>> (?:DATA|\.)\s{1,4}<<< 5\d\d(?![ -]5\.1\.)|(?:in reply to|after|did not like our) (?:the )?(?:final|end of) DATA",
    re.I,
)

# Advice around what was said: it speaks of everybody's mail, not of this one.
ADVICE = re.compile(
    r"(?:please\b|if you\b|for (?:further|more)\b|this is an auto|do not reply|no action is|your message was also"
    r"|contact\b|we recommend|system contact).*",
    re.I,
)
