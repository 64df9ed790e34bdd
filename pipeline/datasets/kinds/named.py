"""Identity kinds that no pattern recognises: metadata, words of a name or the values' form tell them."""

from __future__ import annotations

from pipeline.datasets.kinds.column_kind import ColumnKind

NAMED: tuple[ColumnKind, ...] = (
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
    ColumnKind("key", "keys", "pipeline.identity.generic:key", sdtype="id", is_open=True, may_be_tail=True),
    ColumnKind(
        "code",
        "identifiers",
        "pipeline.identity.codes:code",
        sdtype="id",
        rules=("code_form",),
        is_open=True,
        is_pooled=True,
        has_tail=True,
        may_be_tail=True,
    ),
    ColumnKind(
        "national_id",
        "numbers that a state gives",
        "pipeline.identity.national_ids:national_id",
        rules=("national_id_form",),
        is_pooled=True,
        has_tail=True,
    ),
    ColumnKind(
        "tail",
        "ends of another column's identifiers",
        "pipeline.identity.generic:tail",
        may_equal_real=True,
        can_be_unique=False,
    ),
    ColumnKind(
        "bic",
        "bank codes (BIC)",
        "pipeline.identity.ibans:bic",
        sdtype="swift",
        is_shared=True,
        is_published=True,
        is_grouped=False,
    ),
    ColumnKind(
        "postcode",
        "postcodes",
        "pipeline.identity.places:postcode",
        sdtype="postcode",
        rules=("postcode_form",),
        following_rules={"categorical": "postcode_in_country"},
        follows="country",
        may_equal_real=True,
        can_be_unique=False,
        fact="place",
    ),
    ColumnKind(
        "city",
        "towns",
        "pipeline.identity.places:city",
        follows="place",
        sdtype="city",
        may_equal_real=True,
        can_be_unique=False,
        fact="place",
    ),
    ColumnKind(
        "street_address",
        "streets and house numbers",
        "pipeline.identity.places:street_address",
        follows="place",
        sdtype="street_address",
        can_be_unique=False,
        is_shared=True,
        fact="place",
    ),
    ColumnKind(
        "postal_address",
        "postal addresses",
        "pipeline.identity.places:postal_address",
        follows="place",
        sdtype="address",
        can_be_unique=False,
        is_shared=True,
        fact="place",
    ),
    ColumnKind(
        "text",
        "free text",
        "pipeline.identity.generic:text",
        may_be_tail=True,
        read_from=("unknown",),
        is_shared=True,
        is_open=True,
    ),
    ColumnKind(
        "empty",
        "empty cells",
        "pipeline.identity.generic:empty",
        can_be_unique=False,
        is_shared=True,
        is_grouped=False,
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
    ColumnKind(
        "faker:address", "postal addresses", sdtype="address", is_shared=True, is_open=True, fact="place"
    ),
    ColumnKind(
        "faker:street_address",
        "streets and house numbers",
        sdtype="street_address",
        is_shared=True,
        is_open=True,
        fact="place",
    ),
)
