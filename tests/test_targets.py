"""Where a webhook may lead: never to what only our own servers can reach."""

from ipaddress import ip_address

import pytest

from distribution.targets import is_public, may_be_called, problem_with

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2a00:1450:4001::1", "2606:4700::1111"]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_on_the_public_internet_is_never_called(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_on_the_public_internet_may_be_called(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC + PRIVATE)
def test_in_practice_mode_only_this_machine_is_called(text):
    address = ip_address(text)
    assert may_be_called(address, practice=True) == (text in ("127.0.0.1", "127.8.8.8", "::1"))


@pytest.mark.parametrize(
    "url",
    [
        "https://erp.acme.example/jakelu?company=7",
        "https://erp.acme.example:8443/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:4443/",
        "https://bücher.example/",
    ],
)
def test_a_public_address_is_fine(url):
    assert not problem_with(url, practice=False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://erp.acme.example/", "https://"),
        ("ftp://erp.acme.example/", "whole web address"),
        ("erp.acme.example", "whole web address"),
        ("https://", "whole web address"),
        ("https:///jakelu", "whole web address"),
        ("", "whole web address"),
        ("https://erp.acme.example\r\nX: y/", "not a web address"),
        ("https://user:secret@erp.acme.example/", "user name"),
        ("https://erp.acme.example:22/", "port"),
        ("https://erp.acme.example:80/", "port"),
        ("https://erp.acme.example:0/", "port"),
        ("https://erp.acme.example:99999/", "port"),
        ("https://10.0.0.1/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://127.0.0.1:8000/", "private network"),
    ],
)
def test_any_other_is_refused_with_the_reason(url, said):
    assert said in str(problem_with(url, practice=False))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/x", "http://localhost:9000/", "https://[::1]:9000/"])
def test_practice_mode_takes_this_machine(url):
    assert not problem_with(url, practice=True)


@pytest.mark.parametrize("url", ["https://erp.acme.example/", "http://10.0.0.1:9000/", "https://8.8.8.8/"])
def test_practice_mode_takes_nothing_else(url):
    assert "practice mode" in str(problem_with(url, practice=True))
