"""The headings of a directory, as people and their programs write them."""

import re
from collections.abc import Sequence

from distribution.directory.problems import WrongFile, shown

COLUMNS = ("customer_number", "email", "name", "language", "copy")
REQUIRED = COLUMNS[:2]

# In lower case and without spaces, hyphens, underscores and other signs.
SYNONYMS = {
    "customer_number": """customernumber customernumbers customerno customernr customerid custno customercode
        asiakasnumero asiakasnumerot asiakasnro asiakasnr asiakastunnus asiakaskoodi
        kundnummer kundnumret kundnr kundid kundkod""",
    "email": """email emails emailaddress emailaddresses mail mailaddress to sendto
        sähköposti sähköpostit sähköpostiosoite sähköpostiosoitteet sahkoposti sahkopostiosoite sposti
        spostiosoite epost epostadress epostadresser mejl mejladress mailadress""",
    "name": """name customername customer companyname nimi asiakkaannimi asiakasnimi asiakas yritys
        yrityksennimi namn kundnamn kundensnamn kund företag företagsnamn""",
    "language": "language lang languagecode kieli kielikoodi asiointikieli språk sprak språkkod",
    "copy": """copy copies copyto cc ccemail kopio kopiot kopioosoite kopioosoitteet kopiovastaanottaja kopia
        kopior kopiatill kopiaadress""",
}
_COLUMN_OF = {word: column for column, words in SYNONYMS.items() for word in words.split()}
_SIGNS = re.compile(r"[\W_]+")


def recognise(heading: str) -> str | None:
    """`E-mail address` → "email"; None for a column that we do not use."""
    return _COLUMN_OF.get(_SIGNS.sub("", heading.casefold()))


def find_columns(row: Sequence[str]) -> dict[str, int]:
    """Which column is where: {"customer_number": 0, "email": 3}.

    Raises WrongFile when one is missing or there twice.
    """
    found: dict[str, int] = {}
    for position, heading in enumerate(row):
        column = recognise(heading)
        if column in found:
            raise WrongFile("heading_twice", heading=shown(heading.strip()))
        if column:
            found[column] = position
    for column in REQUIRED:
        if column not in found:
            said = ", ".join(heading.strip() for heading in row if heading.strip())
            raise WrongFile("missing_heading", heading=column, found=shown(said))
    return found
