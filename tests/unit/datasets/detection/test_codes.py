"""The form of codes: what reads like one, how long it is, and which written values are none."""

from __future__ import annotations

import pytest

from pipeline.datasets.detection.codes import CodeShape, find_code_shape


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        ([f"BR-{row:04d}" for row in range(30)], CodeShape(4, 7, True, "BR-", 4)),
        ([f"{row:05d}" for row in range(30)], CodeShape(5, 5, True, "", 5)),
        ([f"INV-2024-{row:05d}" for row in range(30)], CodeShape(9, 14)),
        ([f"{row + 10}-53-{row + 40}" for row in range(30)], CodeShape(6, 8)),
        (["FD96KKP", "DC41NNL", "DH81NKM"], CodeShape(5, 7)),
        (["AB 12 34 56", "CD 99 88 77"], CodeShape(6, 11)),
        (["K-1", "K-20", "K-300"], CodeShape(2, None)),
    ],
)
def test_codes_have_a_form(texts: list[str], shape: CodeShape) -> None:
    assert find_code_shape(texts) == shape


@pytest.mark.parametrize(
    "texts",
    [
        ["17.01.22", "11.09.22", "05.08.23"],
        ["2022-01", "2022-02", "2023-12"],
        ["01/17/2022", "09/11/2022"],
        ["2022-01-17-14.47.43", "2022-09-11-14.40.34"],
        ["17-JAN-22", "11-SEP-22"],
        ["Q1 2022", "Q3 2022"],
        ["14:47:43", "09:11:22"],
        ["155,69", "72,64"],
        ["1.234,50", "2.345,60"],
        ["18-25", "26-35", "36-50"],
        ["36 months", "60 months"],
        ["10k", "20k"],
        ["VIP case 4139", "VIP case 4655"],
        ["called at 3, was out", "called at 4, was out"],
        ["gold", "silver"],
        [],
    ],
)
def test_written_values_and_notes_are_no_codes(texts: list[str]) -> None:
    assert find_code_shape(texts) is None


def test_the_form_is_told_without_a_value() -> None:
    assert find_code_shape(["CL00017", "CL00042"]).phrase == "codes of a prefix and 5 digits"  # type: ignore[union-attr]
    assert CodeShape(9, 14).phrase == "codes of 14 characters"
