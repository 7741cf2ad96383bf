"""Webhooks are signed as Standard Webhooks says."""

import base64

from distribution.signatures import new_secret, signed_headers

# The example that the standard's own libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
EVENT, MOMENT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'


def test_the_example_of_the_standard():
    assert signed_headers([SECRET], EVENT, MOMENT, BODY) == {
        "webhook-id": EVENT,
        "webhook-timestamp": str(MOMENT),
        "webhook-signature": SIGNATURE,
    }


def test_two_secrets_give_two_signatures():
    first, second = signed_headers([new_secret(), SECRET], EVENT, MOMENT, BODY)["webhook-signature"].split()
    assert first != second == SIGNATURE


def test_a_new_secret_is_long_and_never_the_same():
    secrets = {new_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in secrets} == {32}
