from bench.mover_overhead.__main__ import Shape, measure


def test_both_sides_of_the_measurement_run_and_cost_something() -> None:
    figures = measure(Shape(files=4, size=1000), runs=1)
    for task in ("backup", "restore"):
        for kind in ("wall", "cpu"):
            bare, whole = figures[f"{task}_bare_{kind}_s"], figures[f"{task}_{kind}_s"]
            assert 0 < bare < whole
            assert figures[f"{task}_{kind}_ratio"] > 1
