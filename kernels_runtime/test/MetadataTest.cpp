//===- MetadataTest.cpp - What images may say about kernels ---------------===//

#include "Packer.h"
#include "convrt/convrt.h"

#include <gtest/gtest.h>

using namespace convrt_test;

namespace {

class Metadata : public ::testing::Test {
protected:
  ~Metadata() override { convrt_package_close(package); }

  convrt_status open(const std::string &metadata) {
    convrt_package_close(package);
    Record record;
    record.metadata = metadata;
    std::string bytes = pack(record);
    return convrt_package_open_memory(bytes.data(), bytes.size(), CONVRT_COPY,
                                      &package);
  }

  void expectError(const std::string &metadata, const char *message) {
    EXPECT_EQ(open(metadata), CONVRT_ERROR_FORMAT) << metadata;
    EXPECT_NE(std::string(convrt_last_error()).find(message), std::string::npos)
        << metadata << ": " << convrt_last_error();
  }

  convrt_package *package = nullptr;
};

/// Metadata with one kernel of the given arguments and dims.
std::string kernel(const std::string &arguments,
                   const std::string &dims = "[]") {
  return R"({"kernels":[{"name":"k","symbol":"s","dims":)" + dims +
         R"(,"numerics":{"arithmetic":"f32","relative_l2_bound":1e-6},)"
         R"("arguments":)" +
         arguments + "}]}";
}

std::string argument(const std::string &name, const std::string &role,
                     const std::string &dtype, const std::string &shape) {
  return R"({"name":")" + name + R"(","role":")" + role + R"(","dtype":")" +
         dtype + R"(","shape":)" + shape + "}";
}

std::string output(const std::string &shape) {
  return "[" + argument("y", "output", "f32", shape) + "]";
}

