"""What servers say in words: THE table to edit when operations meet a reply that nobody knew.

The rules see a reply in lower case, without addresses, links, host names, numeric codes and the phrases in
BOILERPLATE; an IP address has become the word "ip". The first row that matches wins, so the order of the
rows is a rule too. Patterns stand on lines of their own or between " | "; {names} are those of PARTS.
Gaps are bounded, which keeps every pattern linear.
"""

import re

from documents.causes import Cause

C = Cause
Rules = list[tuple[re.Pattern[str], Cause]]

WHO = (
    r"(?:user(?:\s?(?:name|id))?|recipients?|mail\s?box(?:es)?|account|alias|address(?:ee|es)?"
    r"|customer|person|subscriber)"
)
PARTS = {
    "who": WHO,
    # Said of the recipient, not of an IP address or of us.
    "theirs": rf"(?<!ip )(?<!sender )(?<!from )(?<!your )(?<!source )\b{WHO}\b\W{{0,3}}(?:\w+ ){{0,5}}",
    "other": r"(?!ip|from|sender|client|source|return|reply|host)\w+",
    "box": r"(?:mail\s?(?:box|drop|dir|folder|spool)|inbox|account|user|recipient|address)",
    "wrong": r"(?:unknown|invalid|illegal|no such|non-?existent|unrecogni[sz]ed|malformed|incorrect"
    r"|wrong|bad)",
    "missing": r"(?:unknown|not (?:be )?(?:found|known|listed|exist|valid|recogni[sz]ed|registered)"
    r"|does(?: not|n't) exist|(?:is |was )?invalid|has moved"
    r"|no longer (?:exist|valid|on server|available|here|with|work))",
    "closed": r"(?:disabled|suspended|inactive|de-?activated|discontinued|closed|locked|expired|terminated"
    r"|not active|no longer (?:active|in use|used|accept)|not in use|frozen|dormant)",
    "gone": r"(?:not (?:be )?found|unknown|invalid|does(?: not|n't) exist|couldn't be found)",
    "ours": r"\b(?:your|this|sending|sender(?:'?s)?|client|remote|originating|connecting|source)",
    "machine": r"(?:ip|host|server|network|mta|domain|country|region|isp|provider)",
    "refused": r"(?:blocked|rejected|refused|denied|barred|blacklisted|listed"
    r"|not (?:allowed|permitted|accepted|welcome))",
    "barred": r"(?:not (?:allowed|accepted|permitted)|blocked|rejected|refused|forbidden|denied|prohibited"
    r"|disallowed|unacceptable|illegal)",
    "part": r"(?:system|server|internal|local|temporary|mailer|program|unexpected|protocol|syntax"
    r"|configuration|software|database)",
    "mail": r"(?:message|e?-?mail|file|attachment)s?",
    "time": r"(?:second|minute|hour|day|hourly|daily|session|connection|transaction)",
    "exceeds": r"exceed(?:s|ed|ing)?",
}


def _pattern(text: str) -> re.Pattern[str]:
    alternatives = re.split(r"\s*\n\s*|\s+\|\s+", text.strip())
    return re.compile(
        "|".join(re.sub(r"\{([a-z]+)\}", lambda name: PARTS[name[1]], one) for one in alternatives)
    )


def _rules(rows: list[tuple[Cause, str]]) -> Rules:
    return [(_pattern(text), cause) for cause, text in rows]


# Said around any cause, and misleading where it is not stripped.
BOILERPLATE = _pattern(
    r"""
    recipient address rejected:?(?!\s?:?\s*(?:access denied|$))
    requested (?:mail )?action (?:not taken|aborted):? | delivery temporarily suspended:?
    in reply to (?:the )?(?:end of )?[a-z ]{1,12} command | >>> (?:mail from|rcpt to|data|ehlo|helo)\b:?
    there was a (?:temporary )?problem delivering your message
    to (?:best )?protect our users from spam | (?:are not|aren't|isn't|is not) spam
    if the address looks correct[^.]{0,120} | rejected by the local scanning code
    check (?:for|the) [^.]{0,120} | please contact [^.]{0,120}
    for (?:more|further) (?:information|help|details|assistance)[^.]{0,160}
    technical details of (?:temporary|permanent) failure | this list is in a special format[^.]{0,200}
    if you can see this text[^.]{0,260}
    """
)

