//===- Packer.h - Build packages, right and wrong ones ----------*- C++ -*-===//
//
// A second writer of the format, independent of the compiler's, whose every
// field a test can bend.
//
//===----------------------------------------------------------------------===//

#ifndef CONVRT_TEST_PACKER_H
#define CONVRT_TEST_PACKER_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace convrt_test {

/// One image. Texts are written in this order; more can be appended.
struct Record {
  std::string format = "conv-1.1";
  std::string triple = CONVRT_TEST_TRIPLE;
  std::string isa = "baseline";
  std::string metadata;
  std::string image;
  std::vector<std::pair<std::string, std::string>> extraTexts;
  uint32_t containerVersion = 1;
  uint16_t imageKind = 1;   ///< object; 3 is cubin, 5 PTX
  uint16_t offloadKind = 0; ///< none; 2 is CUDA
  bool checksum = true;     ///< write a right one (else one of zeros)
};

/// The bytes of a package of one image.
std::string pack(const Record &record);

/// Recompute the checksum of one record after bytes of it were changed.
void restoreChecksum(std::string &package);

/// Contents of a file; fails the test if it cannot be read.
std::string readFile(const std::string &path);

/// Metadata of the kernels in kernels.c, with `requires` if it is not empty.
std::string testMetadata(const std::string &requiresFeature = "");

/// A package of the test kernels for the given levels, "" for its requirement.
struct Level {
  std::string isa;
  std::string requiresFeature;
};
std::string testPackage(const std::vector<Level> &levels = {{"baseline", ""}});

} // namespace convrt_test

#endif // CONVRT_TEST_PACKER_H