/// `text` with its first `from` replaced.
std::string replace(std::string text, const std::string &from,
                    const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST_F(Metadata, Describes) {
  ASSERT_EQ(open(testMetadata()), CONVRT_OK) << convrt_last_error();
  ASSERT_EQ(convrt_package_kernel_count(package), 6u);
  const convrt_kernel *add = convrt_package_find(package, "add");
  ASSERT_NE(add, nullptr);
  EXPECT_EQ(add, convrt_package_kernel(package, 0));
  EXPECT_EQ(convrt_package_kernel(package, 6), nullptr);
  EXPECT_EQ(convrt_package_find(package, "nothing"), nullptr);
  EXPECT_EQ(convrt_package_find(package, nullptr), nullptr);
  EXPECT_STREQ(convrt_package_isa(package), "baseline");
  EXPECT_STREQ(convrt_package_triple(package), CONVRT_TEST_TRIPLE);

  const convrt_kernel_info *info = convrt_kernel_describe(add);
  EXPECT_STREQ(info->name, "add");
  EXPECT_STREQ(info->kind, "add");
  EXPECT_STREQ(info->plan, "rows");
  EXPECT_STREQ(info->arithmetic, "f32");
  EXPECT_EQ(info->relative_l2_bound, 1e-6);
  EXPECT_STREQ(info->isa, "baseline");
  ASSERT_EQ(info->argument_count, 3u);
  EXPECT_EQ(info->input_count, 2u);
  ASSERT_EQ(info->dim_count, 1u);
  EXPECT_STREQ(convrt_kernel_dim(add, 0), "b");
  EXPECT_EQ(convrt_kernel_dim(add, 1), nullptr);

  const convrt_argument *z = convrt_kernel_argument(add, 2);
  EXPECT_STREQ(z->name, "z");
  EXPECT_EQ(z->role, CONVRT_OUTPUT);
  EXPECT_STREQ(z->dtype_name, "f32");
  EXPECT_EQ(z->dtype.code, kDLFloat);
  EXPECT_EQ(z->dtype.bits, 32);
  ASSERT_EQ(z->rank, 2);
  EXPECT_EQ(z->shape[0].extent, -1);
  EXPECT_STREQ(z->shape[0].symbol, "b");
  EXPECT_EQ(z->shape[1].extent, 4);
  EXPECT_EQ(z->shape[1].symbol, nullptr);
  EXPECT_EQ(convrt_kernel_argument(add, 3), nullptr);
  EXPECT_STREQ(
      convrt_kernel_describe(convrt_package_find(package, "sum"))->plan, "");
}

TEST_F(Metadata, UnknownKeysAreIgnored) {
  EXPECT_EQ(open(replace(kernel(output("[1]")), "\"dims\"",
                         "\"new\":{\"a\":[1]},\"dims\"")),
            CONVRT_OK)
      << convrt_last_error();
}

TEST_F(Metadata, NoKernelsIsLegal) {
  EXPECT_EQ(open(R"({"kernels":[]})"), CONVRT_OK) << convrt_last_error();
  EXPECT_EQ(convrt_package_kernel_count(package), 0u);
}

TEST_F(Metadata, MissingOrOfAnotherType) {
  expectError("", "not JSON");
  expectError("{", "not JSON: expected a key in quotes at byte 1");
  expectError("[]", "'kernels' is missing");
  expectError("{}", "'kernels' is missing");
  expectError(R"({"kernels":{}})", "'kernels' is not an array");
  expectError(R"({"kernels":[1]})", "'name' is missing");
  expectError(R"({"kernels":[],"requires":"sse"})", "'requires' is not");
  expectError(R"({"kernels":[],"requires":[1]})", "not a name");
  const std::string good = kernel(output("[1]"));
  ASSERT_EQ(open(good), CONVRT_OK) << convrt_last_error();
  for (const char *key :
       {"name", "symbol", "dims", "numerics", "arithmetic", "relative_l2_bound",
        "arguments", "role", "dtype", "shape"}) {
    std::string quoted = '"' + std::string(key) + "\":";
    expectError(replace(good, quoted, "\"other\":"), key);
    expectError(replace(good, quoted, quoted + "null,\"other\":"), key);
  }
  for (const char *key : {"kind", "plan"})
    expectError(
        replace(good, "\"dims\"", '"' + std::string(key) + "\":7,\"dims\""),
        key);
}

TEST_F(Metadata, Names) {
  const std::string good = kernel(output("[1]"));
  expectError(replace(good, "\"k\"", "\"\""), "a name is empty");
  expectError(replace(good, "\"k\"", '"' + std::string(256, 'k') + '"'),
              "longer than 255");
  expectError(replace(good, "\"k\"", R"("a\nb")"), "control");
  EXPECT_EQ(open(replace(good, "\"k\"", '"' + std::string(255, 'k') + '"')),
            CONVRT_OK);
  std::string one = good.substr(12, good.size() - 14);
  expectError("{\"kernels\":[" + one + "," + one + "]}",
              "another kernel has the same name");
  std::string y = argument("y", "output", "f32", "[1]");
  expectError(kernel("[" + y + "," + y + "]"),
              "two arguments have the same name");
}

TEST_F(Metadata, Arguments) {
  std::string x = argument("x", "input", "f32", "[1]");
  std::string y = argument("y", "output", "f32", "[1]");
  expectError(kernel("[]"), "no output");
  expectError(kernel("[" + x + "]"), "no output");
  expectError(kernel("[" + y + "," + x + "]"), "an input follows an output");
  expectError(kernel("[" + argument("y", "inout", "f32", "[1]") + "]"),
              "neither 'input' nor 'output'");
  expectError(kernel("[" + argument("y", "output", "f33", "[1]") + "]"),
              "unknown dtype 'f33'");
  std::string many;
  for (int i = 0; i < 64; ++i)
    many += (i ? "," : "") +
            argument("y" + std::to_string(i), "output", "f32", "[1]");
  EXPECT_EQ(open(kernel("[" + many + "]")), CONVRT_OK) << convrt_last_error();
  expectError(kernel("[" + many + "," + x + "]"), "more than 64 arguments");
  for (const char *dtype :
       {"f16", "bf16", "f32", "f64", "complex64", "complex128", "f8E4M3FN",
        "f8E5M2", "i8", "i16", "i32", "i64", "u8"})
    EXPECT_EQ(open(kernel("[" + argument("y", "output", dtype, "[1]") + "]")),
              CONVRT_OK)
        << dtype;
}

TEST_F(Metadata, Shapes) {
  for (const char *shape : {"[]", "[0]", "[1,2,3,4,5,6,7,8]",
                            "[2305843009213693951]", "[1152921504606846976,0]"})
    EXPECT_EQ(open(kernel(output(shape))), CONVRT_OK)
        << shape << ": " << convrt_last_error();
  for (const char *shape :
       {"[-1]", "[1.5]", "[1e2]", "[null]", "[[1]]", "[9223372036854775808]"})
    expectError(kernel(output(shape)), "neither a whole number");
  expectError(kernel(output("[1,2,3,4,5,6,7,8,9]")), "more than 8 dimensions");
  expectError(kernel(output("[2305843009213693952]")), "overflows");
  expectError(kernel(output("[4294967296,4294967296]")), "overflows");
}

TEST_F(Metadata, Dims) {
  EXPECT_EQ(open(kernel(output(R"(["a",2,"b","a"])"), R"(["a","b"])")),
            CONVRT_OK)
      << convrt_last_error();
  expectError(kernel(output(R"(["a"])"), "[]"), "not among 'dims'");
  expectError(kernel(output(R"(["a","b"])"), R"(["b","a"])"),
              "order of first appearance");
  expectError(kernel(output(R"(["a"])"), R"(["a","b"])"), "no shape uses");
  expectError(kernel(output(R"(["a"])"), R"(["a","a"])"), "twice");
  expectError(kernel(output("[1]"), "[1]"), "not a name");
}

TEST_F(Metadata, Numerics) {
  const std::string good = kernel(output("[1]"));
  expectError(replace(good, "1e-6", "-1e-6"), "negative");
  expectError(replace(good, "1e-6", "1e999"), "not JSON");
}

TEST_F(Metadata, ImagesAgree) {
  Record a, b;
  b.isa = "avx2";
  a.metadata = kernel(output("[1]"));
  for (const std::string &other :
       {kernel(output("[2]")), kernel(output("[1,1]")),
        kernel(output(R"(["n"])"), R"(["n"])"),
        replace(a.metadata, "\"k\"", "\"l\""),
        replace(a.metadata, "\"y\"", "\"z\""),
        replace(a.metadata, "\"f32\",\"shape\"", "\"f64\",\"shape\""),
        std::string(R"({"kernels":[]})")}) {
    b.metadata = other;
    std::string bytes = pack(a) + pack(b);
    EXPECT_EQ(convrt_package_verify(bytes.data(), bytes.size()),
              CONVRT_ERROR_FORMAT)
        << other;
  }
  // How exactly it computes may differ from level to level.
  b.metadata = replace(a.metadata, "1e-6", "2e-3");
  std::string bytes = pack(a) + pack(b);
  EXPECT_EQ(convrt_package_verify(bytes.data(), bytes.size()), CONVRT_OK)
      << convrt_last_error();
}

} // namespace
