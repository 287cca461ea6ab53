//===- TestSupport.h - Helpers of the emulator's tests --------------------===//
#ifndef PTXEMU_TEST_SUPPORT_H
#define PTXEMU_TEST_SUPPORT_H

#include "ptxemu/Emulator.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>

namespace ptxemu {

inline std::string readTestFile(const std::string &name) {
  std::ifstream in(std::string(PTXEMU_TEST_DIR) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return std::string((std::istreambuf_iterator<char>(in)),
                     std::istreambuf_iterator<char>());
}

/// A module around one kernel whose body uses %r, %rd, %f, %fd, %h and %p
/// registers; parameters p0, p1, ... are 64-bit.
inline std::string kernelText(const std::string &body, int params = 1,
                              const std::string &name = "k") {
  std::string s = ".version 8.8\n.target sm_90a\n.address_size 64\n"
                  ".visible .entry " +
                  name + "(";
  for (int i = 0; i < params; ++i)
    s += std::string(i ? ", " : "") + ".param .u64 p" + std::to_string(i);
  return s +
         ")\n{\n.reg .pred %p<16>;\n.reg .b16 %h<32>;\n.reg .b32 %r<64>;\n"
         ".reg .f32 %f<32>;\n.reg .b64 %rd<32>;\n.reg .f64 %fd<16>;\n" +
         body + "\n}\n";
}

/// A device array that lives as long as the object.
template <typename T> class Buffer {
public:
  Buffer(Device &device, const std::vector<T> &values)
      : device(device), count(values.size()),
        address(device.allocate(values.size() * sizeof(T))) {
    device.copyToDevice(address, values.data(), values.size() * sizeof(T));
  }
  ~Buffer() { device.release(address); }
  Buffer(const Buffer &) = delete;
  std::vector<T> values() {
    std::vector<T> v(count);
    device.copyToHost(v.data(), address, count * sizeof(T));
    return v;
  }
  operator uint64_t() const { return address; }

private:
  Device &device;
  size_t count;
  uint64_t address;
};

inline ModuleHandle loadOrFail(Device &device, const std::string &ptx) {
  ModuleHandle m = device.loadModule(ptx);
  EXPECT_GE(m, 0) << device.lastError();
  return m;
}

inline std::string allReports(const LaunchResult &r) {
  std::string s = r.ok ? "" : r.error + "\n";
  for (const Report &report : r.reports)
    s += report.text() + "\n";
  return s;
}

inline bool hasReport(const LaunchResult &r, ReportKind kind) {
  for (const Report &report : r.reports)
    if (report.kind == kind)
      return true;
  return false;
}

/// A fresh, odd seed each run, printed so that a failure can be repeated with
/// PTXEMU_TEST_SEED.
inline uint64_t testSeed() {
  static const uint64_t seed = [] {
    const char *given = std::getenv("PTXEMU_TEST_SEED");
    uint64_t s =
        given ? std::strtoull(given, nullptr, 0) : std::random_device()() | 1u;
    std::printf("seed %llu (PTXEMU_TEST_SEED)\n", (unsigned long long)s);
    return s;
  }();
  return seed;
}

} // namespace ptxemu

#endif
