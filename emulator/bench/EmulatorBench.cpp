//===- EmulatorBench.cpp - How fast the emulator is -----------------------===//
//
// One core, thread CPU time. The tensor kernel is a 64 x 64 x k tile product
// with ldmatrix and mma as a GEMM's inner loop has them; the scalar kernel a
// chain of integer and floating-point instructions with a load and a store.
//
//===----------------------------------------------------------------------===//
#include "ptxemu/Emulator.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>

using namespace ptxemu;

namespace {

double cpuSeconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

/// Each of four warps: 32 x 32 outputs of a 64 x 64 tile; per step of 16 in k
/// two ldmatrix.x4 for A, two for B, eight mma.
std::string gemmText() {
  std::string s = R"(.version 8.8
.target sm_90a
.address_size 64
.visible .entry gemm(.param .u64 out, .param .u32 steps)
{
  .reg .pred %p<4>;
  .reg .b32 %r<64>;
  .reg .f32 %f<32>;
  .reg .b64 %rd<8>;
  .shared .align 16 .b8 sa[2048];
  .shared .align 16 .b8 sb[2048];
  ld.param.u64 %rd1, [out];
  ld.param.u32 %r1, [steps];
  mov.u32 %r2, %tid.x;
  mov.u32 %r3, sa;
  mov.u32 %r4, sb;
  shl.b32 %r5, %r2, 4;
  add.u32 %r6, %r3, %r5;
  add.u32 %r7, %r4, %r5;
  mov.u32 %r8, 0x3c003800;
  st.shared.v4.u32 [%r6], {%r8, %r8, %r8, %r8};
  st.shared.v4.u32 [%r7], {%r8, %r8, %r8, %r8};
  and.b32 %r9, %r2, 31;
  shr.u32 %r10, %r2, 5;
  and.b32 %r11, %r10, 1;
  shr.u32 %r12, %r10, 1;
  shl.b32 %r13, %r9, 4;
  mad.lo.u32 %r14, %r11, 1024, %r13;
  add.u32 %r14, %r3, %r14;
  mad.lo.u32 %r15, %r12, 1024, %r13;
  add.u32 %r15, %r4, %r15;
)";
  for (int i = 0; i < 32; ++i)
    s += "  mov.f32 %f" + std::to_string(i) + ", 0f00000000;\n";
  s += "  mov.u32 %r16, 0;\nLOOP:\n  bar.sync 0;\n";
  auto quad = [](const char *prefix, int from) {
    std::string v = "{";
    for (int i = 0; i < 4; ++i)
      v += std::string(i ? ", %" : "%") + prefix + std::to_string(from + i);
    return v + "}";
  };
  for (int i = 0; i < 2; ++i)
    s += "  ldmatrix.sync.aligned.m8n8.x4.shared.b16 " + quad("r", 20 + 4 * i) +
         ", [%r14+" + std::to_string(512 * i) + "];\n";
  for (int i = 0; i < 2; ++i)
    s += "  ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 " +
         quad("r", 30 + 4 * i) + ", [%r15+" + std::to_string(512 * i) + "];\n";
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 4; ++j) {
      std::string acc = quad("f", (i * 4 + j) * 4);
      std::string b = "{%r" + std::to_string(30 + 2 * j) + ", %r" +
                      std::to_string(31 + 2 * j) + "}";
      s += "  mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 " + acc + ", " +
           quad("r", 20 + 4 * i) + ", " + b + ", " + acc + ";\n";
    }
  s += "  add.u32 %r16, %r16, 1;\n  setp.lt.u32 %p1, %r16, %r1;\n"
       "  @%p1 bra LOOP;\n  mov.u32 %r17, %ctaid.x;\n"
       "  mad.lo.u32 %r17, %r17, 128, %r2;\n  mul.wide.u32 %rd2, %r17, 4;\n"
       "  add.u64 %rd3, %rd1, %rd2;\n  st.global.f32 [%rd3], %f0;\n  ret;\n}\n";
  return s;
}

