"""What a stranger brings: tables with text ids, gaps, lonely nodes and odd rows, and a log with a user of one item."""

from pathlib import Path

import numpy as np

TASTES = ("likes red wine", "plays chess daily", "drives fast cars")
CITIES = ("Rome", "Łódź", "New York")
CUSTOMERS, PRODUCTS = 90, 45
LONELY = f"C/{CUSTOMERS - 1} é"
"""A customer who has bought nothing."""


def customer(number: int) -> str:
    """Return a customer's id: text, with a blank and a letter beyond ASCII."""
    return f"C/{number} é"


def write_shop(folder: Path) -> Path:
    """Write customers, products and purchases of three tastes to `folder`, with all that real tables have wrong."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    rows = ["customer_id,age,city,about,mail,country,label"]
    for number in range(CUSTOMERS):
        taste = number % 3
        age = "" if number % 17 == 0 else str(20 + 15 * taste + number % 10)
        city = "" if number % 13 == 0 else CITIES[number % 7 % 3]
        label = "" if number % 11 == 0 else ("bargain", "loyal", "new")[taste]
        rows.append(f'{customer(number)},{age},{city},"{TASTES[taste]}, truly",m{number}@x.org,IT,{label}')
    (folder / "customers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    products = ["sku;price;brand_id"]
    products += [f"sku {number};{'NA' if number % 9 == 0 else number / 4};b{number % 5}" for number in range(PRODUCTS)]
    (folder / "products.csv").write_text("\n".join(products) + "\n", encoding="utf-8")
    purchases = ["customer_id\tsku\tdate"]
    for number in range(CUSTOMERS - 1):
        for step in range(1 + number % 5):
            own = random.random() < 0.9
            sku = 15 * (number % 3) + random.integers(15) if own else random.integers(PRODUCTS)
            purchases.append(f"{customer(number)}\tsku {sku}\t2024-0{1 + step}-1{number % 10}")
    odd = [f"{customer(1)}\tsku 999\t2024-01-01", "\tsku 3\t2024-01-01", purchases[1]]
    (folder / "purchases.tsv").write_text("\n".join([*purchases, *odd]) + "\n", encoding="utf-8")
    (folder / "README").write_text("what I found on the disk")
    return folder


def write_log(path: Path) -> Path:
    """Write a log of text ids: gaps, rows out of order, a user of a single item, columns of the shop's own names."""
    random = np.random.default_rng(1)
    rows = ["buyer;article name;bought at;amount"]
    for user in range(40):
        start = int(random.integers(6))
        for step in reversed(range(3 + user % 4)):
            rows.append(f"user {user};tea, {(start + step) % 6};2024-03-0{1 + step}T08:00:00;1")
    rows += ["carl;tea, 0;2024-01-01;1", ";tea, 1;2024-01-01;2", "user 1;tea, 2;;1", "user 1;;2024-01-01;1"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