# Matched before links and host names are stripped: a link to a block list says it all.
LISTED = _pattern(
    r"""
    \b(?:spamhaus|sorbs|spamcop|spamrats|uceprotect|abuseat|hostkarma|invaluement|senderscore)\b
    \b(?:barracudacentral|backscatterer|mailspike|nixspam|psbl|junkemailfilter|abusix|blocklist\.de)\b
    \b(?:zen|sbl|xbl|pbl|cbl|dnsbl|rbl|bl|combined)\.[a-z0-9-]{1,60}\.[a-z] | ipcheck\. | senderscore\.
    csi\.(?:cloudmark|mimecast)
    """
)
# A link to a page about an IP address: ours is meant, unless the words say something else.
LOOKUP = re.compile(r"[?&/]ip[=/]")
# A link or an address within the mail is listed, not we.
LISTED_CONTENT = re.compile(r"\b(?:uribl|surbl)\b|\b(?:url|link)s? [^.]{0,30}listed|listed (?:url|link)")

STRONG: Rules = _rules(
    [
        (
            C.RATE_LIMITED,
            r"""
            gr[ea]y[\s_-]?list | receiving mail (?:at a rate|too (?:quickly|fast))
            too many (?:\w+ ){0,2}connections
            """,
        ),
        (C.UNREACHABLE, r"hop count | too many hops | (?:mail|message|routing) loop"),
        (
            C.OUR_AUTHENTICATION,
            r"""
            \b(?:spf|dkim|dmarc)\b | unauthenticated | domain ?keys | not pass (?:the )?authentication
            authentication[- ]level | email authentication
            """,
        ),
        (
            C.TOO_LARGE,
            r"""
            (?:{mail}|content|data)(?:'s)? (?:\w+ ){0,3}too (?:big|large|long)
            {mail} (?:header )?(?:size|length) (?:\w+ ){0,3}(?:exceed|limit|too|larger|over)
            (?:{mail}|it|sizes?) (?:has |is )?(?:{exceeds}|larger than|over) (?:\w+ ){0,4}size
            {exceeds} (?:\w+ ){0,4}{mail}[ -]size
            max(?:imum|\.)? (?:\w+ ){0,3}{mail} size
            (?:message|mail) size limit | exceeds size limit
            \bline (?:limit exceeded|(?:is )?too long) | nachricht (?:ist )?zu gro
            message trop (?:gros|volumineux|grand)
            """,
        ),
        (
            C.SERVER_TROUBLE,
            r"""
            insufficient (?:system|disk) (?:storage|space|resources) | disk (?:is )?full | no space left
            system storage | queue file write error | policy size per transaction
            """,
        ),
        (
            C.POLICY,
            r"""
            relay(?:ing)? (?:\w+ ){0,2}(?:denied|not|prohibited|access denied|is)
            (?:not|unable|denied|permitted) to relay | no relaying | not (?:\w+ )?relay\b
            (?:credentials|authentication) (?:\w+ ){0,3}relay | (?:open|insecure) (?:mail )?relay
            with the same message-id
            rcpthosts | spam or virus | not (?:a )?(?:valid )?rfc
            rfc\s?\d{3,4}[\s-](?:compliant|violation)
            """,
        ),
        (
            C.OUR_REPUTATION,
            r"""
            \bptr\b | reverse (?:dns|lookup|hostname|host|mapping|resolution) | \brdns\b | fcrdns
            (?:your|client|sender(?:'?s)?) (?:reverse )?host\s?name
            \b(?:black|block|deny|bad)[\s-]?list | \b(?:dns|ip)?[rx]?bls?\b | \bdnsbls?\b
            (?<!not )\blisted (?:in|on|by|at)\b | ^\W*blocked\b | :blocked\) | too many (?:\w+ )?errors
            not accepting connections | blocked using | reputation | \bbanned\b | user complaints
            {ours} (?:\w+ ){0,2}{machine} (?:\w+ ){0,4}{refused}
            \bip\b\W{0,3}(?:address )?(?:\w+ ){0,4}{refused}
            (?:{refused}|blocking|rejecting) (?:\w+ ){0,5}\[?\(?(?:ip|client host|smtp host)\b
            (?:{mail}|connections?|traffic) from (?:your |this |the )?\W{0,2}(?:ip|host|server|network)\b
            permanently deferred | service refus | not in (?:the )?(?:white|allow)list
            refused to talk to me: (?!.{0,12}(?:too many|temporar))
            (?:your )?access to (?:submit|this)
            your (?:\w+ )?(?:account|domain|e-?mail|mail) (?:\w+ ){0,3}(?:suspended|blocked|disabled)
            dynamic(?:ally)?[\s-](?:\w+ )?ip | residential ip | ip=ip - a problem occurred
            traffic not accepted from | \bip you're using
            not (?:authorized|allowed) to (?:connect|send (?:e-?)?mail direct) | no smtp service
            rate of (?:\w+ ){0,2}mail \W?originating | originating from your
            intrusion | verif\w+ failed for$
            \b(?:helo|ehlo)\b(?!(?:/helo)? first)
            sender (?:e?-?mail )?(?:address |domain )?(?:was |is )?(?:{refused}|verif|invalid)
            sender not (?:verif|allowed)
            (?:domain of |envelope |invalid |bad |unknown |unverified )sender
            (?<!accept )(?<!accepts )mail\s?from\b(?! first) | emetteur | sender(?:'s)? account
            sender(?:'s)? (?:\w+ ){0,2}domain | return[\s-]path(?!:)
            """,
        ),
        (
            C.RATE_LIMITED,
            r"""
            rate[\s-]?limit | throttl
            too many (?:\w+ ){0,2}(?:{mail}|connection|recipient|session|concurrent|rcpt|transaction|request)
            excessive(?:ly)? (?:\w+ ){0,2}(?:volume|rate|mail|connection)
            (?:unusual|unexpected|high) (?:\w+ )?(?:rate|volume) | too (?:fast|quickly|frequent|often)
            slow down | too much mail from | thread limit | frequency limited | \brp:\w{3}\b
            {time} (?:\w+ ){0,4}(?:limit|quota)
            (?:limit|quota|messages?|maximum) (?:\w+ ){0,2}per {time}
            (?:connection|sending|message|recipient|concurrency)s? (?:rate|count|limit|frequency)
            max(?:imum)? (?:number of )?(?:\w+ )?(?:connections|recipients|messages? per)
            """,
        ),
        (
            C.MAILBOX_FULL,
            r"""
            over[\s-]?quota | quota
            {box}(?: \w+){0,2}\W{0,3}(?:is |was |has )?(?:currently |already |too )?(?:over[\s-]?)?full\b
            mailbox\s?full | \bfull (?:mail\s?box|inbox) | not enough (?:disk )?space
            space (?:is )?not enough
            receive any (?:e-?)?mail until
            out of (?:storage|space) | storage (?:allocation|limit|space|exceeded|is full)
            {exceeds} (?:\w+ ){0,3}(?:storage|space)
            {box} (?:size|limit) (?:\w+ )?(?:limit )?(?:exceed|reached)
            {box} (?:\w+ )?(?:exceed|over)(?:s|ed)? (?:\w+ ){0,3}(?:size|limit|storage)
            bo[iî]te (?:\w+ ){0,3}pleine | postfach (?:\w+ ){0,3}voll\b | buz[oó]n (?:\w+ ){0,3}lleno
            casella (?:\w+ ){0,3}piena | caixa (?:\w+ ){0,4}cheia | postilaatikko (?:\w+ ){0,2}täynnä
            brevlåda\w* (?:\w+ ){0,2}full | переполнен | 満杯 | 已满 | 容量
            """,
        ),
        (C.RATE_LIMITED, r"limit (?:has been |was |is )?(?:exceeded|reached)"),
        (
            C.POLICY,
            r"""
            permission to post | oprávnění | дозволу | not (?:allowed|permitted) to post
            not accept (?:e-?)?(?:mail|messages) from
            """,
        ),
        (
            C.DOMAIN_UNKNOWN,
            r"""
            nx\s?domain | (?:no|null|any|find an?)\s?mx\b | no (?:\w+ )?mx (?:record|host)
            (?:host|domain|site)(?: or domain)?(?: name)? (?:\w+ )?(?:is |was )?{gone}
            (?:{wrong}|unroute?able) (?:mail |recipient |destination )?(?:host|domain)
            dns (?:lookup )?(?:failure|error) | name service error | (?:find|found) any host
            domain (?:\w+ )?couldn't be found
            (?:domain|host|server) (?:\w+ ){0,3}does(?: not|n't) accept (?:e-?)?mail\b(?! from)
            (?:computer|system|machine) (?:was |is )?not found
            relevant mx records | find a mail exchanger | name\s?server[^.]{0,30}(?:not found|no data)
            """,
        ),
        (
            C.ADDRESS_UNKNOWN,
            r"""
            {wrong} (?:or \w+ )?(?:{other} )?(?:{who}|local[\s-]?part)\b
            {theirs}{missing}
            not in (?:the )?recipient list | not a (?:known|valid) {who} | not our customer
            not listed in (?:\w+ ){0,4}(?:directory|book)
            (?:doe?sn't|does not|don't|do not) exist\b | (?:doesn't|does not) have an? (?:\S+ )?account
            no (?:mailbox|user|account|recipient|one) (?:\w+ )?(?:here|by that|with|found|named)
            no such (?:\w+ )?(?:user|recipient|mail\s?box|address|person|account|local user)
            recipient\s?not\s?found | nosuchuser | user\s?unknown | mail\s?box not found
            unrouteable address | addressee unknown | not found by smtp address lookup
            recipient address(?:es)? rejected\s?: access denied
            (?:cannot|can't|could not|couldn't) find (?:\w+ )?(?:recipient|user|mailbox)
            address (?:\w+ ){0,4}(?:wrong|misspelled) | destination mailbox address
            left the (?:company|organi) | name & address book
            not (?:exactly )?match an? (?:\w+ ){0,3}(?:address|mailbox|user)
            recipient verif\w* fail | \buserid: | n'existe (?:pas|plus)
            (?:destinataire|adresse|utilisateur) (?:\w+ ){0,5}(?:inconnue?|invalide) | existiert nicht
            unbekannt | no existe | desconocid[oa] | inesistente | non esiste | sconosciuto
            bestaat niet | onbekend | não existe | inexistente | finns inte | okänd | findes ikke
            finnes ikke | ukendt | ukjent | tuntematon | ei ole olemassa | ei löydy | nie istnieje
            neexistuje | не существует | не найден | неизвестн | 不存在 | 宛先不明
            存在しない | 存在しません | 見つかりません
            """,
        ),
        (
            C.SUSPENDED,
            r"""
            {theirs}{closed}
            {closed} (?:\w+ )?{who}
            not accepting (?:mail|messages) (?:for|to) this | not been collected | désactivé
            deaktiviert | suljettu | avstängd | заблокирован | 停用
            """,
        ),
        (
            C.ATTACHMENT_REFUSED,
            r"""
            virus | file\s?(?:type|extension) | malware | infected | trojan | phish | potential security
            executable | (?:attachment|file)s?(?: [\w.]+){0,5} {barred}
            (?:{barred}|banned|dangerous) (?:attachment|file)
            """,
        ),
        (
            C.POLICY,
            r"""
            \bspam | spam\b | \bjunk | unsolicited | \bube\b | \bdt:spm\b | \bsuspicious\b
            message content | content (?:filter|reject|restriction|den) | local policy
            policy (?:reason|violation|restriction|reject)
            (?:due to|by|per|against|violat\w+) (?:\w+ ){0,3}polic | administrative prohibition
            headers? (?:\w+ ){0,3}syntax | lacks \w+ header | malformed
            missing (?:\w+ ){0,3}(?:header|address|field) | no [\w-]+ (?:field|header)
            disallowed header | from:? header | not (?:rfc|compliant)
            """,
        ),
        (
            C.SERVER_TROUBLE,
            r"""
            server (?:is )?busy | {part} (?:\w+ )?(?:error|failure|problem|fault)
            local (?:error|problem) | command output | pipe to\b | insufficient permission | \btls\b
            starttls | certificate | e?helo first | out of memory | duplicated? message-id
            system not (?:accepting|capable) | cannot (?:open|create|write)
            can't (?:open|create|write) | input/output | encountered an error | must issue
            """,
        ),
        (
            C.UNREACHABLE,
            r"""
            connection (?:\w+ ){0,3}(?:timed out|refused|reset|lost|dropped|failed|closed|aborted|error)
            time[sd]?[\s-]?out | no route | unreachable | not reachable | network | hop count
            too many (?:hops|received) | loop(?:ing|s)?\b | (?:in the|in) queue too long | queue period
            retry time | (?:message|delivery|queue|envelope|mail|time) (?:\w+ )?(?:expired|exceeded)
            find a (?:gateway|route) | requests to connect
            (?:unable|fail\w*|not|couldn't) (?:\w+ ){0,3}(?:to )?connect(?:ion)?
            (?:\d{1,5}|several|many) attempts | has been delayed | not yet (?:been )?(?:delivered|received)
            attempts will continue | smtp connection | not respo | no answer | host (?:is )?down
            unable to reach | \bhops\b | socket error | will-retry-until | lost connection
            """,
        ),
    ]
)
WEAK: Rules = _rules(
    [
        (C.ADDRESS_UNKNOWN, r"{who} (?:is |currently |temporarily )?(?:unavailable|not available)"),
        (C.SUSPENDED, r"disabled | suspended | deactivated | inactive | discontinued"),
        (
            C.ADDRESS_UNKNOWN,
            r"""
            (?:recipient|address|user)s? (?:\w+ ){0,3}(?:rejected|refused|not allowed) | not found
            unknown(?! (?:error|reason|command|problem|failure)) | no such(?! file)
            """,
        ),
        (C.TOO_LARGE, r"too (?:big|large) | \bsize\b"),
        (
            C.POLICY,
            r"""
            \bblocked\b | polic | content | not (?:allowed|permitted|accepted|acceptable) | prohibited
            forbidden | restrict | security | denied | reject
            """,
        ),
        (C.OUR_REPUTATION, r"connection (?:denied|rejected|not) | \babus | service refused?"),
        (
            C.UNREACHABLE,
            r"""
            (?:for|within|after|than|last) \d+ (?:day|hour|minute|second)s
            will (?:be retried|retry|keep trying) | gave up
            """,
        ),
        (C.SERVER_TROUBLE, r"temporar | try (?:again|later) | unavailable | not available | failure | error"),
    ]
)
