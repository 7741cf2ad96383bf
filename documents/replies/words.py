"""What servers say in words: THE table to edit when operations meet a reply that nobody knew.

The rules see a reply in lower case, without addresses, links, host names, numeric codes, accents and the
phrases in BOILERPLATE; an IP address has become the word "ip". The first row that matches wins, so the order
of the rows is a rule too. How they are written: see `patterns`. Other languages than English: see `foreign`.
"""

import re

from documents.causes import Cause
from documents.replies.patterns import compiled, rules

C = Cause

WHO = (
    r"(?:user(?:\s?(?:name|id))?|recipients?|mail\s?box(?:es)?|account|alias|address(?:ee|es)?"
    r"|customer|person|subscriber)"
)
PARTS = {
    "who": WHO,
    # Said of the recipient, not of an IP address or of us.
    "their": r"(?<!your )(?<!sender )(?<!sending )(?<!from )",
    "theirs": r"(?<!ip )(?<!sender )(?<!sender's )(?<!sending )(?<!from )(?<!your )(?<!source )(?<!return )"
    rf"\b{WHO}\b\W{{0,3}}(?:\w+ ){{0,5}}",
    "other": r"(?!ip|from|sender|client|source|return|reply|host)\w+",
    "box": r"(?:mail\s?(?:box|drop|dir|folder|spool)|inbox|account|user|recipient|address)",
    "wrong": r"(?:unknown|invalid|illegal|no such|non-?existent|unresolvable|unrecogni[sz]ed|malformed"
    r"|incorrect|wrong|bad)",
    "missing": r"(?:unknown|(?:(?:can)?not|\w+n't) (?:be )?(?:found|known|listed|exist|valid|recogni[sz]ed"
    r"|registered|resolved|located|defined|local|used)|does(?: not|n't) exist|(?:is |was )?invalid"
    r"|(?:has|have) moved|(?:has been|was|is) (?:deleted|removed)|not unique"
    r"|do(?:es)?(?: not|n't) (?:belong|(?:appear|seem) to)"
    r"|no longer (?:exist|valid|on|available|here|at|with|work|employed|in service)"
    r"|not (?:on|at) this (?:server|system|host)"
    r"|not (?:in|on) (?:my|our|the|any|user) (?:(?!allow|approv|white|safe|send)\w+ ){0,3}"
    r"(?:list|table|director|map|database)(?!\w* of (?:\w+ )?(?:send|allow|approv)))",
    "closed": r"(?:disabled|suspended|inactive|de-?activated|discontinued|closed|locked|expired|terminated"
    r"|cancell?ed|not (?:been )?activ(?:e|ated)|not (?:accepting|allowed to receive|enabled)"
    r"|no longer (?:active|in use|used|accept|receiv)|not in use\b|frozen|dormant|retired)",
    "gone": r"(?:(?:(?:can)?not|\w+n't) (?:be )?(?:found|resolved)|unknown|invalid"
    r"|does(?: not|n't) (?:exist|resolve))",
    "ours": r"\b(?:your|this|sending|sender(?:'?s)?|client|remote|originating|connecting|source)",
    "person": r"(?:recipient|receiver|addressee|user)",
    "sender": r"send(?:er|ing)(?: e?-?mail)?(?: address| domain)?",
    "addr": r"(?:from |header )?(?:e-?mail )?address",
    "deaf": r"(?:not|n't) (?:handle|host|serve|accept|receive)",
    "arriving": r"(?:message|e?-?mail|file|attachment|connection|traffic|access)s?",
    "machine": r"(?:ip|host|(?:mail\s?)?server|network|mta|domain|country|region|isp|provider)",
    "refused": r"(?:blocked|rejected|refused|denied|barred|blacklisted|listed"
    r"|not (?:allowed|permitted|accepted|welcome))",
    "idle": r"(?:disabled|suspended|de-?activated|inactive|discontinued|terminated|closed|locked|frozen)",
    "barred": r"(?:not (?:allowed|accepted|permitted)|blocked|rejected|refused|forbidden|denied|prohibited"
    r"|disallowed|unacceptable|illegal)",
    "part": r"(?:system|server|internal|local|temporary|mailer|program|unexpected|protocol|syntax"
    r"|configuration|software|database)",
    "mail": r"(?:message|e?-?mail|file|attachment)s?",
    "time": r"(?:second|minute|hour|day|hourly|daily|session|connection|transaction)",
    "exceeds": r"exceed(?:s|ed|ing)?",
}

