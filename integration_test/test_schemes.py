"""The report of quantisation schemes, by hand and against compiled kernels."""

import lowbit
import numpy as np
import pytest
from conv_driver import schemes, tools


def test_by_hand():
    # One row with an outlier: its scale is 1 and rounds 0.4 and 0.3 to zero.
    x = np.array([[127, 0.4, 0.6, -0.3]])
    assert schemes.report(x, "token", 8).kernel_proportion == 0.5
    assert schemes.report(x, "channel", 8).kernel_proportion == 0
    assert schemes.report(x, "channel", 8).relative_error < 1e-15
    assert schemes.report(x, "crossquant", 8).kernel_proportion == 0


@pytest.mark.parametrize(("alpha", "scheme"), [(1, "token"), (0, "channel")])
def test_crossquant_ends_in_the_others(alpha, scheme, seed):
    x = np.random.default_rng([seed, 1]).standard_normal((30, 20))
    got = schemes.report(x, "crossquant", 4, alpha)
    want = schemes.report(x, scheme, 4)
    assert got.kernel_proportion == want.kernel_proportion
    assert got.relative_error == pytest.approx(want.relative_error)


def test_outliers_are_what_crossquant_is_for(seed):
    x = np.random.default_rng([seed, 2]).standard_normal((200, 100))
    x[:, 3] *= 100
    token, cross = (schemes.report(x, name, 8) for name in ("token", "crossquant"))
    assert token.kernel_proportion > 0.2 > 0.05 > cross.kernel_proportion


def test_zeros():
    assert schemes.report(np.zeros((2, 3)), "crossquant", 8) == schemes.Report(1, 0)


def test_agrees_with_the_kernel(seed, runtime, tmp_path):
    """The share of zeros that lowbit.quantize gives with CrossQuant's scales."""
    x = np.random.default_rng([seed, 3]).standard_normal((64, 48)).astype(np.float32)
    x[:, 5] *= 100
    text = lowbit.crossquant_module(48, alpha=0.15)
    with runtime.open(tools.compile(text, tmp_path)) as package:
        q = package.run("f", x)
    want = schemes.report(x, "crossquant", 8).kernel_proportion
    # Scales are within 1e-6: next to a tie an element may go either way.
    assert (q == 0).mean() == pytest.approx(want, abs=1 / x.size)


def test_tool(tmp_path, capsys):
    np.save(tmp_path / "x.npy", np.array([[127, 0.4, 0.6, -0.3]], np.float32))
    schemes.main([str(tmp_path / "x.npy"), "--bits", "8"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| tensor", "| token", "| channel", "| crossquant",
    ]  # fmt: skip
    assert lines[3].startswith("| token | 8 | 50.00% |")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), "tokens, channels"),
        (np.zeros((2, 3), np.int8), "floating-point"),
        (np.array([[1, np.nan]]), "NaN or infinity"),
    ],
)
def test_bad_files(array, message, tmp_path):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(SystemExit, match=message):
        schemes.main([str(tmp_path / "x.npy")])
