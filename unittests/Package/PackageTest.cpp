//===- PackageTest.cpp - What the writer writes, the runtime reads --------===//

#include "conv/Package/Package.h"
#include "convrt/convrt.h"

#include "llvm/Object/OffloadBinary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace conv::package;

namespace {

std::string readFile(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(bool(buffer)) << path.str();
  return buffer ? (*buffer)->getBuffer().str() : "";
}

/// The image of the runtime's tests, of whose kernels one is described.
Image addImage() {
  Kernel add;
  add.name = "add é";
  add.symbol = "test_add";
  add.kind = "add";
  add.plan = "#conv.plan<\"quoted\"\n>";
  add.arithmetic = "f32";
  add.relativeL2Bound = 1e-6;
  add.arguments = {{"x", Role::input, "f32", {std::string("b"), 4}},
                   {"w", Role::input, "f32", {4}},
                   {"z", Role::output, "f32", {std::string("b"), 4}}};
  Image image;
  image.triple = CONV_TEST_TRIPLE;
  image.isa = "baseline";
  image.kernels = {add};
  image.bytes = readFile(CONV_TEST_IMAGE);
  return image;
}

/// The message of a failing write.
std::string errorOf(const std::vector<Image> &images) {
  Writer writer;
  for (const Image &image : images)
    writer.add(image);
  auto package = writer.write();
  return package ? "" : llvm::toString(package.takeError());
}

void expectError(const Image &image, const char *message) {
  EXPECT_NE(errorOf({image}).find(message), std::string::npos)
      << errorOf({image});
}

TEST(Package, RoundTrip) {
  Writer writer;
  writer.add(addImage());
  auto bytes = writer.write();
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  convrt_package *package = nullptr;
  ASSERT_EQ(convrt_package_open_memory(bytes->data(), bytes->size(),
                                       CONVRT_BORROW, &package),
            CONVRT_OK)
      << convrt_last_error();
  const convrt_kernel *kernel = convrt_package_find(package, "add é");
  ASSERT_NE(kernel, nullptr);
  const convrt_kernel_info *info = convrt_kernel_describe(kernel);
  EXPECT_STREQ(info->kind, "add");
  EXPECT_STREQ(info->plan, "#conv.plan<\"quoted\"\n>");
  EXPECT_STREQ(info->arithmetic, "f32");
  EXPECT_EQ(info->relative_l2_bound, 1e-6);
  EXPECT_EQ(info->dim_count, 1u);
  EXPECT_STREQ(convrt_kernel_dim(kernel, 0), "b");

  float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, w[4] = {10, 20, 30, 40}, z[8] = {};
  int64_t rows[] = {2, 4}, row[] = {4};
  DLTensor tensors[3] = {};
  const DLTensor *arguments[] = {&tensors[0], &tensors[1], &tensors[2]};
  float *data[] = {x, w, z};
  for (int i = 0; i < 3; ++i) {
    tensors[i].data = data[i];
    tensors[i].device.device_type = kDLCPU;
    tensors[i].dtype = {kDLFloat, 32, 1};
    tensors[i].ndim = i == 1 ? 1 : 2;
    tensors[i].shape = i == 1 ? row : rows;
  }
  EXPECT_EQ(convrt_run(kernel, arguments, 3, nullptr), CONVRT_OK)
      << convrt_last_error();
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(z[i], x[i] + w[i % 4]);
  convrt_package_close(package);
}

TEST(Package, IsReadableAsOffloadBinary) {
  Image other = addImage();
  other.isa = "avx2";
  other.requiredFeatures = {"avx_vnni"};
  Writer writer;
  writer.add(addImage());
  writer.add(other);
  auto bytes = writer.write();
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  llvm::SmallVector<llvm::object::OffloadFile> files;
  llvm::Error error = llvm::object::extractOffloadBinaries(
      llvm::MemoryBufferRef(llvm::StringRef(bytes->data(), bytes->size()), ""),
      files);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].getBinary()->getArch(), "baseline");
  EXPECT_EQ(files[1].getBinary()->getArch(), "avx2");
  EXPECT_EQ(files[1].getBinary()->getTriple(), CONV_TEST_TRIPLE);
  EXPECT_EQ(files[1].getBinary()->getImage(), other.bytes);
  EXPECT_NE(files[1].getBinary()->getString("metadata").find("avx_vnni"),
            llvm::StringRef::npos);
}

/// The kernel of addImage for a GPU.
Image gpuImage(ImageKind kind) {
  Image image = addImage();
  image.kind = kind;
  image.triple = "nvptx64-nvidia-cuda";
  image.isa = "sm_90a";
  image.bytes = kind == ImageKind::ptx ? ".version 8.0"
                                       : "\x7f"
                                         "ELF";
  Kernel &kernel = image.kernels[0];
  kernel.symbol = "";
  Expression rows = Expression::symbol("b");
  kernel.program.workspace = rows * 16 + 256;
  Launch launch;
  launch.symbol = "add_0";
  launch.grid = {ceilDiv(rows, 2), min(rows, Expression::multiprocessors()),
                 max(rows - 1, 1)};
  launch.block = {128, 2, 1};
  launch.cluster = {2, 1, 1};
  launch.sharedBytes = 4096;
  launch.parameters = {Parameter::buffer(0), Parameter::buffer(2, 4),
                       Parameter::workspace(256), Parameter::i32(rows),
                       Parameter::i64(4)};
  kernel.program.launches = {launch};
  return image;
}