std::string scalarText() {
  std::string s = R"(.version 8.8
.target sm_90a
.address_size 64
.visible .entry scalar(.param .u64 out, .param .u32 steps)
{
  .reg .pred %p<4>;
  .reg .b32 %r<32>;
  .reg .f32 %f<16>;
  .reg .b64 %rd<8>;
  ld.param.u64 %rd1, [out];
  ld.param.u32 %r1, [steps];
  mov.u32 %r2, %tid.x;
  mov.u32 %r3, %ctaid.x;
  mad.lo.u32 %r4, %r3, 128, %r2;
  mul.wide.u32 %rd2, %r4, 4;
  add.u64 %rd3, %rd1, %rd2;
  mov.u32 %r5, 0;
  mov.f32 %f1, 0f3f800000;
  mov.f32 %f2, 0f3f7ff000;
LOOP:
  ld.global.u32 %r6, [%rd3];
  mad.lo.u32 %r6, %r6, 1664525, 1013904223;
  shr.u32 %r7, %r6, 9;
  or.b32 %r7, %r7, 0x3f800000;
  mov.b32 %f3, %r7;
  fma.rn.f32 %f1, %f1, %f2, %f3;
  mul.rn.f32 %f4, %f1, 0f3f000000;
  xor.b32 %r8, %r6, %r4;
  setp.gt.f32 %p1, %f4, %f3;
  selp.b32 %r9, %r8, %r6, %p1;
  add.u32 %r6, %r6, %r9;
  st.global.u32 [%rd3], %r6;
  add.u32 %r5, %r5, 1;
  setp.lt.u32 %p2, %r5, %r1;
  @%p2 bra LOOP;
  ret;
}
)";
  return s;
}

/// Rate in units a second of the best of three runs.
double measure(const std::string &text, const char *kernel, uint32_t grid,
               uint32_t steps, bool sanitize, double unitsPerLaunch,
               bool statistics = false) {
  Device device;
  ModuleHandle m = device.loadModule(text);
  if (m < 0) {
    std::fprintf(stderr, "%s\n", device.lastError().c_str());
    std::exit(1);
  }
  uint64_t out = device.allocate(grid * 512);
  device.fill(out, 1, grid * 512);
  double best = 0;
  for (int i = 0; i < 3; ++i) {
    LaunchConfig c;
    c.grid[0] = grid;
    c.block[0] = 128;
    c.sanitize = sanitize;
    c.statistics = statistics;
    c.addArgument(out);
    c.addArgument(steps);
    double start = cpuSeconds();
    LaunchResult r = device.launch(m, kernel, c);
    double seconds = cpuSeconds() - start;
    if (!r.ok) {
      std::fprintf(stderr, "%s\n", r.error.c_str());
      std::exit(1);
    }
    double units = unitsPerLaunch > 0
                       ? unitsPerLaunch
                       : double(r.statistics.warpInstructions) * 32;
    best = units / seconds > best ? units / seconds : best;
  }
  return best;
}

} // namespace

int main() {
  std::printf("instruction set %s\n", hostInstructionSet());
  const uint32_t steps = 600;
  double flops = 2.0 * 64 * 64 * 16 * steps * 8;
  std::string gemm = gemmText(), scalar = scalarText();
  std::printf("f16 mma GEMM            %6.2f GFLOP/s (aim 5)\n",
              measure(gemm, "gemm", 8, steps, false, flops) * 1e-9);
  std::printf("f16 mma GEMM, sanitizer %6.2f GFLOP/s (aim 1.5)\n",
              measure(gemm, "gemm", 8, steps, true, flops) * 1e-9);
  std::printf(
      "scalar                  %6.0f M thread instructions/s (aim 500)\n",
      measure(scalar, "scalar", 16, 2000, false, 0) * 1e-6);
  std::printf(
      "scalar, sanitizer       %6.0f M thread instructions/s (aim 100)\n",
      measure(scalar, "scalar", 16, 500, true, 0) * 1e-6);
  return 0;
}
