"""Tables of a small shop, and writing them."""

from pathlib import Path

PEOPLE = ["customer_id,age", *(f"C-{number},{20 + number}" for number in range(8))]
GOODS = ["sku,price", *(f"s{number},{number}.5" for number in range(6))]
BUYS = ["customer_id,sku,date", *(f"C-{number % 8},s{number % 5},2024-01-0{1 + number % 9}" for number in range(20))]


def write(folder: Path, **tables: list[str]) -> Path:
    """Write tables, a line a text; __ in a name stands for the dot."""
    for name, lines in tables.items():
        (folder / (name.replace("__", "."))).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
