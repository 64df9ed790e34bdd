"""Small sets of tables as text, made by seeded draws, for tests of keys and storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def as_cells(columns: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """A table of text, None for missing cells."""
    return pd.DataFrame(
        {
            name: pd.Series([None if cell is None else str(cell) for cell in cells], dtype=object)
            for name, cells in columns.items()
        }
    )


def make_shop() -> dict[str, pd.DataFrame]:
    """Customers, their orders, the orders' lines, products, and a manager column among employees."""
    generator = np.random.default_rng(7)
    customers, orders, lines, products = 60, 150, 400, 40
    ordered = np.sort(generator.integers(0, orders, lines))
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    starts = np.maximum.accumulate(np.where(first, np.arange(lines), 0))
    return {
        "order_lines": as_cells(
            {
                "order_id": ordered + 1,
                "line_no": np.arange(lines) - starts + 1,
                "product_id": generator.integers(1, products + 1, lines),
                "quantity": generator.integers(1, 13, lines),
            }
        ),
        "orders": as_cells(
            {
                "order_id": np.arange(1, orders + 1),
                "customer_id": generator.integers(1, customers + 1, orders),
                "employee_id": [None if one % 5 == 0 else one for one in generator.integers(1, 31, orders)],
                "ordered_on": _draw_days(generator, orders),
                "total": _draw_amounts(generator, orders),
            }
        ),
        "customers": as_cells(
            {
                "id": np.arange(1, customers + 1),
                "segment": generator.choice(["private", "business"], customers),
                "income": _draw_amounts(generator, customers),
            }
        ),
        "products": as_cells(
            {
                "product_id": np.arange(1, products + 1),
                "category": generator.choice(["food", "tools", "toys"], products),
                "price": _draw_amounts(generator, products),
            }
        ),
        "employees": as_cells(
            {
                "employee_id": np.arange(1, 31),
                "manager_id": [None, *[(place - 1) // 3 + 1 for place in range(1, 30)]],
                "salary": _draw_amounts(generator, 30),
            }
        ),
    }


def make_calendar() -> dict[str, pd.DataFrame]:
    """Stores, readings of each store on each day, and sales by store, department and day."""
    generator = np.random.default_rng(3)
    stores, days = range(1, 13), [f"2024-02-{day:02d}" for day in (2, 9, 16, 23)]
    grid = [(store, day) for store in stores for day in days]
    holidays = {day: str(day == days[1]) for day in days}
    temperature = generator.normal(10, 4, len(grid)).round(1)
    sold = [
        (store, dept, day)
        for store, day in grid
        for dept in range(1, 9)
        if (store * dept) % 5 != 2 or dept < 3
    ]
    return {
        "sales": as_cells(
            {
                "Store": [store for store, _, _ in sold],
                "Dept": [dept for _, dept, _ in sold],
                "Date": [day for _, _, day in sold],
                "Amount": _draw_amounts(generator, len(sold)),
                "IsHoliday": [holidays[day] for _, _, day in sold],
            }
        ),
        "readings": as_cells(
            {
                "Store": [store for store, _ in grid],
                "Date": [day for _, day in grid],
                "Temperature": temperature,
                "IsHoliday": [holidays[day] for _, day in grid],
            }
        ),
        "stores": as_cells(
            {
                "Store": list(stores),
                "Type": generator.choice(["A", "B"], len(stores)),
                "Size": generator.integers(30_000, 90_000, len(stores)),
            }
        ),
    }


def _draw_amounts(generator: np.random.Generator, rows: int) -> list[str]:
    return [f"{amount:.2f}" for amount in generator.lognormal(5, 1, rows)]


def _draw_days(generator: np.random.Generator, rows: int) -> list[str]:
    days = generator.integers(0, 300, rows)
    return [str(np.datetime64("2024-01-01") + np.timedelta64(int(day), "D")) for day in days]