# Said around any cause, and misleading where it is not stripped.
BOILERPLATE = compiled(
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
    """,
    PARTS,
)

# Matched before links and host names are stripped: a link to a block list says it all.
LISTED = compiled(
    r"""
    \b(?:spamhaus|sorbs|spamcop|spamrats|uceprotect|abuseat|hostkarma|invaluement|senderscore)\b
    \b(?:barracudacentral|backscatterer|mailspike|nixspam|psbl|junkemailfilter|abusix|blocklist\.de)\b
    \b(?:zen|sbl|xbl|pbl|cbl|dnsbl|rbl|bl|combined)\.[a-z0-9-]{1,60}\.[a-z] | ipcheck\. | senderscore\.
    csi\.(?:cloudmark|mimecast)
    """,
    PARTS,
)
# A link to a page about an IP address: ours is meant, unless the words say something else.
LOOKUP = re.compile(r"[?&/]ip[=/]")
# A link or an address within the mail is listed, not we.
LISTED_CONTENT = re.compile(r"\b(?:uribl|surbl)\b|\b(?:url|link)s? [^.]{0,30}listed|listed (?:url|link)")

STRONG = rules(
    [
        (
            C.RATE_LIMITED,
            r"""
            gr[ea]y[\s_-]?list | \btriplet\b | receiving mail (?:at a rate|too (?:quickly|fast))
            too many (?:\w+ ){0,2}connections | too much mail from
            """,
        ),
        (
            C.SERVER_TROUBLE,
            r"""
            verification in progress | temporar\w* (?:\w+ ){0,2}(?:lookup|verif|unverif)
            (?:lookup|verif\w+|callout) (?:\w+ ){0,2}temporar
            (?:not|unable to) complete (?:\w+ )?(?:verif|callout)
            """,
        ),
        (C.UNREACHABLE, r"hop count | too many hops | (?:mail|message|routing) loop"),
        (
            C.OUR_AUTHENTICATION,
            r"""
            \b(?:spf|dkim|dmarc)\b | unauthenticated | domain ?keys | not pass (?:the )?authentication
            authentication[- ]level | (?:mail|message|sender) authentication | \(pra\) | \bsenderid\b
            (?:message|mail) (?:is |was )?not (?:\w+ )?signed
            """,
        ),
        (
            C.TOO_LARGE,
            r"""
            (?:{mail}|content|data)(?:'s)? (?:\w+ ){0,3}too (?:big|large|long)
            {mail} (?:header )?(?:size|length) (?:\w+ ){0,3}(?:exceed|limit|too|larger|over)
            (?:{mail}|it|sizes?) (?:has |is )?(?:{exceeds}|larger than|over) (?:\w+ ){0,4}size
            {exceeds} (?:\w+ ){0,4}{mail}[ -]size
            max(?:imum|\.)? (?:\w+ ){0,3}{mail} size | \bmsg (?:size|too)
            (?:message|mail) size limit | (?<!box )(?<!storage )size limit (?:is |was |has been )?exceeded
            {mail} (?:is )?(?:larger|bigger) than | content {exceeds}
            (?:larger|bigger|longer) than (?:\w+ ){0,2}(?:allow|permit|accept|max)
            (?:exceeds|over) (?:the |our )?size limit | \bline (?:limit exceeded|(?:is )?too long)
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
            as a relay\b | not a gateway | not hosted (?:here|on|by) | rcpthosts
            {deaf} (?:e-?)?(?:mail|messages) for (?:[\w.-]+ ){0,2}domain
            with the same message-id | spam or virus | not (?:a )?(?:valid )?rfc
            rfc\s?\d{3,4}[\s-](?:compliant|violation)
            {person}(?: has| have|'s server)? (?:denied|refused|declined|blocked|rejected) (?:your|this|the)
            (?:blocked|rejected|refused|denied) by (?:the )?(?:intended )?{person}\b(?! (?:domain|server))
            {person}(?:'s|s'?) (?:\w+ ){0,2}(?:filter|polic|preference|setting|rule)
            {person}(?:'s|s'?) (?:\w+ ){0,2}(?:white|allow|safe|block|black|deny)\s?list
            (?:not|n't) (?:allowed|permitted|authori[sz]ed) to (?:send|post|write|deliver) (?:\w+ ){0,3}to\b
            (?:list|group)s? of (?:\w+ ){0,2}senders | only (?:\w+ )?(?:members|subscribers)
            external (?:sender|user|mail)s?\b
            not (?:wish|want) (?:to receive|mail)
            not accepting (?:e-?)?(?:mail|messages) from(?! (?:your|this|ip))
            """,
        ),
        (
            C.OUR_TROUBLE,
            r"""
            \bsasl\b | smtp\s?client\s?authentication | send\s?as\s?denied | permissions? to send (?:\w+ )?as
            not owned by (?:user|auth) | not logged in | (?:must|need to|please) (?:first )?log\s?[io]n
            same as (?:the )?auth\w+ | verified sender | address is not verified | pop before smtp
            (?<!level )(?<!checks )\bauthentication (?:is )?(?:unsuccessful|failed|failure|rejected)
            (?:incorrect|bad|wrong) (?:authentication|credentials|password|user\s?name or password)
            authenticated to send
            """,
        ),
        (
            C.OUR_REPUTATION,  # our server
            r"""
            \bptr\b | reverse (?:dns|lookup|hostname|host|mapping|resolution) | \brdns\b | fcrdns
            (?:your|client|sender(?:'?s)?) (?:reverse )?host\s?name | dns check fail
            \b(?:black|block|deny|bad)[\s-]?list | \b(?:dns|ip)?[rx]?bls?\b | \bdnsbls?\b
            (?<!not )\blisted (?:in|on|by|at)\b | :blocked\) | too many (?:\w+ )?errors
            ^\W*blocked\b(?!\W{0,3}(?:content|attach))
            not accepting connections | blocked using | reputation | user complaints
            \bbanned\b(?! (?:file|attach|content|word|exten|type))
            {ours} (?:\w+ ){0,2}{machine} (?:\w+ ){0,4}{refused}
            \bip\b\W{0,3}(?:address )?(?:\w+ ){0,4}{refused}
            (?:{refused}|blocking|rejecting)\W{1,4}(?:\w+ ){0,5}\W{0,2}(?:ip|client host|smtp host)\b
            {arriving} (?:from|for) (?:your |this |the )?\W{0,2}(?:ip|host|network)\b
            {arriving} from (?:your|this) (?:mail )?server\b
            permanently deferred | service refus | not in (?:the )?(?:white|allow)list
            refused to talk to me: (?!.{0,12}(?:too many|temporar))
            (?:your )?access to (?:submit|this) | no smtp service
            (?:dynamic(?:ally)?|dial-?up|transient|generic|residential)[\s-](?:\w+ )?(?:ip|host|address)
            ip=ip - a problem occurred | open prox(?:y|ies) | botnet | untrusted | \bnot trusted\b
            (?:your|this) (?:\w+ )?(?:ip|host|server|network) (?:\w+ ){0,5}(?:spam|abus)
            spam (?:coming )?from (?:your|this) | intrusion | unknown (?:client|network)
            \b(?:rly|con|dyn|rtr):\w\w\b | \bhl:(?:rep|ip\w|ihu|itc)\b | \bdt:rbl\b | \bmi:spb\b
            traffic not accepted from | \bip you're using
            not (?:authorized|allowed) to (?:connect|send (?:e-?)?mail direct)
            rate of (?:\w+ ){0,2}mail \W?originating | originating from your
            \b(?:helo|ehlo)\b(?!(?:/helo)? first) | in (?:the |your )?greeting
            """,
        ),
        (
            C.OUR_REPUTATION,  # our account, domain and address
            r"""
            your (?:\w+ )?(?:account|domain|e?-?mail(?:\s?box)?) (?:\w+ ){0,3}(?:suspended|blocked|disabled)
            \byour (?:e-?mail )?(?:ip(?: address)?|address|domain)\b (?:\w+ ){0,3}(?:unknown|invalid)
            \byour (?:e-?mail )?(?:ip(?: address)?|address|domain)\b (?:\w+ ){0,3}(?:not|\w+n't|cannot|does)
            (?:disabled|blocked|suspended) (?:for|from) sending | sender(?:'s)? account | emetteur
            {sender} (?:was |is )?(?:{refused}|verif|invalid|unknown|does|can|could|not found)
            sender not (?:verif|allowed(?! to (?:send|post|write|deliver)))
            (?:domain of |envelope |invalid |bad |unknown |unverified |no such )sender
            verify(?:ing)? (?:the |your )?sender | \bsender id\b | verif\w+ failed for$ | \bcallback\b
            (?<!accept )(?<!accepts )(?<!accepting )(?<!e-)\bmail\s?from\b(?! first) | return[\s-]path(?!:)
            \b(?:sender|bounce|envelope|return|reply[- ]to|from:?)[- ]{addr}\b(?! book)
            sender(?:'s)? (?:\w+ ){0,2}domain | (?:from:?|sender) (?:header )?domain
            domain (?:name )?(?:in|of) (?:\w+ ){0,2}(?:from|sender)
            """,
        ),
        (
            C.RATE_LIMITED,
            r"""
            rate[\s-]?limit | throttl
            too many (?:\w+ ){0,2}(?:{mail}|connection|recipient|session|concurrent|rcpt|transaction|request)
            excessive(?:ly)? (?:\w+ ){0,2}(?:volume|rate|mail|connection)
            (?:unusual|unexpected|high) (?:\w+ )?(?:rate|volume) | too (?:fast|quickly|frequent|often)
            slow down | thread limit | frequency limited | \brp:\w{3}\b | \bhl:(?:icc|ifc|mep)\b
            \bmi:(?:cel|dmc|ccl|stc)\b | \bmail bomb | try again in (?:\w+ ){0,2}(?:second|minute|hour)
            (?:sending|outgoing|outbound|send) (?:\w+ )?(?:quota|limit)
            \byou (?:have |'ve )?(?:exceeded|reached) (?:\w+ ){0,4}(?:quota|limit|number)
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
            space (?:is )?(?:not enough|insufficient)
            (?:reached|exhausted) (?:\w+ ){0,4}(?:size|storage|space|capacity)
            exceed (?:\w+ ){0,3}{box} (?:\w+ )?(?:limit|size|capacity)
            receive any (?:e-?)?mail until
            out of (?:storage|space) | storage (?:allocation|limit|space|exceeded|(?:is )?full)
            {exceeds} (?:\w+ ){0,3}(?:storage|space)
            {box} (?:size|limit)s? (?:\w+ ){0,3}(?:exceed|reached)
            {box} (?:\w+ )?(?:exceed|over)(?:s|ed)? (?:\w+ ){0,3}(?:size|limit|storage)
            """,
        ),
        (C.RATE_LIMITED, r"limit (?:has been |was |is )?(?:exceeded|reached)"),
        (
            C.POLICY,
            r"""
            permission to (?:post|send) | not (?:allowed|permitted) to post
            not accept (?:e-?)?(?:mail|messages) from
            """,
        ),
        (
            C.DOMAIN_UNKNOWN,
            r"""
            nx\s?domain | (?:no|null|any|find an?)\s?mx\b | no (?:\w+ )?(?:mx (?:record|host)|mail exchanger)
            {their}(?:host|domain|site)(?: or domain)?(?: name)? (?:[\w.-]+ ){0,4}{gone}
            domain (?:[\w.-]+ )?(?:is |has )?(?:expired|inactive|not active|no mail (?:server|exchanger))
            (?:{wrong}|unroute?able) (?:mail |recipient |destination )?(?:host|domain)\b(?! user)
            mx records? (?:\w+ ){0,3}(?:localhost|loopback|non-?exist)
            dns (?:lookup )?(?:failure|error) | name service error | (?:find|found) any host
            (?:domain|host|server) (?:[\w.-]+ ){0,3}does(?: not|n't) accept (?:e-?)?mail\b(?! from)
            (?:computer|system|machine) (?:was |is )?not found
            relevant mx records | find a mail exchanger | name\s?server[^.]{0,30}(?:not found|no data)
            """,
        ),
        (
            C.ADDRESS_UNKNOWN,
            r"""
            left the (?:company|organi) | (?:employee|person|user) has left
            no longer (?:employed|with (?:the|our|this)|works?\b)
            """,
        ),
        (
            C.SUSPENDED,
            r"""
            {theirs}{closed}
            {closed} (?:\w+ )?{who} | ^\W*{idle}\W*$
            (?<!your )(?:mail\s?box|account) (?:is |was |has been )?(?:\w+ly )?blocked(?! (?:you|by|this))
            not accepting (?:mail|messages) (?:for|to) this | not been collected
            """,
        ),
        (
            C.ADDRESS_UNKNOWN,
            r"""
            {wrong} (?:or \w+ )?(?:{other} )?(?:{who}|local[\s-]?part)\b
            {theirs}{missing}
            not an? (?:\w+ )?(?:known|valid|local|existing|registered) (?:\w+ )?{who}
            not in (?:the )?recipient list | not (?:our|a) customer
            not listed in (?:\w+ ){0,4}(?:directory|book)
            (?:doe?sn't|does not|don't|do not) exist\b | (?:doesn't|does not) have an? (?:\S+ )?account
            no (?:mail\s?box|user|account|recipient|one) (?:\w+ )?(?:here|by that|with|found|named|available)
            no such (?:\w+ )?(?:user|recipient|mail\s?box|address|person|account|local user)
            recipient\s?not\s?found | nosuchuser | user\s?unknown | mail\s?box not found
            unroute?able address | addressee unknown | not found by smtp address lookup
            recipient address(?:es)? rejected\s?: access denied | no valid recipients?\b
            (?:cannot|can't|could not|couldn't|unable to) find (?:\w+ )?(?:recipient|user|mail\s?box)
            (?:cannot|can't|could not|couldn't|unable to) (?:locate|resolve) (?:\w+ )?(?:recipient|user)
            address (?:\w+ ){0,4}(?:wrong|misspelled) | destination mailbox address
            name & address book | \buserid:
            not (?:exactly )?match an? (?:\w+ ){0,3}(?:address|mailbox|user)
            recipient (?:address )?(?:verif|valid)\w* (?:\w+ ){0,2}fail | fail\w* recipient (?:verif|valid)
            """,
        ),
        (
            C.ATTACHMENT_REFUSED,
            r"""
            virus | file\s?(?:type|extension) | malware | infected | trojan | phish | potential security
            executable | (?:not|n't) accept (?:[\w.]+ ){0,2}(?:attachment|file) | \bmacros?\b
            password[- ]protected | encrypted (?:\w+ )?(?:attachment|file|archive|zip)
            (?:attachment|file)s?(?: [\w.]+){0,5} {barred}
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
            header error | (?:no|missing|empty|without) (?:a )?subject | \bhvu:
            (?:invalid|bad|illegal|duplicate|multiple) (?:[\w-]+ )?headers?\b
            missing (?:\w+ ){0,3}(?:header|address|field) | no [\w-]+ (?:field|header)
            disallowed header | from:? header | not (?:rfc|compliant)
            """,
        ),
        (
            C.SERVER_TROUBLE,
            r"""
            (?:server|system) (?:is )?(?:busy|overload|down\b) | shut(?:ting )?down
            {part} (?:\w+ )?(?:error|failure|problem|fault)
            local (?:error|problem) | command output | pipe to\b | insufficient permission | \btls\b
            starttls | certificate | e?helo first | out of memory | duplicated? message-id
            system not (?:accepting|capable) | cannot (?:open|create|write)
            can't (?:open|create|write) | input/output | encountered an error | must issue
            """,
        ),
        (
            C.UNREACHABLE,
            r"""
            dns (?:query|server) (?:error|fail|time) | servfail | (?:dropped|closed|lost) (?:the )?connection
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
    ],
    PARTS,
)
WEAK = rules(
    [
        (
            C.ADDRESS_UNKNOWN,
            r"{who} (?:is |currently |temporarily )?(?:unavailable|not available|isn't available)",
        ),
        (C.SUSPENDED, r"disabled | suspended | deactivated | inactive | discontinued"),
        (
            C.ADDRESS_UNKNOWN,
            r"""
            (?:recipient|address|user|mail\s?box)s? (?:\w+ ){0,3}(?:rejected|refused|not allowed)
            not found(?! (?:acceptable|in (?:the )?white)) | no such(?! file)
            (?<!country )unknown(?! (?:\w+ )?(?:error|reason|command|problem|failure|code|content|file|type))
            """,
        ),
        (C.TOO_LARGE, r"too (?:big|large) | \bsize\b"),
        (C.OUR_REPUTATION, r"connection (?:denied|rejected|not) | \babus | service refused?"),
        (
            C.POLICY,
            r"""
            \bblocked\b | polic | content | not (?:allowed|permitted|accepted|acceptable) | prohibited
            un-?wanted | not (?:wanted|welcome) | forbidden | restrict | security | denied | reject
            {mail} (?:\w+ ){0,2}refused
            """,
        ),
        (
            C.UNREACHABLE,
            r"""
            (?:for|within|after|than|last) \d+ (?:day|hour|minute|second)s
            will (?:be retried|retry|keep trying) | gave up
            """,
        ),
        (C.SERVER_TROUBLE, r"temporar | try (?:again|later) | unavailable | not available | failure | error"),
    ],
    PARTS,
)
