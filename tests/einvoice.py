"""Made-up e-invoices for tests that need one: the formats' own tests have files of their own."""

FINVOICE = """<?xml version="1.0" encoding="ISO-8859-15"?>
<Finvoice Version="3.0">
  <SellerPartyDetails><SellerOrganisationName>Acme Oy</SellerOrganisationName></SellerPartyDetails>
  <BuyerPartyDetails><BuyerOrganisationName>{buyer}</BuyerOrganisationName></BuyerPartyDetails>
  {contact}
  <InvoiceDetails>
    <InvoiceTypeCode>{kind}</InvoiceTypeCode>
    <InvoiceTypeText>LASKU</InvoiceTypeText>
    <OriginCode>Original</OriginCode>
    <InvoiceNumber>{number}</InvoiceNumber>
    <InvoiceDate Format="CCYYMMDD">20261124</InvoiceDate>
    <SellersBuyerIdentifier>{customer_number}</SellersBuyerIdentifier>
    <InvoiceTotalVatIncludedAmount AmountCurrencyIdentifier="EUR">{amount}</InvoiceTotalVatIncludedAmount>
    <PaymentTermsDetails><InvoiceDueDate Format="CCYYMMDD">20261208</InvoiceDueDate></PaymentTermsDetails>
  </InvoiceDetails>
  <InvoiceRow><ArticleName>Leivänpaahdin</ArticleName></InvoiceRow>
  <EpiDetails>
    <EpiPaymentInstructionDetails>
      <EpiInstructedAmount AmountCurrencyIdentifier="EUR">{to_pay}</EpiInstructedAmount>
    </EpiPaymentInstructionDetails>
  </EpiDetails>
</Finvoice>
"""

CONTACT = (
    "<BuyerCommunicationDetails>"
    "<BuyerEmailaddressIdentifier>{address}</BuyerEmailaddressIdentifier>"
    "</BuyerCommunicationDetails>"
)


def finvoice(
    number="2026-1", *, customer_number="1001", address="", kind="INV01", amount="124,00", to_pay=""
):
    """A Finvoice of Acme Oy as bytes."""
    text = FINVOICE.format(
        number=number,
        customer_number=customer_number,
        kind=kind,
        amount=amount,
        to_pay=to_pay or amount,
        buyer="Leipomo Käpälä Oy",
        contact=CONTACT.format(address=address) if address else "",
    )
    return text.encode("iso-8859-15")
