from contract.schedule import TIERS
from docgen import tiers


def test_every_tier_has_a_row_with_what_follows_from_it():
    rows = [line for line in tiers.table().splitlines() if line.startswith("| `")]
    assert len(rows) == len(TIERS)
    assert "| `daily` | `0 2 * * *` | `schedule.window` | 48.5 hours |" in rows
    assert "| `hourly` | `0 * * * *` | the hour | 2.5 hours |" in rows


def test_the_page_keeps_what_is_not_written():
    page = tiers.page(f"before\n{tiers.BEGIN}\nyesterday\n{tiers.END}\nafter\n")
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert "yesterday" not in page
