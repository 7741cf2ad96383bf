"""The two codes of a mail server's reply, found in running text."""

import re
from functools import lru_cache

# A report may say the same at length about each of a thousand recipients.
REMEMBERED = 64

# Reply codes of refusals that are in use (RFC 5321, its extensions, and what large systems add). Other
# numbers between 400 and 599 in a text are ports, seconds, sizes and telephone numbers.
REPLY_CODES = frozenset(
    {421, 422, 430, 431, 432, 441, 442, 446, 447, 449, 450, 451, 452, 453, 454, 455, 458, 459, 471}
    | {500, 501, 502, 503, 504, 505, 510, 511, 512, 513, 515, 517, 521, 522, 523, 525, 530, 531, 532, 533}
    | {534, 535, 538, 540, 541, 542, 543, 544, 546, 547, 550, 551, 552, 553, 554, 555, 556, 557, 558, 559}
    | {563, 570, 571, 577, 578, 579, 581, 582, 590, 591, 592, 594}
)
_ENHANCED = r"[245]\.\d{1,3}\.\d{1,3}(?![\w]|\.\d)"
_PAIR = re.compile(rf"(?<![\w.])([45]\d\d)[ \-:,#('\"\[]{{1,4}}({_ENHANCED})")
_ENHANCED_ALONE = re.compile(rf"(?<![\w.@/-]){_ENHANCED}")
# A reply code stands where a reply begins, or is announced as one.
_REPLY_FIRST = re.compile(
    r"(?:^|said: ?|says: ?|replied:? ?|returned:? ?|respon(?:se|ded):? ?(?:with )?|error:? ?"
    r"|code ?:? ?|smtp; ?|<<< ?|>>> ?|\[|\(|#|'|\": ?|: )([45]\d\d)(?=[\s\-:;,.)\]>'\"]|$)(?!-?\d|\.\d)",
    re.I | re.M,
)
_REPLY_ANYWHERE = re.compile(
    r"(?<![\w.:/+-])([45]\d\d)(?=[ \-:,)\]])(?!-\d|\.\d| (?:bytes|seconds|kb|mb)\b)", re.I
)
_CLASS_ONLY = re.compile(r"\.0\.0$")


@lru_cache(REMEMBERED)
def reply_code(text: str) -> int | None:
    """The basic code of the reply in a text: 550 in `host mx.example said: 550 no such user`."""
    for pattern in (_PAIR, _REPLY_FIRST, _REPLY_ANYWHERE):
        for match in pattern.finditer(text):
            if int(match[1]) in REPLY_CODES:
                return int(match[1])
    return None


@lru_cache(REMEMBERED)
def enhanced_code(text: str, classes: str = "45") -> str:
    """The enhanced status code (RFC 3463) in a text; the one beside a reply code before any other.

    `classes` are the ones that may be meant: in a refusal, 2.0.12 is the version of something.
    """
    pair = _PAIR.search(text)
    if pair:
        return pair[2]
    alone = (match[0] for match in _ENHANCED_ALONE.finditer(text))
    return next((code for code in alone if code[0] in classes), "")


@lru_cache(REMEMBERED)
def from_reply(text: str) -> str:
    """The text from where the server's reply begins; all of it when it contains no reply."""
    for pattern in (_PAIR, _REPLY_FIRST):
        match = pattern.search(text)
        if match and int(match[1]) in REPLY_CODES:
            return text[match.start(1) :]
    return text


def is_general(code: str) -> bool:
    """Whether an enhanced code says no more than its class: 5.0.0."""
    return not code or bool(_CLASS_ONLY.search(code))
