from pathlib import Path

import pytest

from bench.admission.cost import TICKS, means, processor, program, spent, table, webhooks

METRICS = """
# TYPE apiserver_admission_webhook_admission_duration_seconds histogram
apiserver_admission_webhook_admission_duration_seconds_bucket{name="mutate.kyverno.svc",le="1"} 7
apiserver_admission_webhook_admission_duration_seconds_sum\
{name="mutate.kyverno.svc",operation="CREATE",rejected="false",type="admit"} SUM
apiserver_admission_webhook_admission_duration_seconds_count\
{name="mutate.kyverno.svc",operation="CREATE",rejected="false",type="admit"} COUNT
apiserver_admission_webhook_admission_duration_seconds_sum\
{name="mutate.kyverno.svc",operation="UPDATE",rejected="false",type="admit"} 99
apiserver_admission_webhook_admission_duration_seconds_count\
{name="mutate.kyverno.svc",operation="UPDATE",rejected="false",type="admit"} 9
"""


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["/bin/kube-apiserver", "--etcd-servers=x"], "kube-apiserver"),
        (["/usr/bin/python3.11", "-m", "plumber"], "pvc-plumber"),
        (["python", "-m", "bench.admission", "--one", "1"], "client"),
        (["/kyverno", "--backgroundServiceAccountName=background-controller"], "kyverno admission"),
        (["/ko-app/background-controller"], "kyverno background"),
        (["/bin/kopia", "repository", "connect"], "kopia"),
        (["/usr/bin/python3.11", "-m", "pytest"], "other"),
        ([""], "other"),
    ],
)
def test_a_program_is_known_by_its_command_line(words: list[str], name: str) -> None:
    assert program("\0".join(words)) == name


def test_processor_time_of_all_processes_of_a_program_is_added(tmp_path: Path) -> None:
    for pid in (1, 2):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_text("/bin/etcd\0--x")
        times = f"{TICKS} {2 * TICKS} {TICKS} 0"
        (tmp_path / str(pid) / "stat").write_text(
            f"{pid} (et) cd) S 1 1 1 0 -1 0 0 0 0 0 {times} 20"
        )
    (tmp_path / "3").mkdir()  # ended
    assert processor(tmp_path) == {"etcd": 8.0}


def read(total: float, count: int) -> dict[str, tuple[float, float]]:
    return dict(webhooks(METRICS.replace("SUM", f"{total}").replace("COUNT", f"{count}")))


def test_a_webhook_s_mean_counts_the_calls_between_two_readings() -> None:
    before, after = read(1.0, 10), read(1.5, 20)
    assert means(before, after) == {"mutate.kyverno.svc (admit)": pytest.approx(50.0)}
    assert means(after, after) == {}
    assert means({}, after) == {"mutate.kyverno.svc (admit)": pytest.approx(75.0)}


def test_what_is_spent_is_told_for_one_creation() -> None:
    assert spent({"a": 1.0}, {"b": 0.5, "a": 3.0}, 100) == {"a": 20.0, "b": 5.0}
    assert list(spent({}, {"b": 0.5, "a": 3.0}, 1)) == ["a", "b"]


def test_the_table_has_means_and_leaves_out_what_is_small_everywhere() -> None:
    lines = table({"plain": [{"x": 1.0, "y": 0.1}, {"x": 2.0}], "labelled": [{"x": 4.0, "z": 9.0}]})
    assert [line.split() for line in lines] == [
        ["plain", "labelled"],
        ["0.0", "9.0", "z"],
        ["1.5", "4.0", "x"],
    ]
