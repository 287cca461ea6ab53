//===- pack.cpp - Write the packages of the test kernels to files ---------===//
//
// pack cpu|gpu FILE: for tests of programs that read package files.
//
//===----------------------------------------------------------------------===//

#include "CudaSupport.h"

#include <cstdio>
#include <fstream>

int main(int argc, char **argv) {
  std::string what = argc == 3 ? argv[1] : "";
  if (what != "cpu" && what != "gpu") {
    std::fprintf(stderr, "usage: %s cpu|gpu FILE\n", argv[0]);
    return 2;
  }
  std::ofstream file(argv[2], std::ios::binary);
  file << (what == "cpu" ? convrt_test::testPackage()
                         : convrt_test::pack(convrt_test::gpuRecord()));
  return file.flush().good() ? 0 : 1;
}
