"""The reports on L-Mul: published errors, and counts of operations."""

import numpy as np
import pytest
from lmul_report import energy, numerics
from lmul_report.__main__ import main


def test_errors_of_uniform_mantissas():
    """Mean |relative error| in percent, by mantissa bits."""
    _, rows = numerics.report()
    measured = {row.bits: row for row in rows}
    equation = {2: 11.8, 3: 7.3, 4: 7.0, 5: 7.4}
    adder = {2: 14.6, 3: 5.8, 4: 5.3, 5: 2.7}
    rounded = {2: 7.0, 3: 3.5, 4: 1.8, 5: 0.9}
    for bits in (2, 3, 4, 5):
        assert measured[bits].equation == pytest.approx(equation[bits], abs=0.2)
        assert measured[bits].adder == pytest.approx(adder[bits], abs=0.2)
        assert measured[bits].rounded == pytest.approx(rounded[bits], abs=0.2)


def test_expectations_agree_with_measurement():
    for row in numerics.expectations(np.random.default_rng(1)):
        assert row.product == pytest.approx(row.product_formula, abs=2e-3)
        assert row.equation == pytest.approx(row.equation_formula, abs=2e-3)


def test_claims_say_what_does_not_reproduce():
    text, _ = numerics.report()
    three, four = (line for line in text.splitlines() if line.startswith("- L-Mul"))
    assert "equation 7.2 % does not reproduce, adder 5.7 % holds" in three
    assert four.count("does not reproduce") == 2


def test_data(tmp_path, capsys):
    """Powers of two have no mantissa: products are exact, L-Mul adds c."""
    np.save(tmp_path / "x.npy", 2.0 ** np.arange(-3, 4))
    main(["--out", str(tmp_path), "numerics", "--data", str(tmp_path / "x.npy")])
    assert "| 7 | 6.25 | 6.25 | 0.00 | 0.00 |" in capsys.readouterr().out
    assert (tmp_path / "numerics.md").exists()


def test_data_without_numbers():
    with pytest.raises(ValueError, match="no finite number"):
        numerics.report(np.array([0.0, np.nan]))


MODULE = """
func.func @f(%a: tensor<?x128xf32>, %b: tensor<128x64xf32>, %c: tensor<?x64xf32>)
    -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %d = lowbit.lmul_matmul adder ins(%a, %b : tensor<?x128xf32>, tensor<128x64xf32>)
      outs(%c : tensor<?x64xf32>)
  %e = lowbit.lmul adder %d, %d : tensor<?x64xf32>
  return %d, %e : tensor<?x64xf32>, tensor<?x64xf32>
}
"""


def test_energy(tmp_path, capsys):
    path = tmp_path / "module.mlir"
    path.write_text(MODULE)
    main(["energy", str(path), "--size", "100"])
    table = capsys.readouterr().out
    # 100 x 64 x 128 products: 0.1 + 0.9 pJ instead of 3.7 + 0.9.
    assert "| lmul_matmul 100x128x64 adder f32, integer | 819200 |" in table
    assert "| 0.8192 |" in table and "| 3.768 | 0.22 |" in table
    assert "6400 x i32 add" in table
    with pytest.raises(SystemExit, match="--size"):
        main(["energy", str(path)])


def test_energy_of_matrix_units():
    text = (
        "lowbit.lmul_matmul equation ins(%a, %b : tensor<8x16xbf16>, "
        "tensor<16x4xbf16>) outs(%c : tensor<8x4xf32>) "
        "{plan = #lowbit.lmul_plan<form = matrix_unit, rows = 32, columns = 32>}"
    )
    (entry,) = energy.count(text)
    assert entry.operations == {"f16 multiply": 1024, "f32 add": 1024}
    assert entry.floating == {"f16 multiply": 512, "f32 add": 512}
