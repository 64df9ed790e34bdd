"""What an identity column needs so that new values look like its own: template, scheme, country, language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from pipeline.datasets.addresses import detect_address, detect_street
from pipeline.datasets.code_template import CodeTemplate
from pipeline.datasets.codes import learn_code
from pipeline.datasets.countries import (
    COUNTRIES,
    called_countries,
    country_shares,
    detect_locale,
    postcode_countries,
)
from pipeline.datasets.detection.country_votes import POSTCODE_WORDS, vote_country
from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.mixed_countries import mix_countries, postcode_form
from pipeline.datasets.detection.names import split_name
from pipeline.datasets.detection.people import put_last_names_first
from pipeline.datasets.detection.row_countries import are_american
from pipeline.datasets.forms import Learned, find_missing_words
from pipeline.datasets.handles import learn_handle
from pipeline.datasets.kinds import KINDS, NAME_KINDS
from pipeline.datasets.national_ids import SCHEMES, detect_scheme, number_form
from pipeline.datasets.parsing import as_text
from pipeline.datasets.payment_cards import learn_card, learn_security_code
from pipeline.datasets.person_names import learn_name_form
from pipeline.datasets.phone_forms import (
    find_likely_country,
    find_line,
    find_rivals,
    has_default_form,
    phone_format,
)
from pipeline.datasets.spec import Role
from pipeline.datasets.unsure import PHONE_OF
from pipeline.datasets.web_addresses import learn_address_codes, learn_address_frame, learn_networks
from pipeline.errors import MetadataError

_OPEN = frozenset(kind.name for kind in KINDS.values() if kind.is_open)
_STREET_WORDS = frozenset(
    {"address", "adresse", "anschrift", "street", "strasse", "straße", "str", "rue", "road", "addr", "line1"}
)
_SAMPLE = 300
_SHORTEST_PREFIX = 3  # characters, as the maker of a vehicle has
_US_PLATE = r"[A-Z]{3}[\s-]?\d{4}"


def complete(
    findings: Mapping[str, Finding],
    table: pd.DataFrame,
    forms: Mapping[str, Learned] = MappingProxyType({}),
) -> dict[str, Finding]:
    """The same findings with options for the generators of identity columns.

    Columns whose values indicate no country take that of most other columns. `forms` is what was learned of
    how columns of numbers are written.
    """
    findings = mix_countries(findings, table)
    identities = {name: one for name, one in findings.items() if one.role is Role.IDENTITY}
    texts = {name: _sample(table[name]) for name in identities}
    country = vote_country(findings, table, texts, forms)
    completed = {
        name: _complete(name, finding, table[name], texts[name], country) if name in identities else finding
        for name, finding in findings.items()
    }
    return _share_networks(completed)


def _share_networks(findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """Security codes of several lengths with the networks of the table's cards, which they go with."""
    cards = (one.options for one in findings.values() if one.kind == "card_number")
    networks = next((options["networks"] for options in cards if "networks" in options), None)
    return {
        name: replace(one, options={"networks": networks, **one.options})
        if networks and one.kind == "cvv" and "width" not in one.options
        else one
        for name, one in findings.items()
    }


def _complete(name: str, finding: Finding, values: pd.Series, texts: pd.Series, country: str) -> Finding:
    if finding.kind in _OPEN:
        found = _find_national(name, finding, texts) or _find_address(name, finding, texts, country)
        if found is not None:
            return found
    if finding.kind == "code":
        return _learn_code(finding, values)
    detail = _DETAILS.get(finding.kind)
    return finding if detail is None else detail(name, finding, texts, country)


def _learn_code(finding: Finding, values: pd.Series) -> Finding:
    """The template of codes; what has none in common becomes invented text."""
    if finding.options.get("patterns"):
        return finding
    words = find_missing_words(values)
    codes = values[~values.isin(words)] if words else values
    template = _usable(learn_code(codes)) or _learn_handle(codes)
    if template is None:
        return replace(finding, kind="text", why=f"{finding.why}; its codes have no form in common")
    return replace(finding, options={**template.as_options(), **finding.options})


def _usable(template: CodeTemplate | None) -> CodeTemplate | None:
    """The template where codes can be made of it, without its check digit where it holds none."""
    if template is None:
        return None
    for one in (template, replace(template, check="")):
        try:
            return CodeTemplate.from_options(one.as_options()) and one
        except MetadataError:
            continue
    return None


