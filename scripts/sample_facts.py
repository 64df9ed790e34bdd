"""Published figures behind the built-in samples, with their sources, rounded as they stand here.

States: resident population in thousands (U.S. Census Bureau, 2020 Census, P.L. 94-171 table P1) and
the percent of people who are White, Black and Asian alone, not Hispanic, and Hispanic (table P2).
Blood groups: percent by ethnic group (AABB Technical Manual, as the American Red Cross prints it).
Industries and ages: shares of the employed, of women among them, and median ages (Bureau of Labor
Statistics, Current Population Survey, annual averages by industry, sex and age).
Networks: shares of U.S. credit card balances at the end of 2021 (Nilson Report 1213: Visa 47.7,
Mastercard 31.3, American Express 13.0, Discover 8.0 percent). JCB and Diners Club have no published
U.S. figure and stand here with a small share, so that their formats occur.
"""

from __future__ import annotations

ETHNIC_GROUPS = ("white", "black", "asian", "hispanic")

STATES: dict[str, tuple[int, int, int, int, int]] = {
    # state: thousands, white, black, asian, hispanic
    "AL": (5024, 63, 26, 2, 5), "AK": (733, 58, 3, 6, 7), "AZ": (7152, 53, 4, 4, 31),
    "AR": (3012, 69, 15, 2, 9), "CA": (39538, 35, 5, 15, 39), "CO": (5774, 65, 4, 3, 22),
    "CT": (3606, 63, 10, 5, 17), "DE": (990, 59, 22, 4, 11), "DC": (690, 38, 41, 5, 11),
    "FL": (21538, 52, 15, 3, 27), "GA": (10712, 50, 31, 4, 11), "HI": (1455, 22, 2, 37, 10),
    "ID": (1839, 79, 1, 1, 13), "IL": (12813, 58, 14, 6, 18), "IN": (6786, 76, 9, 3, 8),
    "IA": (3190, 83, 4, 2, 7), "KS": (2938, 72, 6, 3, 13), "KY": (4506, 81, 8, 2, 5),
    "LA": (4658, 56, 31, 2, 7), "ME": (1362, 90, 2, 1, 2), "MD": (6177, 47, 29, 7, 12),
    "MA": (7030, 68, 7, 7, 13), "MI": (10077, 72, 14, 3, 6), "MN": (5706, 76, 7, 5, 6),
    "MS": (2961, 55, 36, 1, 4), "MO": (6155, 76, 11, 2, 5), "MT": (1084, 83, 1, 1, 4),
    "NE": (1962, 76, 5, 3, 12), "NV": (3105, 46, 9, 9, 29), "NH": (1378, 87, 1, 3, 4),
    "NJ": (9289, 52, 12, 10, 22), "NM": (2118, 37, 2, 2, 48), "NY": (20201, 53, 14, 10, 20),
    "NC": (10439, 61, 20, 3, 11), "ND": (779, 82, 3, 2, 4), "OH": (11799, 76, 12, 3, 4),
    "OK": (3959, 61, 7, 2, 12), "OR": (4237, 72, 2, 5, 14), "PA": (13003, 74, 11, 4, 8),
    "RI": (1097, 69, 5, 4, 17), "SC": (5118, 62, 25, 2, 7), "SD": (887, 80, 2, 2, 4),
    "TN": (6911, 71, 16, 2, 7), "TX": (29146, 40, 12, 5, 39), "UT": (3272, 75, 1, 2, 15),
    "VT": (643, 89, 1, 2, 2), "VA": (8631, 59, 18, 7, 11), "WA": (7705, 64, 4, 9, 14),
    "WV": (1794, 89, 4, 1, 2), "WI": (5894, 79, 6, 3, 8), "WY": (577, 81, 1, 1, 10),
}  # fmt: skip

BLOOD_GROUPS = ("O+", "O-", "A+", "A-", "B+", "B-", "AB+", "AB-")
BLOOD_GROUPS_BY_ETHNIC_GROUP: dict[str, tuple[float, ...]] = {
    "white": (37, 8, 33, 7, 9, 2, 3, 1),
    "black": (47, 4, 24, 2, 18, 1, 4, 0.3),
    "asian": (39, 1, 27, 0.5, 25, 0.4, 7, 0.1),
    "hispanic": (53, 4, 29, 2, 9, 1, 2, 0.2),
}

AGE_GROUPS: tuple[tuple[int, int, float], ...] = (
    # first age, last age, percent of the employed
    (18, 24, 12), (25, 34, 22.5), (35, 44, 22), (45, 54, 20), (55, 64, 16.5), (65, 74, 7),
)  # fmt: skip
MEDIAN_AGE = 42

INDUSTRIES: dict[str, tuple[float, float, float]] = {
    # industry: share of the employed, share of women, median age
    "manufacturing": (0.14, 0.29, 44),
    "construction": (0.11, 0.11, 42),
    "transport": (0.09, 0.25, 45),
    "retail": (0.15, 0.49, 39),
    "finance": (0.10, 0.53, 45),
    "health": (0.28, 0.78, 43),
    "leisure": (0.13, 0.51, 33),
}

MAIN_INDUSTRY: dict[str, tuple[str, ...]] = {
    # An assumption of ours: the invented employer runs one main line of business in each Census division.
    "health": ("CT", "ME", "MA", "NH", "RI", "VT", "DE", "DC", "FL", "GA", "MD", "NC", "SC", "VA", "WV"),
    "finance": ("NJ", "NY", "PA"),
    "manufacturing": ("IL", "IN", "MI", "OH", "WI", "AL", "KY", "MS", "TN"),
    "transport": ("IA", "KS", "MN", "MO", "NE", "ND", "SD"),
    "construction": ("AR", "LA", "OK", "TX"),
    "leisure": ("AZ", "CO", "ID", "MT", "NV", "NM", "UT", "WY"),
    "retail": ("AK", "CA", "HI", "OR", "WA"),
}

NETWORK_SHARES: dict[str, float] = {
    "Visa": 0.467,
    "Mastercard": 0.307,
    "American Express": 0.128,
    "Discover": 0.078,
    "JCB": 0.012,
    "Diners Club": 0.008,
}

CARD_TERMS: dict[str, tuple[int, float, int]] = {
    # Assumptions of ours, within the three to five years for which issuers make cards out: months of
    # validity, share of cards from the last large re-issue, and months since that re-issue.
    "Visa": (48, 0.35, 10),
    "Mastercard": (36, 0.35, 20),
    "American Express": (60, 0.45, 6),
    "Discover": (48, 0.45, 40),
    "JCB": (60, 0.30, 24),
    "Diners Club": (36, 0.30, 6),
}
