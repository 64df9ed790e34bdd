"""Identity kinds that names and values of columns are recognised by."""

from __future__ import annotations

from pipeline.datasets.kinds.column_kind import ColumnKind, Pattern

_PERSON = (
    "account_?(holder|manager)|agent|applicant|beneficiary|borrower|card_?holder|client|contact|cust|customer|"
    "doctor|emp|employee|full|guest|holder|legal|maiden|manager|member|owner|passenger|patient|payee|person|"
    "recipient|sender|student|tenant|user|kunden?|inhaber|mitarbeiter|empfaenger|auftraggeber|ansprechpartner|"
    "titulaire|beneficiaire|assure|salarie|nom_prenom|advis[eo]r|approver|assignee|assigned_to|approved_by|"
    "handled_by|created_by|reviewer|supervisor|officer|teller|broker|teacher|seller|buyer|guarantor|signatory|"
    "berater|betreuer|vermittler|makler|sachbearbeiter|bearbeiter|verkaeufer|kaeufer|buerge|"
    "conseiller|gestionnaire|vendeur|acheteur|asesor|gestor|vendedor|cliente|empleado"
)
_BIRTH_NAME = (
    r"(dob|birth|birth_?date|date_of_birth|birth_?day|born)(_.*)?|geburts_?(datum|tag)|geb_?datum|"
    r"date_(de_)?naissance|fecha_(de_)?nacimiento"
)
_CARD_NAME = r"(credit_?|debit_?)?card(_?(number|num|no|nr))?|cc(_?(number|num|no|nr))?|pan|kartennummer"
_ADDRESS_NAME = r"(street_?|postal_?|mailing_?)?address(_\d)?|street"
_DIGIT_AND_LETTER = r".*\d.*[A-Za-z].*|.*[A-Za-z].*\d.*"
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_IBAN = r"[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?"
_IPV4 = r"(\d{1,3}\.){3}\d{1,3}"
_IPV6_GROUPS = r"[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){0,6}"
# All eight groups, or fewer around one "::": four numbers between colons are a time code.
_IPV6 = rf"(([0-9a-fA-F]{{1,4}}:){{7}}[0-9a-fA-F]{{1,4}}|({_IPV6_GROUPS})?::({_IPV6_GROUPS})?)"
_MAC = r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PHONE = r"(\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(x\d+)?"
_US_ADDRESS = r"\d+ .+, [A-Z]{2} \d{5}(-\d{4})?"
_PLATE_NAME = r"(licen[cs]e|number|registration)_?plates?|plate(_number)?|kfz_?kennzeichen|immatriculation"