def _learn_handle(values: pd.Series) -> CodeTemplate | None:
    """The template of identifiers of many lengths, or of so few that nothing but their characters is kept."""
    distinct = pd.Series(as_text(values.dropna()).unique(), dtype=object)
    if not distinct.str.fullmatch(r"(?=.*\d)\S+").all():
        return None
    return learn_handle(distinct.tolist())


def _find_national(name: str, finding: Finding, texts: pd.Series) -> Finding | None:
    scheme = detect_scheme(texts, name)
    if scheme is None or finding.options.get("grows"):
        return None
    form = number_form(texts)
    options: dict[str, Any] = {"scheme": scheme} | ({"form": form} if form else {})
    country, short = SCHEMES[scheme].country, scheme.split(".")[1]
    why = f"{finding.why}; numbers of the scheme {short} ({country})"
    return replace(finding, kind="national_id", options=_with_gaps(options, finding), why=why)


def _find_address(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding | None:
    if finding.kind == "code" or not _STREET_WORDS & set(_words(name)):
        return None
    options = detect_address(texts)
    kind, noun = "postal_address", "postal addresses"
    if options is None:
        layout = detect_street(texts)
        is_foreign = finding.kind == "us_address" and country not in ("", "US") and not are_american(texts)
        if layout is None and not is_foreign:
            return None
        # Streets that are written in several ways get the usual one of their country.
        options = ({"format": layout} if layout else {}) | ({"country": country} if country else {})
        kind, noun = "street_address", "streets and house numbers"
    why = f"{len(texts):,} distinct {noun} as in {options.get('country') or 'an unknown country'}"
    return replace(finding, kind=kind, is_unique=False, options=_with_gaps(options, finding), why=why)


def _detail_phone(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    """The country and the form of telephone numbers; a doubt where several countries have such numbers."""
    if "format" in finding.options:  # of the countries of its rows
        return finding
    country = find_likely_country(texts, country, split_name(name))
    kept = None if country or called_countries(texts) else _keep_threes(finding, texts)
    if kept is not None:
        return kept
    shares = country_shares(texts, "phone_number", country)
    if not shares and not country:
        # Where several countries are as good, any of them is nearer than the American form.
        shares = dict.fromkeys(find_rivals(texts, "")[:1], 1.0)
        if not shares:
            return finding
    if list(shares) == ["US"] and has_default_form(texts):
        return finding
    shares = shares or {country: 1.0}
    options = {
        **_as_country(shares),
        **phone_format(texts, next(iter(shares))),
        **find_line(texts, next(iter(shares))),
    }
    rivals = [] if country or called_countries(texts) else find_rivals(texts, next(iter(shares)))
    # Countries keep a few thousand numbers for fiction: too few for one in each row of a large table.
    return replace(
        finding,
        is_unique=False,
        options=_with_gaps(options, finding),
        alternatives=(*finding.alternatives, *(f"{PHONE_OF}{rival}" for rival in rivals)),
    )


def _keep_threes(finding: Finding, texts: pd.Series) -> Finding | None:
    """Telephone numbers in threes as codes, where nothing but their digits indicates their country.

    Nine digits are valid in several countries, most of which group them otherwise.
    """
    template = _usable(learn_code(texts.tolist())) if "groups" in phone_format(texts) else None
    if template is None:
        return None
    why = f"{finding.why}, of no country that is known"
    return replace(finding, kind="code", options=_with_gaps(template.as_options(), finding), why=why)


def _detail_card(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    """Networks and separators of cards; numbers of other networks keep their form as codes."""
    learned = learn_card(texts.tolist())
    if learned is not None:
        return replace(finding, options=_with_gaps(learned, finding))
    template = learn_code(texts)
    if template is None:
        return finding
    why = f"{finding.why}; of a network that is not known"
    return replace(finding, kind="code", options=_with_gaps(template.as_options(), finding), why=why)


def _detail_cvv(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    return replace(finding, options=_with_gaps(learn_security_code(texts.tolist()), finding))


def _detail_iban(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    shares = country_shares(texts, "iban")
    options = _as_country(shares) if shares else {}
    if texts.str.strip().str.contains(" ").mean() > 0.5:
        options["grouped"] = True
    return replace(finding, options=_with_gaps(options, finding))


def _detail_postcode(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    possible = postcode_countries(texts)
    named = next((POSTCODE_WORDS[word] for word in _words(name) if word in POSTCODE_WORDS), "")
    chosen = next((one for one in (country, named) if one in possible), "")
    if not chosen and len(possible) != 1:
        return finding if "US" in possible else _learn_postcodes(finding, texts)
    code = chosen or possible[0]
    options = {"country": code, **postcode_form(texts, [code])}
    return replace(finding, kind="postcode", options=_with_gaps(options, finding))


def _learn_postcodes(finding: Finding, texts: pd.Series) -> Finding:
    """Postcodes of a country that is not known are codes of their own form: Faker's are American."""
    template = _usable(learn_code(texts.tolist())) or _learn_handle(texts)
    if template is None:
        return finding
    why = f"{finding.why}, of a country that is not known"
    options = _with_gaps(template.as_options(), finding)
    return replace(finding, kind="code", is_unique=False, options=options, why=why)


def _detail_name(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    locale, form = detect_locale(texts), learn_name_form(texts)
    if finding.kind != "person_name":
        form.pop("order", None)
    elif "order" not in form and put_last_names_first(texts.tolist()):
        form["order"] = "last_first_bare"
    is_foreign = locale is not None and locale != COUNTRIES["US"].locale
    return replace(finding, options={**({"locale": locale} if is_foreign else {}), **form, **finding.options})


def _detail_city(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    if country in ("", "US"):
        return finding
    return replace(finding, kind="city", options=_with_gaps({"country": country}, finding))


def _detail_plate(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    """Plates of another form than the commonest of the U.S. are codes of their own form."""
    template = None if texts.str.fullmatch(_US_PLATE).all() else _usable(learn_code(texts.tolist()))
    if template is None:
        return finding
    why = f"{finding.why}, of their own form"
    return replace(finding, kind="code", options=_with_gaps(template.as_options(), finding), why=why)


def _detail_prefixed(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    """Vehicles of one maker are codes that begin alike."""
    cells = texts.tolist()
    ends = min(cells), max(cells)
    shared = next((at for at, (one, other) in enumerate(zip(*ends, strict=False)) if one != other), 0)
    template = _usable(learn_code(cells)) if shared >= _SHORTEST_PREFIX else None
    if template is None:
        return finding
    why = f"{finding.why}, which all begin alike"
    return replace(finding, kind="code", options=_with_gaps(template.as_options(), finding), why=why)


def _detail_url(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    """Addresses on one host that differ in codes become codes; of others, beginning and end are kept."""
    template = _usable(learn_address_codes(texts.tolist()))
    if template is None:
        return replace(finding, options=_with_gaps(learn_address_frame(texts.tolist()), finding))
    why = f"{finding.why}, which differ in a code"
    return replace(finding, kind="code", options=_with_gaps(template.as_options(), finding), why=why)


def _detail_network(name: str, finding: Finding, texts: pd.Series, country: str) -> Finding:
    """Addresses of private networks stay in them."""
    return replace(finding, options=_with_gaps(learn_networks(texts.tolist()), finding))


_Detail = Callable[[str, Finding, pd.Series, str], Finding]
_DETAILS: Mapping[str, _Detail] = MappingProxyType(
    {
        "phone_number": _detail_phone,
        "iban": _detail_iban,
        "card_number": _detail_card,
        "cvv": _detail_cvv,
        "faker:postcode": _detail_postcode,
        "faker:city": _detail_city,
        "faker:url": _detail_url,
        "faker:ipv4": _detail_network,
        "license_plate": _detail_plate,
        "faker:vin": _detail_prefixed,
        **dict.fromkeys(NAME_KINDS, _detail_name),
    }
)


def _as_country(shares: Mapping[str, float]) -> dict[str, Any]:
    return {"country": next(iter(shares))} if len(shares) == 1 else {"countries": dict(shares)}


def _with_gaps(options: Mapping[str, Any], finding: Finding) -> dict[str, Any]:
    """Options with the share of missing cells, which every identity column keeps."""
    return {**options, **{key: value for key, value in finding.options.items() if key == "missing_share"}}


def _sample(values: pd.Series) -> pd.Series:
    distinct = as_text(pd.Series(values.dropna().unique()))
    return distinct.iloc[:: max(1, len(distinct) // _SAMPLE)].str.strip()


def _words(name: str) -> tuple[str, ...]:
    folded = re.sub("ß", "ss", name)
    return split_name(folded)
