"""What L-Mul costs and loses: reports on numerics and on energy.

    python -m lmul_report [--out FOLDER] numerics [--data x.npy]
    python -m lmul_report [--out FOLDER] energy module.mlir [--size 512]

Both print Markdown tables; with `--out` they write them, and plots where matplotlib
is installed.
"""
