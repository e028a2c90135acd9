import pytest

from docgen import outcomes
from lab.outcomes.table import TABLE


def test_the_page_keeps_what_is_not_written():
    text = f"before\n{outcomes.BEGIN}\nyesterday\n{outcomes.END}\nafter\n"
    page = outcomes.page(text)
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert "yesterday" not in page
    assert all(row.heals in page for row in TABLE.values())
    assert outcomes.page(page) == page


@pytest.mark.parametrize("text", ["", outcomes.BEGIN, outcomes.END])
def test_a_page_without_a_place_is_an_error(text):
    with pytest.raises(ValueError, match="no place"):
        outcomes.page(text)
