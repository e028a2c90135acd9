"""Random faults against recorded truth: is pvc-plumber ever wrong about a backup?

A run is one modelled life of a repository (story.py), in time that jumps. The code between
kopia's output and the HTTP answer is the product's own. With --real kopia, storage and time are
real as well (bench/faults/disk_story.py).
"""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench import report
from bench.faults import disk_story
from bench.faults.story import Story, play
from bench.faults.verdict import Question, Verdict, is_clear, judge, lag
from contract.answer import Field
from fakes.virtual_loop import VirtualLoop
from lab.pins import BY_NAME


class Tally:
    """Counts verdicts, and prints those that must not occur."""

    def __init__(self) -> None:
        self.verdicts = Counter[str]({verdict.value: 0 for verdict in Verdict})
        self.withheld = 0  # denied although nothing was wrong
        self.longest_lag = 0.0
        self.faults = Counter[str]()

    def add(self, run: int, story: Story) -> None:
        """Adds all answers of one run."""
        self.faults.update(story.faults)
        for question in story.questions:
            verdict = judge(question, story.backups)
            self.verdicts[verdict.value] += 1
            if verdict is Verdict.OLDER:
                self.longest_lag = max(self.longest_lag, lag(question, story.backups))
            if verdict is Verdict.WRONG:
                _tell(run, "wrong", question, story)
        for question in story.settled:
            if judge(question, story.backups) is Verdict.DENIED and is_clear(
                question, story.backups
            ):
                self.withheld += 1
                _tell(run, "withheld", question, story)

    @property
    def is_good(self) -> bool:
        """Whether no answer was wrong, and none was withheld for nothing."""
        bad = self.verdicts[Verdict.WRONG] + self.withheld
        return not bad and self.verdicts[Verdict.RIGHT] > 0


def _tell(run: int, what: str, question: Question, story: Story) -> None:
    answer = {key: question.body[key] for key in (Field.DECISION, Field.REASON, Field.AGE)}
    faults = ", ".join(sorted(story.faults))
    text = f"{question.claim} at {question.arrived:.1f} s, asOf {question.as_of}"
    print(f"{what}: run {run}: {text}: {answer}; faults: {faults}", flush=True)


def main() -> None:
    """Plays the runs and ends with code 1 where an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--real", type=int, default=0, metavar="RUNS", help="on the real kopia")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="RUN", help="repeats one run")
    args = parser.parse_args()
    if args.real:
        disk_story.obey_permissions()
    logging.disable()  # what goes wrong on purpose need not be told
    report.machine(kopia=BY_NAME["kopia"].pin)
    runs = range(args.real or args.runs) if args.only is None else [args.only]
    tally, start = Tally(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for run, story in (_real if args.real else _modelled)(Path(folder), args.seed, runs):
            tally.add(run, story)
    print("runs with each fault:", ", ".join(f"{n} {k}" for k, n in sorted(tally.faults.items())))
    report.last(
        {
            "runs": len(runs),
            **tally.verdicts,
            "withheld": tally.withheld,
            "older_by_s": round(tally.longest_lag, 1),
            "took_s": round(time.monotonic() - start, 1),
        }
    )
    sys.exit(not tally.is_good)


def _modelled(folder: Path, seed: int, runs: Iterable[int]) -> Iterator[tuple[int, Story]]:
    loop = VirtualLoop()
    for run in runs:
        yield run, play(loop, folder / str(run), f"{seed}/{run}")


def _real(folder: Path, seed: int, runs: Iterable[int]) -> Iterator[tuple[int, Story]]:
    model = disk_story.prepare(folder)
    for run in runs:
        yield run, disk_story.play(model, folder / str(run), f"{seed}/{run}")


if __name__ == "__main__":
    main()
