"""Requests to Amazon Web Services signed with Signature Version 4. Pure: the clock is an argument.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Credentials:
    key_id: str
    secret: str
    region: str
    service: str


def signed_headers(
    method: str, host: str, path: str, at: datetime, credentials: Credentials
) -> dict[str, str]:
    """The headers of a request without query and body. `path` is the one of the request line, `at` in UTC."""
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    scope = "/".join((moment[:8], credentials.region, credentials.service, "aws4_request"))
    # Outside S3 the path, percent-encoded already, is encoded once more.
    request = "\n".join(
        (
            method,
            quote(path, safe="/-_.~"),
            "",
            f"host:{host}",
            f"x-amz-date:{moment}",
            "",
            "host;x-amz-date",
            sha256(b"").hexdigest(),
        )
    )
    to_sign = "\n".join((ALGORITHM, moment, scope, sha256(request.encode()).hexdigest()))
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    authorization = (
        f"{ALGORITHM} Credential={credentials.key_id}/{scope}, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}"
    )
    return {"Host": host, "X-Amz-Date": moment, "Authorization": authorization}
