//===- ContainerTest.cpp - Right and wrong package bytes ------------------===//

#include "Packer.h"
#include "convrt/convrt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

using namespace convrt_test;

namespace {

/// Open exactly these bytes, in memory of their size, so that the address
/// sanitizer sees any read past the end. Returns the status.
convrt_status open(const std::string &bytes,
                   convrt_ownership ownership = CONVRT_BORROW) {
  std::unique_ptr<char[]> exact(new char[bytes.size()]);
  bytes.copy(exact.get(), bytes.size());
  auto *package = reinterpret_cast<convrt_package *>(1);
  convrt_status status = convrt_package_open_memory(exact.get(), bytes.size(),
                                                    ownership, &package);
  EXPECT_EQ(package != nullptr, status == CONVRT_OK);
  convrt_package_close(package);
  EXPECT_EQ(convrt_package_verify(exact.get(), bytes.size()), status);
  return status;
}

void expectError(const std::string &bytes, convrt_status expected,
                 const char *message) {
  EXPECT_EQ(open(bytes), expected) << convrt_last_error();
  EXPECT_NE(std::string(convrt_last_error()).find(message), std::string::npos)
      << convrt_last_error();
}

Record smallRecord() {
  Record record;
  record.metadata = R"({"kernels":[{"name":"k","symbol":"s","dims":["n"],
    "numerics":{"arithmetic":"f32","relative_l2_bound":1e-6},
    "arguments":[{"name":"y","role":"output","dtype":"f32","shape":["n"]}]}]})";
  record.image = "not looked at before loading";
  return record;
}

void poke(std::string &bytes, size_t at, uint64_t value, int width = 8) {
  for (int i = 0; i < width; ++i)
    bytes[at + i] = static_cast<char>(value >> (8 * i));
}

TEST(Container, Opens) {
  EXPECT_EQ(open(pack(smallRecord())), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(open(pack(smallRecord()), CONVRT_COPY), CONVRT_OK)
      << convrt_last_error();
}

TEST(Container, UnknownTextsAreIgnored) {
  Record record = smallRecord();
  record.extraTexts = {{"producer", "somebody"}, {"later", "invention"}};
  EXPECT_EQ(open(pack(record)), CONVRT_OK) << convrt_last_error();
}

TEST(Container, MinorVersionsAreCompatible) {
  Record record = smallRecord();
  record.format = "conv-1.99";
  EXPECT_EQ(open(pack(record)), CONVRT_OK) << convrt_last_error();
}

/// Cut at every length, one image and two.
TEST(Container, Truncated) {
  std::string one = pack(smallRecord());
  Record other = smallRecord();
  other.isa = "avx2";
  std::string two = one + pack(other);
  ASSERT_EQ(open(two), CONVRT_OK) << convrt_last_error();
  for (size_t length = 0; length < two.size(); ++length) {
    if (length == one.size())
      continue;
    ASSERT_EQ(open(two.substr(0, length)), CONVRT_ERROR_FORMAT) << length;
  }
}

/// Every single flipped bit is noticed.
TEST(Container, BitFlips) {
  std::string bytes = pack(smallRecord());
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    convrt_status status = open(damaged);
    ASSERT_TRUE(status == CONVRT_ERROR_FORMAT ||
                status == CONVRT_ERROR_VERSION ||
                status == CONVRT_ERROR_CHECKSUM)
        << "bit " << bit << ": " << convrt_status_name(status);
  }
}

/// With the checksum made right again, damage may be accepted, but never read
/// out of bounds.
TEST(Container, BitFlipsUnderAGoodChecksum) {
  std::string bytes = pack(smallRecord());
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    if (damaged.find(std::string("sha256\0", 7)) == std::string::npos)
      continue;
    restoreChecksum(damaged);
    open(damaged);
  }
}

TEST(Container, Oversized) {
  expectError(pack(smallRecord()) + std::string(1, '\0'), CONVRT_ERROR_FORMAT,
              "no magic bytes");
  expectError(pack(smallRecord()) + std::string(4096, 'x'), CONVRT_ERROR_FORMAT,
              "no magic bytes");
  char byte = 0;
  EXPECT_EQ(convrt_package_verify(&byte, size_t(1) << 31), CONVRT_ERROR_FORMAT);
  EXPECT_NE(std::string(convrt_last_error()).find("limit"), std::string::npos);
}