TEST(Package, WritesPrograms) {
  Writer writer;
  writer.add(gpuImage(ImageKind::cubin));
  writer.add(gpuImage(ImageKind::ptx));
  auto bytes = writer.write();
  ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
  llvm::SmallVector<llvm::object::OffloadFile> files;
  llvm::Error error = llvm::object::extractOffloadBinaries(
      llvm::MemoryBufferRef(llvm::StringRef(bytes->data(), bytes->size()), ""),
      files);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].getBinary()->getImageKind(), llvm::object::IMG_Cubin);
  EXPECT_EQ(files[1].getBinary()->getImageKind(), llvm::object::IMG_PTX);
  EXPECT_EQ(files[1].getBinary()->getOffloadKind(), llvm::object::OFK_Cuda);
  llvm::StringRef metadata = files[1].getBinary()->getString("metadata");
  EXPECT_NE(
      metadata.find(
          R"("program":{"workspace":["b",16,"*",256,"+"],"launches":[{)"
          R"("symbol":"add_0","grid":[["b",2,"ceildiv"],["b","sms","min"],)"
          R"(["b",1,"-",1,"max"]],"block":[128,2,1],"cluster":[2,1,1],)"
          R"("shared":4096,"parameters":[{"buffer":0},)"
          R"({"buffer":2,"alignment":4},{"workspace":[256]},{"i32":["b"]},)"
          R"({"i64":[4]}]}]})"),
      llvm::StringRef::npos)
      << metadata.str();
  EXPECT_EQ(metadata.find("\"symbol\":\"\""), llvm::StringRef::npos);
}

TEST(Package, RefusesProgramsThatTheRuntimeWould) {
  auto broken = [](auto change) {
    Image image = gpuImage(ImageKind::ptx);
    change(image.kernels[0].program.launches[0]);
    return image;
  };
  expectError(
      broken([](Launch &launch) { launch.grid[0] = Expression::symbol("c"); }),
      "'c' in an expression is no operation");
  expectError(broken([](Launch &launch) { launch.grid[0].terms.clear(); }),
              "exactly one number");
  expectError(broken([](Launch &launch) { launch.block = {1024, 2, 1}; }),
              "at most 1024 threads");
  expectError(broken([](Launch &launch) {
                launch.parameters = {Parameter::buffer(3)};
              }),
              "not the number of an argument");
  expectError(broken([](Launch &launch) { launch.symbol = "\xFF"; }),
              "not UTF-8");
  Image cpu = addImage();
  cpu.kernels[0].symbol = "";
  expectError(cpu, "a name is empty");
}

TEST(Package, IsDeterministic) {
  Writer a, b;
  a.add(addImage());
  b.add(addImage());
  auto first = a.write(), second = b.write();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST(Package, NamesDynamicDimensionsInOrder) {
  Kernel kernel = addImage().kernels[0];
  kernel.arguments[1].shape = {std::string("n"), std::string("b")};
  EXPECT_EQ(dynamicDimensions(kernel), (std::vector<std::string>{"b", "n"}));
}

TEST(Package, RefusesWhatTheRuntimeWould) {
  EXPECT_NE(errorOf({}).find("at least one image"), std::string::npos);
  Image image = addImage();
  image.kernels[0].name = "";
  expectError(image, "a name is empty");
  image = addImage();
  image.kernels[0].arguments[1].dtype = "f33";
  expectError(image, "unknown dtype 'f33'");
  image = addImage();
  image.kernels[0].arguments.pop_back();
  expectError(image, "no output");
  image = addImage();
  image.kernels.push_back(image.kernels[0]);
  expectError(image, "another kernel has the same name");
  image = addImage();
  image.kernels[0].arguments[0].shape[1] = Dimension(-1);
  expectError(image, "whole number");
  image = addImage();
  image.kernels[0].plan = "\xFF";
  expectError(image, "not UTF-8");
  image = addImage();
  image.isa = std::string("avx2\0", 5);
  expectError(image, "without NUL");
  image = addImage();
  image.kernels[0].relativeL2Bound = INFINITY;
  expectError(image, "not finite");
  Image other = addImage();
  other.isa = "avx2";
  other.kernels[0].arguments[1].shape = {5};
  EXPECT_NE(errorOf({addImage(), other}).find("differs from that of image 0"),
            std::string::npos);
}

TEST(Package, FilesAppearCompleteOrNotAtAll) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("conv-package", folder));
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, "kernels.convpkg");
  Writer writer;
  writer.add(addImage());
  llvm::Error error = writer.writeFile(path);
  EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  auto bytes = writer.write();
  ASSERT_TRUE(bool(bytes));
  EXPECT_EQ(readFile(path), std::string(bytes->data(), bytes->size()));

  // A package that cannot be written leaves the old file alone.
  Image bad = addImage();
  bad.kernels[0].name = "";
  Writer badWriter;
  badWriter.add(bad);
  error = badWriter.writeFile(path);
  EXPECT_TRUE(bool(error));
  llvm::consumeError(std::move(error));
  EXPECT_EQ(readFile(path).size(), bytes->size());

  llvm::SmallString<128> nowhere(folder);
  llvm::sys::path::append(nowhere, "no", "such", "folder");
  error = writer.writeFile(nowhere);
  EXPECT_TRUE(bool(error));
  llvm::consumeError(std::move(error));
  llvm::sys::fs::remove_directories(folder);
}

} // namespace
