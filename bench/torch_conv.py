"""Time torch's FFT convolution: rfft, product with a prepared spectrum, irfft.

torch_conv.py LENGTH BATCH CHANNELS THREADS REPEAT [DTYPE] prints one JSON object. The
transforms are MKL's and run over the whole tensor, as a model written in torch
would run them; 16-bit rows, which these transforms do not take on a CPU, are
converted before and after. A process of its own, so that OpenMP's threads, which spin after
work, disturb nobody else's measurement.
"""

import json
import sys
import time

import torch


def main() -> None:
    length, batch, channels, threads, repeat = map(int, sys.argv[1:6])
    torch.set_num_threads(threads)
    torch.manual_seed(length + 1)
    names = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
    dtype = names[sys.argv[6] if len(sys.argv) > 6 else "f32"]
    u = torch.randn(batch, channels, length).to(dtype)
    k = torch.randn(channels, length) / length**0.5
    with torch.inference_mode():
        spectrum = torch.fft.rfft(k, n=2 * length)

        def convolve() -> torch.Tensor:
            transform = torch.fft.rfft(u.float(), n=2 * length) * spectrum
            y = torch.fft.irfft(transform, n=2 * length)[..., :length]
            return y.to(dtype).contiguous()

        convolve()
        walls, cpus = [], []
        for _ in range(repeat):
            wall, cpu = time.perf_counter(), time.process_time()
            convolve()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    middle = repeat // 2
    result = {"wall": sorted(walls)[middle], "cpu": sorted(cpus)[middle]}
    print(json.dumps({"torch": torch.__version__, **result}))


if __name__ == "__main__":
    main()