RECOGNISED: tuple[ColumnKind, ...] = (
    ColumnKind(
        "email",
        "e-mail addresses",
        "pipeline.identity.contact:email",
        sdtype="email",
        read_from=("email",),
        patterns=(Pattern(r"e_?mail(_address|_adresse)?|courriel", _EMAIL, _EMAIL),),
        rules=("email_form", "email_reserved_domain"),
        following_rules={"person_name": "email_follows_name"},
        follows="names",
    ),
    ColumnKind(
        "faker:mac_address",
        "hardware addresses",
        sdtype="mac_address",
        patterns=(Pattern(r"mac(_address)?", _MAC, _MAC),),
    ),
    ColumnKind(
        "faker:ipv4",
        "IP addresses",
        "pipeline.identity.web:network_address",
        sdtype="ipv4_address",
        read_from=("ipv4_address",),
        patterns=(Pattern(r"ip(v4)?(_address)?", _IPV4, _IPV4),),
    ),
    ColumnKind(
        "faker:ipv6",
        "IP addresses",
        sdtype="ipv6_address",
        read_from=("ipv6_address",),
        patterns=(Pattern(r"ip(v6)?(_address)?", _IPV6, _IPV6),),
    ),
    ColumnKind(
        "faker:url",
        "addresses of web pages",
        "pipeline.identity.web:url",
        sdtype="url",
        patterns=(Pattern(r"url|website|homepage", r"https?://\S+|www\.\S+", r"https?://\S+"),),
    ),
    ColumnKind("faker:uuid4", "UUIDs", sdtype="uuid4", patterns=(Pattern(r"uuid|guid", _UUID, _UUID),)),
    ColumnKind(
        "faker:user_agent",
        "names of browsers",
        sdtype="user_agent_string",
        read_from=("user_agent_string",),
        patterns=(Pattern(r"user_agent", r"[A-Za-z]+/\d.*"),),
        is_shared=True,
    ),
    ColumnKind(
        "ssn",
        "U.S. Social Security numbers",
        "pipeline.identity.documents:ssn",
        sdtype="ssn",
        read_from=("ssn",),
        patterns=(Pattern(r"ssn|social_security.*", r"\d{3}-?\d{2}-?\d{4}", r"\d{3}-\d{2}-\d{4}"),),
        rules=("ssn_form",),
    ),
    ColumnKind(
        "iban",
        "IBANs",
        "pipeline.identity.ibans:iban",
        sdtype="iban",
        read_from=("iban",),
        patterns=(Pattern(r"iban", _IBAN, _IBAN),),
        rules=("iban_form",),
        following_rules={"categorical": "iban_in_country"},
        follows="country",
        is_pooled=True,
        has_tail=True,
    ),
    ColumnKind(
        "cvv",
        "security codes of payment cards",
        "pipeline.identity.cards:cvv",
        sdtype="credit_card_security_code",
        read_from=("credit_card_security_code",),
        patterns=(Pattern(r"cvv2?|cvc2?|(card_)?security_code|csc", r"\d{3,4}"),),
        following_rules={"categorical": "cvv_length"},
        may_equal_real=True,
        can_be_unique=False,
        fact="card",
        follows="card_network",
    ),
    ColumnKind(
        "card_number",
        "numbers of payment cards",
        "pipeline.identity.cards:card_number",
        sdtype="credit_card_number",
        read_from=("credit_card_number",),
        patterns=(Pattern(_CARD_NAME, r"[\d -]{12,23}"),),
        rules=("luhn",),
        following_rules={"categorical": "card_network"},
        is_pooled=True,
        has_tail=True,
        follows="card_network",
    ),
    ColumnKind(
        "us_driver_license",
        "U.S. driver's licence numbers",
        "pipeline.identity.documents:us_driver_license",
        patterns=(Pattern(r"driv(er|ers|ing)(_s)?_?licen[cs]e.*|dl_?(number|no)?", r".*\d.*"),),
        following_rules={"us_state": "license_format"},
        follows="us_state",
    ),
    ColumnKind(
        "license_plate",
        "licence plates",
        "pipeline.identity.generic:license_plate",
        sdtype="license_plate",
        read_from=("license_plate",),
        patterns=(Pattern(_PLATE_NAME, r"(?=.*\d)[\w .·-]{2,14}"),),
    ),
    ColumnKind(
        "phone_number",
        "telephone numbers",
        "pipeline.identity.phones:phone_number",
        sdtype="phone_number",
        read_from=("phone_number",),
        patterns=(
            Pattern(
                r"(phone|telephone|telefon|mobile|mobil|movil|celular|gsm|handy|cell|fax|tel|portable).*",
                r"\+?[\d\s()/.x-]{7,}",
                _PHONE,
            ),
        ),
        rules=("phone_reserved",),
        following_rules={"categorical": "phone_in_country"},
        is_pooled=True,
        follows="country",
    ),
    ColumnKind(
        "faker:vin", "vehicle numbers", sdtype="vin", patterns=(Pattern("vin", "[A-HJ-NPR-Z0-9]{17}"),)
    ),
    ColumnKind(
        "faker:swift",
        "bank codes (BIC)",
        sdtype="swift",
        is_published=True,
        is_grouped=False,
        is_shared=True,
        patterns=(Pattern(r"swift.*|bic", r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"),),
    ),
    ColumnKind(
        "us_address",
        "postal addresses",
        "pipeline.identity.address:us_address",
        sdtype="address",
        read_from=("address", "street_address"),
        patterns=(Pattern(_ADDRESS_NAME, _DIGIT_AND_LETTER, _US_ADDRESS),),
        rules=("us_address", "zip_in_state"),
        feature="us_state",
        feature_label="state",
        is_shared=True,
        fact="place",
        is_open=True,
    ),
    ColumnKind(
        "first_name",
        "first names",
        "pipeline.identity.people:first_name",
        sdtype="first_name",
        read_from=("first_name",),
        patterns=(Pattern(r"(first|given|fore)_?name|fname|vor_?name|prenom|rufname"),),
        may_equal_real=True,
        can_be_unique=False,
        fact="name",
        follows="gender",
    ),
    ColumnKind(
        "last_name",
        "last names",
        "pipeline.identity.people:last_name",
        sdtype="last_name",
        read_from=("last_name",),
        patterns=(Pattern(r"(last|family|sur|nach|familien)_?name|lname|nom_de_famille"),),
        may_equal_real=True,
        can_be_unique=False,
        fact="name",
    ),
    ColumnKind(
        "person_name",
        "people's names",
        "pipeline.identity.people:person_name",
        sdtype="name",
        read_from=("name",),
        patterns=(
            Pattern(rf"(({_PERSON})_?)+(name|nom)"),
            Pattern(rf"(full_?)?names?|nom|({_PERSON})"),
        ),
        rules=("person_name",),
        may_equal_real=True,
        can_be_unique=False,
        fact="name",
        follows="gender",
    ),
    ColumnKind(
        "faker:postcode",
        "postcodes",
        sdtype="postcode",
        patterns=(
            Pattern(
                r"zip|zip_?code|post_?code|postal_?code|plz|postleitzahl|pin_?code|code_postal",
                r"(?=.*\d)[A-Za-z0-9 -]{3,10}",
            ),
        ),
        may_equal_real=True,
        can_be_unique=False,
        fact="place",
    ),
    ColumnKind(
        "date_of_birth",
        "dates of birth",
        "",
        sdtype="datetime",
        patterns=(Pattern(_BIRTH_NAME),),
        feature="age",
        may_equal_real=True,
        can_be_unique=False,
        feature_label="age",
        feature_rule="date_of_birth_range",
    ),
)
"""Patterns are tried in this order: the more exact come first."""