TEST(Container, TooManyImages) {
  std::string one = pack(smallRecord()), bytes;
  for (int i = 0; i < 64; ++i)
    bytes += one;
  EXPECT_EQ(open(bytes), CONVRT_OK) << convrt_last_error();
  expectError(bytes + one, CONVRT_ERROR_FORMAT, "more than 64 images");
}

TEST(Container, Versions) {
  Record record = smallRecord();
  record.containerVersion = 2;
  expectError(pack(record), CONVRT_ERROR_VERSION, "container version 2");
  record = smallRecord();
  record.format = "conv-2.0";
  expectError(pack(record), CONVRT_ERROR_VERSION, "conv-2.0");
  record.format = "conv-0.9";
  expectError(pack(record), CONVRT_ERROR_VERSION, "conv-0.9");
  for (const char *format : {"conv-", "conv-1", "conv-1.", "conv-.1",
                             "conv-1.0x", "conv-12345678.0", "conv--1.0"}) {
    record.format = format;
    expectError(pack(record), CONVRT_ERROR_FORMAT, "conv-MAJOR.MINOR");
  }
  record.format = "other-1.0";
  expectError(pack(record), CONVRT_ERROR_FORMAT, "not one of this library");
}

TEST(Container, Checksum) {
  Record record = smallRecord();
  record.checksum = false;
  expectError(pack(record), CONVRT_ERROR_CHECKSUM, "damaged");
}

TEST(Container, MissingAndRepeatedTexts) {
  for (const char *key : {"format", "triple", "arch", "metadata", "sha256"}) {
    std::string bytes = pack(smallRecord());
    std::string needle = std::string(key) + '\0';
    bytes[bytes.find(needle)] = 'X';
    expectError(bytes, CONVRT_ERROR_FORMAT, key);
    Record record = smallRecord();
    record.extraTexts = {{key, "again"}};
    expectError(pack(record), CONVRT_ERROR_FORMAT, "twice");
  }
}

/// Each field of the layout with values that would lead outside.
TEST(Container, Extents) {
  const std::string good = pack(smallRecord());
  const size_t fields[] = {8, 16, 24, 40, 48, 56, 64, 72, 80};
  for (size_t at : fields)
    for (uint64_t value : {uint64_t(0), uint64_t(1), uint64_t(good.size()) - 1,
                           uint64_t(good.size()) + 8, uint64_t(1) << 32,
                           uint64_t(1) << 63, UINT64_MAX - 7, UINT64_MAX}) {
      std::string bytes = good;
      poke(bytes, at, value);
      convrt_status status = open(bytes);
      EXPECT_TRUE(status == CONVRT_ERROR_FORMAT ||
                  status == CONVRT_ERROR_CHECKSUM)
          << at << " = " << value << ": " << convrt_status_name(status);
    }
}

/// Sizes whose sum with the offset wraps around to the end of the record.
TEST(Container, ExtentsThatWrapAround) {
  Record record = smallRecord();
  record.image.clear();
  const std::string good = pack(record);
  for (uint64_t size : {UINT64_MAX, UINT64_MAX - 6}) {
    std::string bytes = good;
    poke(bytes, 64, size);
    restoreChecksum(bytes);
    expectError(bytes, CONVRT_ERROR_FORMAT, "the image leaves the package");
  }
}

TEST(Container, Padding) {
  Record record = smallRecord();
  record.image = "x";
  std::string bytes = pack(record);
  bytes.back() = 'x';
  restoreChecksum(bytes);
  expectError(bytes, CONVRT_ERROR_FORMAT, "padding is not zero");
}

/// A text without its NUL before the image.
TEST(Container, UnterminatedText) {
  std::string bytes = pack(smallRecord());
  uint64_t image = 0;
  for (int i = 8; i-- > 0;)
    image = image << 8 | static_cast<unsigned char>(bytes[56 + i]);
  for (size_t at = 72 + 16 * 5; at < image; ++at)
    if (bytes[at] == '\0')
      bytes[at] = 'x';
  expectError(bytes, CONVRT_ERROR_FORMAT, "leaves the string table");
}

