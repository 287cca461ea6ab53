//===- Facts.cpp - What devices have --------------------------------------===//
//
// From the "Technical Specifications per Compute Capability" of the CUDA
// programming guide; multiprocessors and L2 are those of A100, RTX A6000, RTX
// 4090, H100 SXM, B200 and RTX 5090.
//
//===----------------------------------------------------------------------===//
#include "Device/Launch.h"

#include <cctype>

namespace ptxemu {
namespace {

constexpr uint32_t KiB = 1024;
constexpr uint64_t MiB = 1024 * 1024;

/// sm_90a: digits 90, suffix 'a' (0: none).
bool splitTarget(const std::string &target, uint32_t &digits, char &suffix) {
  if (target.compare(0, 3, "sm_") != 0)
    return false;
  size_t at = 3;
  digits = 0;
  for (; at < target.size() && at < 6 && std::isdigit(uint8_t(target[at]));
       ++at)
    digits = digits * 10 + uint32_t(target[at] - '0');
  suffix = at < target.size() ? target[at] : 0;
  return digits != 0 && at + (suffix != 0) == target.size() &&
         (suffix == 0 || suffix == 'a' || suffix == 'f');
}

} // namespace

const std::vector<DeviceFacts> &knownDevices() {
  static const std::vector<DeviceFacts> devices = {
      {"sm_80", 80, 108, 64, 32, 65536, 164 * KiB, 163 * KiB, 1, 40 * MiB},
      {"sm_86", 86, 84, 48, 16, 65536, 100 * KiB, 99 * KiB, 1, 6 * MiB},
      {"sm_89", 89, 128, 48, 24, 65536, 100 * KiB, 99 * KiB, 1, 72 * MiB},
      {"sm_90a", 90, 132, 64, 32, 65536, 228 * KiB, 227 * KiB, 16, 50 * MiB},
      {"sm_100a", 100, 148, 64, 32, 65536, 228 * KiB, 227 * KiB, 16, 126 * MiB},
      {"sm_120", 120, 170, 48, 24, 65536, 100 * KiB, 99 * KiB, 8, 96 * MiB},
  };
  return devices;
}

const DeviceFacts *findDevice(const std::string &name) {
  uint32_t digits;
  char suffix;
  if (splitTarget(name, digits, suffix))
    for (const DeviceFacts &d : knownDevices())
      if (d.computeCapability == digits)
        return &d;
  return nullptr;
}

std::string checkTarget(const std::string &target, const DeviceFacts &facts) {
  uint32_t digits, has = facts.computeCapability;
  char suffix;
  if (target.empty())
    return ""; // a module of nothing
  if (!splitTarget(target, digits, suffix))
    return "the module's .target '" + target + "' is not an sm_NN";
  bool runs = suffix == 'a'   ? digits == has
              : suffix == 'f' ? digits / 10 == has / 10 && digits <= has
                              : digits <= has;
  return runs ? ""
              : "the module is for " + target + ", which " + facts.name +
                    " does not run";
}

const DeviceFacts *deviceForModule(const std::string &ptx) {
  size_t at = ptx.find(".target");
  if (at == std::string::npos)
    return nullptr;
  size_t begin = ptx.find_first_not_of(" \t", at + 7);
  size_t end = ptx.find_first_of(" \t\r\n,", begin);
  if (begin == std::string::npos || end == std::string::npos)
    return nullptr;
  std::string target = ptx.substr(begin, end - begin);
  for (const DeviceFacts &d : knownDevices())
    if (checkTarget(target, d).empty())
      return &d;
  return nullptr;
}

} // namespace ptxemu
