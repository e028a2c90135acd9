from contract import metrics as metric_names
from plumber.answer import Cause, refusal
from plumber.metrics import Metrics


def test_every_metric_of_the_contract_is_shown() -> None:
    metrics = Metrics()
    metrics.watch(age=lambda: -1.0, ready=lambda: False, waiting=lambda: 0)
    metrics.answers(refusal(Cause.REQUEST, "x")).inc()
    text = metrics.text().decode()
    for name in (
        metric_names.DECISIONS,
        metric_names.KNOWLEDGE_AGE,
        metric_names.LISTING_FAILURES,
        metric_names.READY,
        metric_names.WAITERS,
        metric_names.LEDGER_IDENTITIES,
        metric_names.LEDGER_READ,
        metric_names.LEDGER_FAILURES,
    ):
        assert f"\n{name}" in text
    assert f"\n{metric_names.LISTING_SECONDS}_bucket" in text


def test_gauges_are_read_at_each_scrape() -> None:
    metrics, ages = Metrics(), [1.0]
    metrics.watch(age=lambda: ages[-1], ready=lambda: ages[-1] > 1, waiting=lambda: 7)
    assert f"{metric_names.KNOWLEDGE_AGE} 1.0" in metrics.text().decode()
    assert f"{metric_names.READY} 0.0" in metrics.text().decode()
    assert f"{metric_names.WAITERS} 7.0" in metrics.text().decode()
    ages.append(2.0)
    assert f"{metric_names.KNOWLEDGE_AGE} 2.0" in metrics.text().decode()
    assert f"{metric_names.READY} 1.0" in metrics.text().decode()


def test_two_processes_worth_of_metrics_do_not_mix() -> None:
    one, two = Metrics(), Metrics()
    one.failed()
    assert f"{metric_names.LISTING_FAILURES} 1.0" in one.text().decode()
    assert f"{metric_names.LISTING_FAILURES} 0.0" in two.text().decode()


def test_the_size_of_the_ledger_and_whether_it_was_read_are_shown() -> None:
    metrics = Metrics()
    metrics.remembers(3, is_read=True)
    metrics.ledger_failed()
    text = metrics.text().decode()
    assert f"{metric_names.LEDGER_IDENTITIES} 3.0" in text
    assert f"{metric_names.LEDGER_READ} 1.0" in text
    assert f"{metric_names.LEDGER_FAILURES} 1.0" in text
