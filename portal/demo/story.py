"""Who there is and what they send, as tables. All companies and people are made up."""

from dataclasses import dataclass

from documents.models import Kind

HAVUKKA, VIRKE = "Havukka Oy", "Skärgårdens Virke Ab"


@dataclass(frozen=True)
class Firm:
    name: str
    business_id: str
    language: str
    reply_to: str


@dataclass(frozen=True)
class Buyer:
    firm: str
    number: str
    name: str
    to: str  # the plus tags tell the practice server how to answer
    copy: str = ""
    language: str = ""


@dataclass(frozen=True)
class Paper:
    """A document. `days` ago; `to` only where the addresses stand in the document."""

    buyer: str  # customer number
    days: int
    kind: str = Kind.INVOICE
    to: str = ""
    number: str = ""


FIRMS = [
    Firm(HAVUKKA, "0000000-0", "fi", "laskutus@havukka.example"),
    Firm(VIRKE, "0000001-9", "sv", "fakturering@virke.example"),
]

BUYERS = [
    Buyer(HAVUKKA, "10018", "Skärgård Ab", "faktura+large@skargard.example", language="sv"),
    Buyer(HAVUKKA, "10101", "Kahvila Kaisla Oy", "laskut@kaisla.example"),
    Buyer(HAVUKKA, "10102", "Leipomo Louhi Ky", "ostolaskut@louhi.example", copy="kirjanpito@louhi.example"),
    Buyer(HAVUKKA, "10103", "Autokorjaamo Vauhti Oy", "laskut@vauhti.example; korjaamo@vauhti.example"),
    Buyer(HAVUKKA, "10104", "Kukkakauppa Vuokko Tmi", "vuokko@vuokko.example"),
    Buyer(HAVUKKA, "10105", "Kiinteistö Oy Metsäpolku", "isannoitsija+quiet@metsapolku.example"),
    Buyer(HAVUKKA, "10106", "Tuulivaaran kunta", "laskut+quiet@tuulivaara.example"),
    Buyer(HAVUKKA, "10107", "Hotelli Saari Oy", "laskut+policy@hotellisaari.example"),
    Buyer(HAVUKKA, "10108", "Sähkötyö Salama Oy", "toimisto+full@salama.example"),
    Buyer(HAVUKKA, "10109", "Ravintola Revontuli Oy", "laskut+slow@revontuli.example"),
    Buyer(HAVUKKA, "10110", "Verkkokauppa Vire Oy", "laskut+down@vire.example"),
    Buyer(HAVUKKA, "10111", "Mainos Myrsky Oy", "laskut+spam@myrsky.example"),
    Buyer(HAVUKKA, "10112", "Tilitoimisto Tarkka Oy", "laskut+late@tarkka.example"),
    Buyer(HAVUKKA, "10113", "Northern Lights Ltd", "accounts@northernlights.example", language="en"),
    Buyer(HAVUKKA, "10233", "Muurari Tmi", "toimisto+unknown3@muurari.example"),
    Buyer(HAVUKKA, "10397", "Puuseppä Ky", "ostolaskut+unknown3@puuseppa.example; talous@puuseppa.example"),
    Buyer(HAVUKKA, "10442", "Rautapaja Oy", "laskut+unknown@rautapaja.example"),
    Buyer(VIRKE, "501", "Bygg & Bo Ab", "faktura@byggobo.example"),
    Buyer(VIRKE, "502", "Brygga Oy", "laskut@brygga.example", language="fi"),
    Buyer(VIRKE, "503", "Fyren Ab", "faktura+unknown@fyren.example"),
    Buyer(VIRKE, "504", "Handelshuset Ankar Ab", "ekonomi@ankar.example", copy="lager@ankar.example"),
]

# Customers whose mail simply arrives, in turn, every day or two.
REGULARS = ["10101", "10102", "10103", "10104", "10105", "10106", "10113"]

# What happens first has to be over before the rest is sent: blocks come from failures.
EARLIER = [
    *(Paper(REGULARS[n % len(REGULARS)], days=29 - n) for n in range(27)),
    Paper("10397", 21),
    Paper("10397", 16),
    Paper("10397", 12),
    Paper("10233", 19),
    Paper("10233", 13),
    Paper("10233", 8),
    Paper("10111", 9),
    Paper("10112", 7),
    Paper("10107", 4),
    Paper("10108", 3),
    Paper("10018", 5),
    Paper("10102", 6, Kind.CREDIT_NOTE),
    Paper("10104", 5, Kind.ORDER_CONFIRMATION),
    Paper("501", 24),
    Paper("502", 20),
    Paper("504", 15),
    Paper("501", 10),
    Paper("504", 6, Kind.DELIVERY_NOTE),
    Paper("503", 2),
    Paper("502", 1),
]
LATER = [
    Paper("10442", 1),
    Paper("10018", 1, Kind.REMINDER, number="8821"),
    Paper("10397", 0),
    Paper("10233", 0),
    Paper("10111", 0),
    Paper("10442", 0),
    Paper("10109", 0),
    Paper("10110", 0),
    Paper("10110", 0, Kind.REMINDER, number="8822"),
    Paper("10999", 0),  # no such customer, and no address in the document
    Paper("10998", 0, to="myynti@kivi.example; kivi at kivi.example"),
    Paper("10101", 0),
    Paper("10018", 0, Kind.REMINDER, number="8821"),  # the same number again: held
    Paper("503", 0),
    Paper("501", 0),
]
