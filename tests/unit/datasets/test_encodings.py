from __future__ import annotations

import pytest

from pipeline.datasets.encodings import decode, list_encodings
from pipeline.errors import DataError

WORDS = {
    "Czech": "Dvořák;Příbram;Plzeň;Žižkov;čtvrtek;účet",
    "Hungarian": "Győr;Kőszeg;műszaki;Pécs;tőke",
    "Polish": "oszczędności;Gdańsk;źródło;Łódź;Kraków",
    "French": "Genève;crédit;été;hôtel;l’été;Noël;payé",
    "Spanish": "Peña;Málaga;año;¿Qué?",
    "Portuguese": "São;João;Conceição;ações",
    "Swedish": "Åre;Göteborg;Malmö",
    "Danish": "Århus;Købmand;æble",
    "German": "Straße;Düren;Köln;ÄRZTE",
    "Turkish": "Şişli;Çağ;İzmir;Iğdır",
    "Russian": "Москва;Привет;ОПЛАТА",
    "signs": "£120;€5;20°C;5 m²",
}


@pytest.mark.parametrize(
    "encoding", ["cp1252", "cp1250", "cp850", "cp437", "cp852", "cp1254", "cp1251", "mac-roman"]
)
@pytest.mark.parametrize("language", WORDS)
def test_words_of_a_language_come_back(language: str, encoding: str) -> None:
    try:
        content = WORDS[language].encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("the language is not written in this encoding")
    if language == "signs" and encoding in ("cp1250", "cp850", "cp437", "cp852", "cp1251", "mac-roman"):
        pytest.skip("signs alone do not tell the code pages apart")
    assert decode(content, "table.csv").text == WORDS[language]


def test_a_likely_encoding_wins_over_a_guess_and_loses_to_utf8() -> None:
    assert decode("Žižkov".encode("cp1250"), "t.csv", likely="cp1250").text == "Žižkov"
    assert decode("Žižkov".encode(), "t.csv", likely="cp1250").text == "Žižkov"


def test_encodings_are_listed_likeliest_first() -> None:
    assert list_encodings(WORDS["Polish"].encode("cp1250"))[0] == "cp1250"


def test_bytes_that_give_no_words_are_refused_with_the_option() -> None:
    with pytest.raises(DataError, match="line 2: holds bytes that are not UTF-8") as caught:
        decode(b"a,b\n\x81\x8d\x8f\x90,1\n", "t.csv")
    assert "--encoding" in caught.value.hint
