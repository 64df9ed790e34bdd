"""What the name of a column says: English, German and French words for identifiers, people, amounts, lists.

A name never decides alone what a column is; it adds to what the values say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_IDENTIFIER = frozenset(
    (
        "id", "ids", "key", "index", "idx", "uuid", "guid", "rowid", "no", "nr", "num", "number", "ref",
        "reference", "serial", "identifier", "token", "nummer", "kennung", "schluessel", "referenz",
        "kennzeichen", "aktenzeichen", "numero", "identifiant", "matricule",
    )
)  # fmt: skip
_ENTITY = frozenset(
    (
        "account", "acct", "customer", "cust", "client", "person", "member", "user", "holder", "patient",
        "employee", "emp", "borrower", "counterparty", "vendor", "supplier", "policy", "contract", "card",
        "pan", "device", "imei", "imsi", "msisdn", "iccid", "passport", "license", "licence", "tin", "vat",
        "iban", "isin", "wkn", "cusip", "lei", "order", "invoice", "transaction", "txn", "case", "claim",
        "ticket", "session", "ledger", "mandate", "subscriber", "student", "vehicle", "slip", "voucher",
        "household", "meter", "konto", "kunde", "kundin", "kunden", "vertrag", "karte", "police", "ausweis",
        "reisepass", "mitglied", "mitarbeiter", "depot", "beleg", "rechnung", "auftrag", "mandat",
        "debitor", "kreditor", "steuerid", "compte", "contrat", "carte", "assure", "adherent", "dossier",
        "facture", "commande", "passeport", "siren", "siret", "abonne", "salarie",
    )
)  # fmt: skip
_MEASURE = frozenset(
    (
        "amount", "amt", "assets", "balance", "budget", "capital", "charge", "cost", "count", "credit",
        "debit", "debt", "deposit", "distance", "epoch", "exposure", "fee", "income", "km", "kg", "limit",
        "loan", "loss", "mileage", "miles", "mortgage", "notional", "outstanding", "overdraft", "paid",
        "pay", "payment", "pct", "percent", "population", "premium", "price", "principal", "profit",
        "quantity", "qty", "rate", "ratio", "rent", "revenue", "salary", "sales", "score", "size", "spend",
        "sum", "tax", "time", "timestamp", "total", "turnover", "value", "volume", "wage", "wealth",
        "weight", "worth", "year", "age", "days", "months", "years", "usd", "eur", "gbp", "chf", "jpy",
        "inr", "cents", "summe", "betrag", "saldo", "wert", "preis", "kosten", "gebuehr", "zins", "umsatz",
        "gehalt", "lohn", "volumen", "menge", "anzahl", "satz", "guthaben", "einkommen", "vermoegen",
        "schulden", "rest", "dauer", "laufzeit", "alter", "jahr", "gewicht", "gewinn", "verlust", "miete",
        "ertrag", "aufwand", "montant", "solde", "somme", "prix", "taux", "nombre", "encours", "revenu",
        "salaire", "loyer", "frais", "valeur", "poids", "duree", "annee", "chiffre", "cout", "plafond",
        "quantite",
    )
)  # fmt: skip
_PUBLIC = frozenset(
    (
        "branch", "store", "shop", "dept", "department", "region", "district", "area", "country", "nation",
        "nationality", "citizenship", "currency", "product", "mcc", "sic", "nace", "naics",
        "merchantcategory", "blz", "bank", "bic", "category", "type", "class", "segment", "status", "state",
        "province", "county", "language", "channel", "plan", "tariff", "rating", "grade", "reason", "error",
        "zone", "sector", "industry", "occupation", "diagnosis", "icd", "cpt", "ndc", "sku", "article",
        "model", "brand", "version", "unit", "month", "quarter", "weekday", "gl", "fund", "desk", "team",
        "filiale", "abteilung", "bezirk", "land", "waehrung", "produkt", "kategorie", "typ", "art",
        "klasse", "kanal", "tarif", "bankleitzahl", "branche", "sparte", "beruf", "artikel", "kreis",
        "sprache", "fonds", "agence", "pays", "devise", "produit", "categorie", "classe", "canal", "metier",
        "secteur", "langue",
    )
)  # fmt: skip
_LISTS = frozenset(
    {"state", "country", "nation", "nationality", "citizenship", "currency", "language", "province", "county",
     "land", "waehrung", "sprache", "pays", "devise", "langue"}
)  # fmt: skip
_CODE_LISTS = frozenset(
    {"branch", "store", "shop", "dept", "department", "mcc", "sic", "nace", "naics", "blz", "bankleitzahl",
     "filiale", "abteilung", "agence", "icd", "sku", "gl"}
)  # fmt: skip
_THINGS = _PUBLIC | {
    "company", "firm", "firma", "employer", "merchant", "city", "town", "ort", "stadt", "ville", "file",
    "campaign", "event", "project", "school", "hospital", "site", "street", "book", "song", "film", "game",
    "column", "table", "field", "host", "server", "process", "drug", "job", "make", "medication",
    "profession", "car", "auto", "marke", "modell", "marque", "modele",
}  # fmt: skip
_SECURITIES = frozenset({"isin", "wkn", "cusip", "sedol", "lei", "bic", "swift", "symbol", "ticker"})
_FRENCH_MEASURES = frozenset(
    {"montant", "solde", "somme", "prix", "taux", "nombre", "encours", "total", "frais", "valeur", "cout",
     "plafond"}
)  # fmt: skip
_LEADING_IDENTIFIERS = frozenset(
    {"id", "numero", "no", "nr", "num", "code", "ref", "reference", "key", "index"}
)
_LEADING_LISTS = frozenset({"type", "typ", "categorie", "segment", "statut", "status", "art", "classe"})
_HOLDERS = frozenset(
    {"centre", "center", "centres", "centers", "stelle", "code", "codes", "office", "officer", "region",
     "team", "desk", "group", "gruppe", "list", "liste", "plan", "method", "class", "klasse", "type", "typ",
     "category", "kategorie", "segment", "branch", "department", "dept", "rep", "agent", "manager", "zone",
     "area", "district", "store", "shop", "channel"}
)  # fmt: skip
_COUNTS = frozenset({"num", "number", "no", "nb", "count", "nombre", "anzahl"})

# German writes words together: the end of a word says what it is, the beginning whose it is.
_IDENTIFIER_ENDS = ("nummer", "nr", "kennung", "schluessel", "referenz", "kennzeichen")
_MEASURE_ENDS = (
    "summe", "betrag", "saldo", "stand", "wert", "preis", "kosten", "gebuehr", "zins", "zinsen", "umsatz",
    "gehalt", "lohn", "volumen", "menge", "anzahl", "satz", "limit", "guthaben", "einkommen", "vermoegen",
    "dauer",
)  # fmt: skip
_ENTITY_STEMS = (
    "konto",
    "kunde",
    "vertrag",
    "police",
    "versicher",
    "mitglied",
    "patient",
    "mitarbeiter",
    "depot",
)
_PUBLIC_STEMS = ("filial", "produkt", "artikel", "bank")
_RUN_TOGETHER = re.compile(
    rf"({'|'.join(sorted(_ENTITY | _PUBLIC, key=len, reverse=True))})(id|no|nr|num|number|ref|key)"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


@dataclass(frozen=True)
class NameHints:
    """What the words of a column's name suggest; all of it may be wrong.

    `is_identifier`: a word such as id or number; `is_code`: the word code; `is_entity`: what has identifiers
    (person, account, device, document); `is_measure`: an amount, count or time; `is_public`: a list that
    identifies no one (branches, currencies, reasons), `is_code_list` one that is known for its codes and
    `is_plain_list` one whose values are plain words; `is_thing`: something whose name is no person's;
    `is_security`: securities and banks, which have public codes.
    """

    words: tuple[str, ...]
    is_identifier: bool = False
    is_code: bool = False
    is_entity: bool = False
    is_measure: bool = False
    is_public: bool = False
    is_code_list: bool = False
    is_plain_list: bool = False
    is_thing: bool = False
    is_security: bool = False

    @property
    def joined(self) -> str:
        """The words with "_" between them, as patterns of names read them."""
        return "_".join(self.words)


def split_name(name: str) -> tuple[str, ...]:
    """Lower-case words of a column name: "customerID" and "Customer id" both give customer, id.

    Umlauts are written out and accents left out, so that "Währung" gives waehrung.
    """
    composed = unicodedata.normalize("NFC", name).translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", composed).encode("ascii", "ignore").decode()
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return tuple(word for word in re.split(r"[^0-9a-zA-Z]+", spaced.lower()) if word)


@lru_cache(maxsize=4096)
def read_name(name: str) -> NameHints:
    """What the name of a column suggests."""
    words = split_name(name)
    meanings = [_read_word(word) for word in words]
    is_measure = _is_measure(words, meanings)
    owners = [kind for kinds in meanings for kind in kinds if kind in ("entity", "public")]
    is_list = bool(owners) and (owners[-1] == "public" or words[0] in _LEADING_LISTS)
    is_named_id = bool(words) and (
        "identifier" in meanings[-1] or words[0] in _LEADING_IDENTIFIERS - {"code"}
    )
    return NameHints(
        words=words,
        is_identifier=is_named_id and not is_measure,
        is_code="code" in words,
        is_entity="entity" in owners and not is_measure and not is_list,
        is_measure=is_measure,
        is_public=is_list,
        is_code_list=is_list and bool(_CODE_LISTS & set(words)),
        is_plain_list=bool(_LISTS & set(words)),
        is_thing=bool(_THINGS & set(words)),
        is_security=bool(_SECURITIES & set(words)),
    )


def _read_word(word: str) -> tuple[str, ...]:
    """What one word stands for, the owner before the head in words that are written together."""
    known = (("identifier", _IDENTIFIER), ("measure", _MEASURE), ("public", _PUBLIC), ("entity", _ENTITY))
    found = next((kind for kind, words in known if word in words), None)
    if found is not None:
        return (found,)
    together = _RUN_TOGETHER.fullmatch(word)
    if together is not None:
        return ("entity" if together[1] in _ENTITY else "public", "identifier")
    if word.endswith(_MEASURE_ENDS):
        return ("measure",)
    owner = next(
        (
            kind
            for kind, stems in (("entity", _ENTITY_STEMS), ("public", _PUBLIC_STEMS))
            if word.startswith(stems)
        ),
        None,
    )
    head = ("identifier",) if word.endswith(_IDENTIFIER_ENDS) else ()
    return ((owner,) if owner else ()) + head


def _names_holder(words: tuple[str, ...]) -> bool:
    """Whether a measure only says what kind of thing is named: cost centre, tax code, centre de coût."""
    named = [word for word in words if not word.isdecimal()]
    is_french = named[:1] == ["centre"] and named[1:2] in (["de"], ["des"], ["du"])
    return is_french or bool(named and named[-1] in _HOLDERS)


def _is_measure(words: tuple[str, ...], meanings: list[tuple[str, ...]]) -> bool:
    """Whether the head of the name is a measure: the last word that is known, in French the first."""
    if not words or _names_holder(words):
        return False
    is_owned = any("entity" in kinds for kinds in meanings)
    if words[0] in _COUNTS and len(words) > 1 and ("of" in words[1:2] or not is_owned):
        return True
    if words[0] in _FRENCH_MEASURES:
        return True
    heads = [kind for kinds in meanings for kind in kinds if kind != "public"]
    return bool(heads) and heads[-1] == "measure"
