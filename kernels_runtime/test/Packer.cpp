//===- Packer.cpp - Build packages, right and wrong ones ------------------===//

#include "Packer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

extern "C" {
#include "sha256.h"
}

using namespace convrt_test;

/// Memory that cannot be had is an error to report, under sanitizers as well.
extern "C" const char *__asan_default_options() {
  return "allocator_may_return_null=1";
}
extern "C" const char *__tsan_default_options() {
  return "allocator_may_return_null=1:die_after_fork=0";
}

static void put(std::string &bytes, uint64_t value, int width) {
  for (int i = 0; i < width; ++i)
    bytes.push_back(static_cast<char>(value >> (8 * i)));
}

static std::string sha256(const std::string &bytes) {
  convrt_sha256 hash;
  std::string digits(CONVRT_SHA256_HEX, '\0');
  convrt_sha256_begin(&hash);
  convrt_sha256_add(&hash, bytes.data(), bytes.size());
  convrt_sha256_end(&hash, digits.data());
  return digits;
}

std::string convrt_test::pack(const Record &record) {
  std::vector<std::pair<std::string, std::string>> texts = {
      {"format", record.format},
      {"triple", record.triple},
      {"arch", record.isa},
      {"metadata", record.metadata},
      {"sha256", std::string(CONVRT_SHA256_HEX, '0')}};
  texts.insert(texts.end(), record.extraTexts.begin(), record.extraTexts.end());

  const uint64_t tableBegin = 72;
  uint64_t at = tableBegin + 16 * texts.size();
  std::string table, area;
  size_t checksumAt = 0;
  for (const auto &[key, value] : texts) {
    put(table, at, 8);
    area += key + '\0';
    at += key.size() + 1;
    put(table, at, 8);
    if (key == "sha256" && checksumAt == 0)
      checksumAt = at;
    area += value + '\0';
    at += value.size() + 1;
  }
  while (at % 8 != 0) {
    area.push_back('\0');
    ++at;
  }
  uint64_t size = (at + record.image.size() + 7) / 8 * 8;

  std::string bytes = "\x10\xFF\x10\xAD";
  put(bytes, record.containerVersion, 4);
  put(bytes, size, 8);
  put(bytes, 32, 8); // entry offset
  put(bytes, 40, 8); // entry size
  put(bytes, record.imageKind, 2);
  put(bytes, record.offloadKind, 2);
  put(bytes, 0, 4); // flags
  put(bytes, tableBegin, 8);
  put(bytes, texts.size(), 8);
  put(bytes, at, 8);
  put(bytes, record.image.size(), 8);
  bytes += table + area + record.image;
  bytes.resize(size, '\0');
  if (record.checksum)
    bytes.replace(checksumAt, CONVRT_SHA256_HEX, sha256(bytes));
  return bytes;
}

void convrt_test::restoreChecksum(std::string &package) {
  const std::string key("sha256\0", 7);
  size_t at = package.find(key);
  ASSERT_NE(at, std::string::npos);
  package.replace(at + key.size(), CONVRT_SHA256_HEX,
                  std::string(CONVRT_SHA256_HEX, '0'));
  package.replace(at + key.size(), CONVRT_SHA256_HEX, sha256(package));
}

std::string convrt_test::readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string convrt_test::testMetadata(const std::string &requiresFeature) {
  std::string needs = requiresFeature.empty()
                          ? ""
                          : R"("requires": [")" + requiresFeature + R"("],)";
  return "{" + needs + R"("producer": "test", "kernels": [
    {"name": "add", "symbol": "test_add", "kind": "add", "plan": "rows",
     "dims": ["b"], "numerics": {"arithmetic": "f32",
                                 "relative_l2_bound": 1e-6},
     "arguments": [
       {"name": "x", "role": "input", "dtype": "f32", "shape": ["b", 4]},
       {"name": "w", "role": "input", "dtype": "f32", "shape": [4]},
       {"name": "z", "role": "output", "dtype": "f32", "shape": ["b", 4]}]},
    {"name": "sum", "symbol": "test_sum", "dims": ["n"],
     "numerics": {"arithmetic": "i64", "relative_l2_bound": 0},
     "arguments": [
       {"name": "x", "role": "input", "dtype": "i64", "shape": ["n"]},
       {"name": "y", "role": "output", "dtype": "i64", "shape": ["n"]}]},
    {"name": "copy", "symbol": "test_copy", "dims": ["n"],
     "numerics": {"arithmetic": "bf16", "relative_l2_bound": 0},
     "arguments": [
       {"name": "x", "role": "input", "dtype": "bf16", "shape": ["n"]},
       {"name": "y", "role": "output", "dtype": "bf16", "shape": ["n"]}]},
    {"name": "level", "symbol": "test_level", "dims": [],
     "numerics": {"arithmetic": "i32", "relative_l2_bound": 0},
     "arguments": [
       {"name": "y", "role": "output", "dtype": "i32", "shape": []}]},
    {"name": "fail", "symbol": "test_fail", "dims": [],
     "numerics": {"arithmetic": "f32", "relative_l2_bound": 0},
     "arguments": [
       {"name": "y", "role": "output", "dtype": "f32", "shape": [1]}]},
    {"name": "greedy", "symbol": "test_greedy", "dims": [],
     "numerics": {"arithmetic": "f32", "relative_l2_bound": 0},
     "arguments": [
       {"name": "y", "role": "output", "dtype": "f32", "shape": [1]}]}]})";
}

std::string convrt_test::testPackage(const std::vector<Level> &levels) {
  std::string package;
  for (const Level &level : levels) {
    Record record;
    record.isa = level.isa;
    record.metadata = testMetadata(level.requiresFeature);
    record.image = readFile(
        std::string(CONVRT_TEST_KERNELS) + "/kernels-" +
        (level.requiresFeature.empty() ? level.isa : "special") + ".so");
    package += pack(record);
  }
  return package;
}
