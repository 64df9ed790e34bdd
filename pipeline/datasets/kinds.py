"""What is known of each identity kind: how it is recognised, made, checked, and written into metadata.

The one table of kinds. Detection reads names and patterns from it, identity the generator, the default
rules what a generated column must pass. `pipeline.evaluation.validity` implements these rules a second
time and does not read the table, so that one mistake cannot hide in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FAKER_PREFIX = "faker:"
FAKER_GENERATOR = "pipeline.identity.generic:faker_value"


@dataclass(frozen=True)
class Pattern:
    """Regular expressions that recognise a column, each for a whole text.

    `name` is for the column's name in lower case, words joined by "_", with or without words before it.
    `value` is the form of the values under such a name; None where a name only confirms what the values
    say (see `detection.people`). `telling` is a form that needs no name.
    """

    name: str
    value: str | None = None
    telling: str | None = None


@dataclass(frozen=True)
class ColumnKind:
    """One identity kind.

    `title` names it in sentences, in the plural. `generator` is "module:function", empty where a feature
    renders the column; `feature` is the kind of that feature. `sdtype` is what SDV's metadata calls the
    kind, `read_from` the sdtypes that are read as it. `words` of a column's name say what its free text
    is. `rules` need no other column; `following_rules` hold the column against the one that it follows,
    by that one's kind. `may_equal_real` is true where chance alone repeats real values (names, days of
    birth, security codes, places), `can_be_unique` where values suffice for any number of rows, `is_shared`
    where people, accounts or devices may have one value together (addresses, texts). `fact` is what the
    kind says about a person: a first and a last name are both a "name".
    """

    name: str
    title: str
    generator: str = FAKER_GENERATOR
    sdtype: str = "unknown"
    read_from: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    words: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()
    following_rules: Mapping[str, str] = field(default_factory=dict)
    feature: str = ""
    may_equal_real: bool = False
    can_be_unique: bool = True
    is_shared: bool = False
    fact: str = ""

    @property
    def tells_apart(self) -> bool:
        """Whether two people, accounts or devices never have the same value: of a key or an IBAN, no name."""
        return not (self.may_equal_real or self.is_shared)

    @property
    def provider(self) -> str:
        """The provider of Faker that makes the values, empty where another generator does."""
        return self.name.removeprefix(FAKER_PREFIX) if self.name.startswith(FAKER_PREFIX) else ""


_PERSON = (
    "account_?(holder|manager)|agent|applicant|beneficiary|borrower|card_?holder|client|contact|cust|customer|"
    "doctor|emp|employee|full|guest|holder|legal|maiden|manager|member|owner|passenger|patient|payee|person|"
    "recipient|sender|student|tenant|user|kunden?|inhaber|mitarbeiter|empfaenger|auftraggeber|ansprechpartner|"
    "titulaire|beneficiaire|assure|salarie|nom_prenom"
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
_IPV6 = r"([0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}"
_MAC = r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PHONE = r"(\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(x\d+)?"
_US_ADDRESS = r"\d+ .+, [A-Z]{2} \d{5}(-\d{4})?"
_PLATE_NAME = r"(licen[cs]e|number|registration)_?plates?|plate(_number)?|kfz_?kennzeichen|immatriculation"

# Patterns are tried in this order: the more exact stand first.
_KINDS = (
    ColumnKind(
        "email",
        "e-mail addresses",
        "pipeline.identity.contact:email",
        sdtype="email",
        read_from=("email",),
        patterns=(Pattern(r"e_?mail(_address|_adresse)?|courriel", _EMAIL, _EMAIL),),
        rules=("email_form", "email_reserved_domain"),
        following_rules={"person_name": "email_follows_name"},
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
        sdtype="url",
        patterns=(Pattern(r"url|website|homepage", r"https?://\S+|www\.\S+", r"https?://\S+"),),
        is_shared=True,
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
    ),
    ColumnKind(
        "us_driver_license",
        "U.S. driver's licence numbers",
        "pipeline.identity.documents:us_driver_license",
        patterns=(Pattern(r"driv(er|ers|ing)(_s)?_?licen[cs]e.*|dl_?(number|no)?", r".*\d.*"),),
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
                r"(phone|telephone|telefon|mobile|mobil|handy|cell|fax|tel|portable).*",
                r"\+?[\d\s()/.x-]{7,}",
                _PHONE,
            ),
        ),
        rules=("phone_reserved",),
    ),
    ColumnKind(
        "faker:vin", "vehicle numbers", sdtype="vin", patterns=(Pattern("vin", "[A-HJ-NPR-Z0-9]{17}"),)
    ),
    ColumnKind(
        "faker:swift",
        "bank codes (BIC)",
        sdtype="swift",
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
        is_shared=True,
        fact="place",
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
    ),
    ColumnKind(
        "card_expiry",
        "expiry dates of payment cards",
        "",
        feature="months_ahead",
        may_equal_real=True,
        can_be_unique=False,
        fact="card",
    ),
    ColumnKind("user_id", "user identifiers", "pipeline.identity.documents:user_id", sdtype="id"),
    ColumnKind("key", "keys", "pipeline.identity.generic:key", sdtype="id"),
    ColumnKind("code", "identifiers", "pipeline.identity.codes:code", sdtype="id", rules=("code_form",)),
    ColumnKind(
        "national_id",
        "numbers that a state gives",
        "pipeline.identity.national_ids:national_id",
        rules=("national_id_form",),
    ),
    ColumnKind(
        "tail",
        "ends of another column's identifiers",
        "pipeline.identity.generic:tail",
        may_equal_real=True,
        can_be_unique=False,
    ),
    ColumnKind("bic", "bank codes (BIC)", "pipeline.identity.ibans:bic", sdtype="swift"),
    ColumnKind(
        "postcode",
        "postcodes",
        "pipeline.identity.places:postcode",
        sdtype="postcode",
        rules=("postcode_form",),
        may_equal_real=True,
        can_be_unique=False,
        fact="place",
    ),
    ColumnKind(
        "city",
        "towns",
        "pipeline.identity.places:city",
        sdtype="city",
        may_equal_real=True,
        can_be_unique=False,
        fact="place",
    ),
    ColumnKind(
        "street_address",
        "streets and house numbers",
        "pipeline.identity.places:street_address",
        sdtype="street_address",
        can_be_unique=False,
        is_shared=True,
        fact="place",
    ),
    ColumnKind(
        "postal_address",
        "postal addresses",
        "pipeline.identity.places:postal_address",
        sdtype="address",
        can_be_unique=False,
        is_shared=True,
        fact="place",
    ),
    ColumnKind("text", "free text", "pipeline.identity.generic:text", read_from=("unknown",), is_shared=True),
    ColumnKind(
        "empty", "empty cells", "pipeline.identity.generic:empty", can_be_unique=False, is_shared=True
    ),
    ColumnKind(
        "faker:company",
        "names of companies",
        sdtype="company",
        words=frozenset(
            {"company", "employer", "organisation", "organization", "merchant", "firma", "arbeitgeber"}
        ),
        can_be_unique=False,
        is_shared=True,
    ),
    ColumnKind(
        "faker:user_name",
        "user names",
        sdtype="user_name",
        words=frozenset({"username", "login", "benutzername"}),
    ),
    ColumnKind(
        "faker:city",
        "towns",
        sdtype="city",
        words=frozenset({"city", "town", "ort", "wohnort", "stadt", "ville"}),
        may_equal_real=True,
        can_be_unique=False,
        fact="place",
    ),
    *(
        ColumnKind(
            f"faker:{name}", title, sdtype=name, may_equal_real=True, can_be_unique=False, fact="place"
        )
        for name, title in (
            ("country", "countries"),
            ("country_code", "codes of countries"),
            ("state", "states"),
            ("state_abbr", "codes of states"),
        )
    ),
    ColumnKind("faker:address", "postal addresses", sdtype="address", is_shared=True, fact="place"),
    ColumnKind(
        "faker:street_address",
        "streets and house numbers",
        sdtype="street_address",
        is_shared=True,
        fact="place",
    ),
)

KINDS: Mapping[str, ColumnKind] = MappingProxyType({kind.name: kind for kind in _KINDS})
"""Every identity kind by name; `faker:` and any other provider of Faker is a kind as well."""

_BY_SDTYPE = {sdtype: kind for kind in _KINDS for sdtype in kind.read_from}


def find_kind(name: str) -> ColumnKind | None:
    """The kind of that name, one for any provider of Faker; None where there is no such kind."""
    if name in KINDS or not name.startswith(FAKER_PREFIX):
        return KINDS.get(name)
    provider = name.removeprefix(FAKER_PREFIX)
    return ColumnKind(name, f"values of the provider {provider}", sdtype=provider, is_shared=True)


def find_kind_of_sdtype(sdtype: str) -> ColumnKind:
    """The kind of a column of an sdtype with personal data; a provider of Faker where no other is known."""
    if sdtype in _BY_SDTYPE:
        return _BY_SDTYPE[sdtype]
    name = FAKER_PREFIX + sdtype
    return KINDS.get(name) or ColumnKind(
        name, f"values of the provider {sdtype}", sdtype=sdtype, is_shared=True
    )


def tells_apart(kind: str) -> bool:
    """Whether two people, accounts or devices never share a value of the kind of this name."""
    known = find_kind(kind)
    return known is None or known.tells_apart
