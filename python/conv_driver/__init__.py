"""Drive the compiler's tools and run its packages from numpy.

Behind the demo, the benchmark and the integration tests: `source` writes MLIR,
`tools` runs conv-opt and conv-translate, `runtime` opens packages with the C
runtime, `reference` computes in float64 with scipy.
"""
