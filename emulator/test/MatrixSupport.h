//===- MatrixSupport.h - Operands of matrix tests in their formats --------===//
#ifndef PTXEMU_TEST_MATRIX_SUPPORT_H
#define PTXEMU_TEST_MATRIX_SUPPORT_H

#include "TestSupport.h"

#include <cmath>

namespace ptxemu {

inline uint32_t halfBits(float v) {
  _Float16 h = _Float16(v);
  uint16_t bits;
  std::memcpy(&bits, &h, 2);
  return bits;
}
inline float halfValue(uint32_t bits) {
  uint16_t b = uint16_t(bits);
  _Float16 h;
  std::memcpy(&h, &b, 2);
  return float(h);
}
inline uint32_t floatBits(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return bits;
}
inline float floatValue(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}
/// Small integers in 8-bit formats.
inline uint32_t encode(const std::string &type, int v) {
  if (type == "f16")
    return halfBits(float(v));
  if (type == "bf16")
    return floatBits(float(v)) >> 16;
  if (type == "tf32" || type == "f32")
    return floatBits(float(v));
  if (type == "e4m3" || type == "e5m2") {
    int m = type == "e4m3" ? 3 : 2, bias = type == "e4m3" ? 7 : 15;
    uint32_t sign = v < 0 ? 0x80 : 0;
    int a = std::abs(v), e = 0;
    if (!a)
      return 0;
    while ((a >> e) > 1)
      ++e;
    uint32_t mantissa =
        e <= m ? uint32_t(a << (m - e)) : uint32_t(a >> (e - m));
    return sign | uint32_t(e + bias) << m | (mantissa & ((1u << m) - 1));
  }
  return uint32_t(v) & 0xff; // s8, u8
}
inline int bitsOf(const std::string &type) {
  return type == "f16" || type == "bf16"                    ? 16
         : type == "tf32" || type == "f32" || type == "s32" ? 32
                                                            : 8;
}

/// Kernel around `instruction`: lane l gets in[i * 32 + l] in %a<i> and leaves
/// %d<i> in out[i * 32 + l].
inline std::string laneKernel(const std::string &instruction, int in, int out) {
  std::string s =
      ".reg .b32 %a<40>;\n.reg .b32 %d<136>;\nmov.u32 %r1, %tid.x;\n"
      "ld.param.u64 %rd1, [p0];\nld.param.u64 %rd2, [p1];\n"
      "mul.wide.u32 %rd3, %r1, 4;\nadd.u64 %rd1, %rd1, %rd3;\n"
      "add.u64 %rd2, %rd2, %rd3;\n";
  for (int i = 0; i < in; ++i)
    s += "ld.global.b32 %a" + std::to_string(i) + ", [%rd1+" +
         std::to_string(i * 128) + "];\n";
  s += instruction + "\n";
  for (int i = 0; i < out; ++i)
    s += "st.global.b32 [%rd2+" + std::to_string(i * 128) + "], %d" +
         std::to_string(i) + ";\n";
  return kernelText(s + "ret;", 2);
}

inline std::string registers(const char *prefix, int from, int count) {
  std::string s = "{";
  for (int i = 0; i < count; ++i)
    s += std::string(i ? ", %" : "%") + prefix + std::to_string(from + i);
  return s + "}";
}

inline std::vector<uint32_t> runLanes(const std::string &text,
                                      const std::vector<uint32_t> &in,
                                      size_t out,
                                      uint64_t *tensorOperations = nullptr) {
  Device device;
  ModuleHandle m = loadOrFail(device, text);
  Buffer<uint32_t> a(device, in),
      d(device, std::vector<uint32_t>(out * 32, ~0u));
  LaunchConfig c;
  c.block[0] = 32;
  c.sanitize = true;
  c.statistics = true;
  c.addArgument(uint64_t(a));
  c.addArgument(uint64_t(d));
  LaunchResult r = device.launch(m, "k", c);
  EXPECT_TRUE(r.ok) << allReports(r);
  if (tensorOperations)
    *tensorOperations = r.statistics.tensorOperations;
  return d.values();
}

} // namespace ptxemu

#endif
