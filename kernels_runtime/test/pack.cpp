//===- pack.cpp - Write the package of the test kernels to a file ---------===//
//
// pack FILE: for tests of programs that read package files.
//
//===----------------------------------------------------------------------===//

#include "Packer.h"

#include <cstdio>
#include <fstream>

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  std::ofstream file(argv[1], std::ios::binary);
  file << convrt_test::testPackage();
  return file.flush().good() ? 0 : 1;
}
