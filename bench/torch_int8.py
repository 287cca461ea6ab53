"""Time torch's int8 matrix product, which is oneDNN's: i8 x i8 to i32.

torch_int8.py ROWS OUTPUTS INPUTS THREADS REPEAT prints one JSON object. The weights
are [K, N] and in oneDNN's own order wherever torch lets it choose.
ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI keeps oneDNN from AMX.
"""

import json
import sys
import time

import torch


def main() -> None:
    rows, outputs, inputs, threads, repeat = map(int, sys.argv[1:])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    x = torch.randint(-128, 128, (rows, inputs), dtype=torch.int8)
    w = torch.randint(-1, 2, (outputs, inputs), dtype=torch.int8)
    transposed = w.t().contiguous()
    candidates = {
        "int_mm": lambda: torch._int_mm(x, w.t()),
        "int_mm_transposed": lambda: torch._int_mm(x, transposed),
    }
    try:
        torch.backends.quantized.engine = "onednn"
        linear = torch.ao.nn.quantized.Linear(inputs, outputs)
        quantized = torch.quantize_per_tensor(
            torch.randn(rows, inputs), 0.05, 64, torch.quint8
        )
        candidates["quantized_linear"] = lambda: linear(quantized)
    except (RuntimeError, AttributeError) as failure:
        print(f"no quantized linear: {failure}", file=sys.stderr)
    result: dict[str, dict[str, float]] = {}
    with torch.inference_mode():
        for name, run in candidates.items():
            run()
            walls, cpus = [], []
            for _ in range(repeat):
                wall, cpu = time.perf_counter(), time.process_time()
                run()
                walls.append(time.perf_counter() - wall)
                cpus.append(time.process_time() - cpu)
            result[name] = {
                "wall": sorted(walls)[repeat // 2],
                "cpu": sorted(cpus)[repeat // 2],
                "cpu_best": min(cpus),
            }
    best = min(result, key=lambda name: result[name]["cpu"])
    print(json.dumps({"torch": torch.__version__, "best": best, **result[best]}))


if __name__ == "__main__":
    main()