TEST(Container, BadArguments) {
  std::string bytes = pack(smallRecord());
  convrt_package *package = nullptr;
  EXPECT_EQ(convrt_package_open_memory(nullptr, 1, CONVRT_COPY, &package),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_package_open_memory(bytes.data(), bytes.size(), CONVRT_COPY,
                                       nullptr),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_package_open_memory(bytes.data(), bytes.size(),
                                       static_cast<convrt_ownership>(7),
                                       &package),
            CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_package_open_file(nullptr, &package), CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_package_open_file("x", nullptr), CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_package_verify(nullptr, 0), CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(convrt_package_load(nullptr), CONVRT_ERROR_ARGUMENT);
  EXPECT_EQ(package, nullptr);
  convrt_package_close(nullptr);
  EXPECT_EQ(convrt_package_kernel_count(nullptr), 0u);
  EXPECT_EQ(convrt_package_image_count(nullptr), 0u);
  EXPECT_EQ(convrt_package_kernel(nullptr, 0), nullptr);
  EXPECT_EQ(convrt_package_find(nullptr, "k"), nullptr);
  EXPECT_EQ(convrt_package_isa(nullptr), nullptr);
  EXPECT_EQ(convrt_package_triple(nullptr), nullptr);
  EXPECT_EQ(convrt_package_image_isa(nullptr, 0), nullptr);
  EXPECT_EQ(convrt_kernel_describe(nullptr), nullptr);
  EXPECT_EQ(convrt_kernel_argument(nullptr, 0), nullptr);
  EXPECT_EQ(convrt_kernel_dim(nullptr, 0), nullptr);
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

class PackageFile : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(folder), nullptr);
    path = std::string(folder) + "/package";
  }
  ~PackageFile() override {
    convrt_package_close(package);
    std::remove(path.c_str());
    rmdir(folder);
  }

  void write(const std::string &bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  char folder[32] = "/tmp/convrt-test-XXXXXX";
  std::string path;
  convrt_package *package = nullptr;
};

