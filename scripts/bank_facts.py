"""Published figures behind the built-in bank, with their sources, rounded as they stand here.

Payments: debit cards made 87.8 billion payments of 3.94 trillion dollars in 2021, 45 dollars each, and
the average withdrawal from a cash machine was 198 dollars (Federal Reserve Payments Study 2022).
Purchases by kind of merchant: average annual expenditures (Bureau of Labor Statistics, Consumer
Expenditure Surveys 2022, table 1101: food at home 5,703, away from home 3,639, gasoline 3,120, apparel
1,945, health care 5,850, entertainment 3,458 dollars); the codes are those of ISO 18245.
Incomes: median family income before tax 70,260 dollars and its growth and fall with age, and a median of
8,000 dollars in transaction accounts (Board of Governors, Survey of Consumer Finances 2022, tables 1
and 6). Loans: shares of families with vehicle (34.7 percent), education (21.7) and other instalment loans
(same survey, table 13), rates of 7 to 12 percent a year (Federal Reserve statistical release G.19, 2024).
Card networks: `sample_facts.NETWORK_SHARES`. States: `sample_facts.STATES`.
Shares for which no figure is published (products, referrals, closings) are assumptions of ours.
"""

from __future__ import annotations

EMPLOYMENT: dict[str, tuple[float, float, int, int]] = {
    # employment: share, median income as a part of that of all, youngest, oldest
    "employed": (0.60, 1.08, 20, 66),
    "self-employed": (0.10, 1.25, 25, 70),
    "retired": (0.17, 0.62, 60, 88),
    "student": (0.08, 0.20, 18, 27),
    "not working": (0.05, 0.35, 20, 64),
}
MEDIAN_INCOME = 70_260
INCOME_SPREAD = 0.55  # standard deviation of the logarithm within an employment

PRODUCTS: dict[str, tuple[str, float, float, float]] = {
    # product: type, share, median balance in dollars, mean bookings in a year
    "Everyday Checking": ("checking", 0.40, 2_400, 16.5),
    "Student Checking": ("checking", 0.09, 700, 14.0),
    "Premier Checking": ("checking", 0.14, 9_500, 20.5),
    "Simple Savings": ("savings", 0.25, 4_000, 5.0),
    "Goal Savings": ("savings", 0.12, 6_500, 7.0),
}

MERCHANTS: dict[int, tuple[str, str, float, float]] = {
    # ISO 18245 code: name, group, share of purchases, median dollars
    5411: ("Grocery Stores and Supermarkets", "food", 0.24, 46.0),
    5812: ("Eating Places and Restaurants", "food", 0.13, 31.0),
    5814: ("Fast Food Restaurants", "food", 0.14, 13.5),
    5541: ("Service Stations", "transport", 0.08, 41.0),
    5542: ("Automated Fuel Dispensers", "transport", 0.05, 37.0),
    4111: ("Local Commuter Transport", "transport", 0.03, 8.0),
    4511: ("Airlines and Air Carriers", "travel", 0.008, 310.0),
    7011: ("Hotels, Motels and Resorts", "travel", 0.012, 185.0),
    5651: ("Family Clothing Stores", "shopping", 0.05, 52.0),
    5311: ("Department Stores", "shopping", 0.05, 58.0),
    5732: ("Electronics Stores", "shopping", 0.025, 115.0),
    5942: ("Book Stores", "shopping", 0.025, 21.0),
    5912: ("Drug Stores and Pharmacies", "health", 0.05, 22.0),
    8011: ("Doctors and Physicians", "health", 0.02, 95.0),
    4814: ("Telecommunication Services", "household", 0.03, 78.0),
    4900: ("Utilities", "household", 0.025, 118.0),
    7832: ("Motion Picture Theaters", "leisure", 0.02, 24.0),
    7997: ("Membership Clubs and Gyms", "leisure", 0.015, 45.0),
}

BOOKINGS: dict[str, dict[str, float]] = {
    # type of account: shares of kinds of bookings
    "checking": {
        "card purchase": 0.58,
        "salary": 0.09,
        "transfer out": 0.15,
        "transfer in": 0.05,
        "cash withdrawal": 0.07,
        "fee": 0.04,
    },
    "savings": {"transfer in": 0.45, "transfer out": 0.25, "interest": 0.30},
}
CASH_WITHDRAWAL = 198
FEES = (4.95, 9.95, 12.00, 25.00)

CARD_SHARE = {"Everyday Checking": 1.08, "Student Checking": 0.9, "Premier Checking": 1.4}
"""Mean number of cards of an account, at most three; savings accounts have none."""

LOANS: dict[str, tuple[float, float, tuple[int, ...], float]] = {
    # purpose: share, median dollars, months, rate a year
    "vehicle": (0.50, 24_000, (24, 36, 48, 60), 0.078),
    "education": (0.14, 14_000, (36, 60, 84), 0.065),
    "home improvement": (0.16, 11_000, (24, 36, 60), 0.092),
    "personal": (0.20, 5_200, (12, 24, 36), 0.119),
}
BORROWERS = 0.22
FURTHER_LOANS = 1.3
"""Share of checking accounts with loans, and the mean number of loans that follow the first."""