TEST_F(PackageFile, Opens) {
  write(testPackage());
  ASSERT_EQ(convrt_package_open_file(path.c_str(), &package), CONVRT_OK)
      << convrt_last_error();
  // The file may go once it is open.
  write("gone");
  EXPECT_EQ(convrt_package_load(package), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(convrt_package_load(package), CONVRT_OK);
}

TEST_F(PackageFile, Errors) {
  EXPECT_EQ(convrt_package_open_file(path.c_str(), &package), CONVRT_ERROR_IO);
  EXPECT_NE(std::string(convrt_last_error()).find(path), std::string::npos);
  EXPECT_EQ(convrt_package_open_file(folder, &package), CONVRT_ERROR_IO);
  EXPECT_EQ(convrt_package_open_file("/dev/zero", &package), CONVRT_ERROR_IO);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(convrt_package_open_file(path.c_str(), &package), CONVRT_ERROR_IO);
  std::remove(path.c_str());
  write("");
  EXPECT_EQ(convrt_package_open_file(path.c_str(), &package),
            CONVRT_ERROR_FORMAT);
  write("#!/bin/sh\n");
  EXPECT_EQ(convrt_package_open_file(path.c_str(), &package),
            CONVRT_ERROR_FORMAT);
  EXPECT_EQ(truncate(path.c_str(), off_t(3) << 30), 0);
  EXPECT_EQ(convrt_package_open_file(path.c_str(), &package),
            CONVRT_ERROR_FORMAT);
  EXPECT_NE(std::string(convrt_last_error()).find("limit"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

/// Loading something that is not a good shared object.
convrt_status load(const std::string &image) {
  Record record;
  record.metadata = testMetadata();
  record.image = image;
  std::string bytes = pack(record);
  convrt_package *package = nullptr;
  EXPECT_EQ(convrt_package_open_memory(bytes.data(), bytes.size(), CONVRT_COPY,
                                       &package),
            CONVRT_OK)
      << convrt_last_error();
  convrt_status status = convrt_package_load(package);
  std::string message = convrt_last_error();
  // The failure stays.
  EXPECT_EQ(convrt_package_load(package), status);
  EXPECT_EQ(convrt_last_error(), message);
  convrt_package_close(package);
  return status;
}

std::string testImage() {
  return readFile(std::string(CONVRT_TEST_KERNELS) + "/kernels-baseline.so");
}

TEST(Image, MustBeASharedObject) {
  EXPECT_EQ(load(""), CONVRT_ERROR_LOAD);
  EXPECT_EQ(load("#!/bin/sh"), CONVRT_ERROR_LOAD);
  EXPECT_EQ(load(testImage()), CONVRT_OK) << convrt_last_error();
  for (auto [at, value] : {std::pair{4, 1},     // 32 bits
                           std::pair{5, 2},     // big-endian
                           std::pair{16, 1},    // relocatable
                           std::pair{18, 8},    // another machine
                           std::pair{39, 127},  // program headers outside
                           std::pair{57, 127},  // too many of them
                           std::pair{54, 1}}) { // of an odd size
    std::string image = testImage();
    image[at] = static_cast<char>(value);
    EXPECT_EQ(load(image), CONVRT_ERROR_LOAD) << at;
  }
}

TEST(Image, MayNotBeTruncated) {
  std::string image = testImage();
  Elf64_Ehdr header;
  ASSERT_GE(image.size(), sizeof header);
  std::memcpy(&header, image.data(), sizeof header);
  size_t end = 0; // of what the loader maps; debug information may follow
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, image.data() + header.e_phoff + i * sizeof segment,
                sizeof segment);
    end = std::max<size_t>(end, segment.p_offset + segment.p_filesz);
  }
  for (size_t length : {size_t(16), size_t(64), size_t(200), end / 2, end - 1})
    EXPECT_EQ(load(image.substr(0, length)), CONVRT_ERROR_LOAD) << length;
}

TEST(Image, MustHaveTheSymbols) {
  Record record = smallRecord();
  record.image = testImage();
  std::string bytes = pack(record);
  convrt_package *package = nullptr;
  ASSERT_EQ(convrt_package_open_memory(bytes.data(), bytes.size(), CONVRT_COPY,
                                       &package),
            CONVRT_OK);
  EXPECT_EQ(convrt_package_load(package), CONVRT_ERROR_LOAD);
  EXPECT_NE(std::string(convrt_last_error()).find("no symbol 's'"),
            std::string::npos)
      << convrt_last_error();
  convrt_package_close(package);
}

/// Several packages at once and after one another never see each other's code.
TEST(Image, IsNotMistakenForAnother) {
  if (std::string(CONVRT_TEST_TRIPLE).rfind("x86_64", 0) != 0)
    GTEST_SKIP() << "needs two levels";
  std::string bytes[2] = {testPackage({{"baseline", ""}}),
                          testPackage({{"baseline", "sse4.2"}})};
  if (!convrt_cpu_has("sse4.2"))
    GTEST_SKIP() << "the CPU has no SSE 4.2";
  convrt_package *open[2] = {};
  for (int round = 0; round < 20; ++round) {
    int which = round % 3 == 0;
    convrt_package_close(open[round % 2]);
    ASSERT_EQ(convrt_package_open_memory(bytes[which].data(),
                                         bytes[which].size(), CONVRT_BORROW,
                                         &open[round % 2]),
              CONVRT_OK);
    int32_t level = -1;
    DLTensor tensor = {};
    tensor.data = &level;
    tensor.device.device_type = kDLCPU;
    tensor.dtype = {kDLInt, 32, 1};
    const DLTensor *arguments[] = {&tensor};
    ASSERT_EQ(convrt_run(convrt_package_find(open[round % 2], "level"),
                         arguments, 1, nullptr),
              CONVRT_OK)
        << convrt_last_error();
    EXPECT_EQ(level, which ? 5 : 0) << round;
  }
  convrt_package_close(open[0]);
  convrt_package_close(open[1]);
}

} // namespace
