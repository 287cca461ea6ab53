//===- ProgramTest.cpp - What images may say about GPU launches -----------===//

#include "Packer.h"
#include "convrt/convrt.h"

#include <gtest/gtest.h>

extern "C" {
#include "metadata.h"
}

using namespace convrt_test;

namespace {

/// Metadata of a kernel of two arguments with the given program.
std::string metadata(const std::string &program) {
  return R"({"kernels":[{"name":"k","dims":["d0","d1"],"program":)" + program +
         R"(,"numerics":{"arithmetic":"f16","relative_l2_bound":1e-3},)"
         R"("arguments":[)"
         R"({"name":"x","role":"input","dtype":"f16","shape":["d0","d1"]},)"
         R"({"name":"y","role":"output","dtype":"f16","shape":["d0"]}]}]})";
}

const std::string goodLaunch =
    R"({"symbol":"f","grid":[["d0",8,"ceildiv"],[1],["sms"]],)"
    R"("block":[128,1,1],"cluster":[2,1,1],"shared":1024,)"
    R"("parameters":[{"buffer":0},{"buffer":1,"alignment":4},)"
    R"({"workspace":[256]},{"i32":["d1"]},{"i64":[-5]}]})";

std::string program(const std::string &launches = goodLaunch) {
  return R"({"workspace":["d0",2,"*"],"launches":[)" + launches + "]}";
}

Record gpuRecord(const std::string &programText = program()) {
  Record record;
  record.imageKind = 5;
  record.offloadKind = 2;
  record.triple = "nvptx64-nvidia-cuda";
  record.isa = "sm_90a";
  record.metadata = metadata(programText);
  record.image = ".version 8.0";
  return record;
}

/// `text` with its first `from` replaced.
std::string replace(std::string text, const std::string &from,
                    const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class Program : public ::testing::Test {
protected:
  ~Program() override { convrt_package_close(package); }

  convrt_status open(const std::string &bytes) {
    convrt_package_close(package);
    return convrt_package_open_memory(bytes.data(), bytes.size(), CONVRT_COPY,
                                      &package);
  }

  void expectError(const Record &record, const char *message) {
    EXPECT_EQ(open(pack(record)), CONVRT_ERROR_FORMAT) << record.metadata;
    EXPECT_NE(std::string(convrt_last_error()).find(message), std::string::npos)
        << record.metadata << ": " << convrt_last_error();
  }

  /// The good launch with `from` replaced is refused so.
  void expectLaunchError(const std::string &from, const std::string &to,
                         const char *message) {
    expectError(gpuRecord(program(replace(goodLaunch, from, to))), message);
  }

  convrt_package *package = nullptr;
};

TEST_F(Program, IsRead) {
  ASSERT_EQ(open(pack(gpuRecord())), CONVRT_OK) << convrt_last_error();
  const convrt_kernel *kernel = convrt_package_find(package, "k");
  ASSERT_NE(kernel, nullptr);
  const convrt_program *read = kernel->program;
  ASSERT_NE(read, nullptr);
  ASSERT_EQ(read->launchCount, 1u);
  const convrt_program_launch &launch = read->launches[0];
  EXPECT_STREQ(launch.symbol, "f");
  EXPECT_EQ(launch.block[0], 128u);
  EXPECT_EQ(launch.cluster[0], 2u);
  EXPECT_EQ(launch.shared, 1024u);
  const int64_t dims[] = {17, 3};
  int64_t value;
  EXPECT_EQ(convrt_expression_evaluate(&read->workspace, dims, 7, &value),
            nullptr);
  EXPECT_EQ(value, 34);
  const int64_t grid[] = {3, 1, 7};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(convrt_expression_evaluate(&launch.grid[i], dims, 7, &value),
              nullptr);
    EXPECT_EQ(value, grid[i]);
  }
  ASSERT_EQ(launch.parameterCount, 5u);
  EXPECT_EQ(launch.parameters[0].kind, CONVRT_PARAMETER_BUFFER);
  EXPECT_EQ(launch.parameters[1].buffer, 1u);
  EXPECT_EQ(launch.parameters[2].kind, CONVRT_PARAMETER_WORKSPACE);
  EXPECT_EQ(launch.parameters[3].kind, CONVRT_PARAMETER_I32);
  EXPECT_EQ(launch.parameters[4].kind, CONVRT_PARAMETER_I64);
  EXPECT_EQ(read->alignments[0], 16u);
  EXPECT_EQ(read->alignments[1], 4u);
  // Described like any kernel, but no CPU runs it.
  EXPECT_STREQ(convrt_package_isa(package), "sm_90a");
  EXPECT_STREQ(convrt_kernel_describe(kernel)->isa, "sm_90a");
  EXPECT_EQ(convrt_package_load(package), CONVRT_ERROR_UNSUPPORTED);
  EXPECT_NE(std::string(convrt_last_error()).find("sm_90a for nvptx64"),
            std::string::npos)
      << convrt_last_error();
}

TEST_F(Program, MayBeEmpty) {
  EXPECT_EQ(open(pack(gpuRecord(R"({"workspace":[0],"launches":[]})"))),
            CONVRT_OK)
      << convrt_last_error();
}

TEST_F(Program, IsRequired) {
  Record record = gpuRecord();
  record.metadata = replace(record.metadata, "\"program\"", "\"programme\"");
  expectError(record, "'program' is missing");
  record = gpuRecord(R"([])");
  expectError(record, "'program' is not an object");
  expectError(gpuRecord(R"({"launches":[]})"), "'workspace' is missing");
  expectError(gpuRecord(R"({"workspace":[0]})"), "'launches' is missing");
  // A CPU's image has symbols instead.
  record = gpuRecord();
  record.imageKind = 1;
  record.offloadKind = 0;
  expectError(record, "'symbol' is missing");
}

TEST_F(Program, Launches) {
  expectLaunchError(R"("symbol":"f",)", "", "'symbol' is missing");
  expectLaunchError(R"("symbol":"f")", R"("symbol":"")", "a name is empty");
  expectLaunchError(R"("block":[128,1,1])", R"("block":[128,1])",
                    "at most 1024 threads");
  for (const char *block : {"[0,1,1]", "[1025,1,1]", "[512,3,1]", "[1,1,65]",
                            "[1.5,1,1]", "[\"d0\",1,1]", "[1,1,1,1]"})
    expectLaunchError("[128,1,1]", block, "'block' is not three extents");
  expectLaunchError("[2,1,1]", "[4,4,2]", "'cluster' is not three extents");
  expectLaunchError("[2,1,1]", "{}", "'cluster' is not an array");
  expectLaunchError(R"("shared":1024)", R"("shared":-1)", "'shared' is not");
  expectLaunchError(R"("shared":1024)", R"("shared":1048577)",
                    "'shared' is not");
  expectLaunchError(R"("shared":1024,)", "", "'shared' is not");
  expectLaunchError(R"([1],["sms"]])", "[1]]", "'grid' is not three");
  expectLaunchError("[1]", "1", "an expression is not an array");
  // A cluster may be left to the function.
  EXPECT_EQ(open(pack(gpuRecord(
                program(replace(goodLaunch, R"("cluster":[2,1,1],)", ""))))),
            CONVRT_OK)
      << convrt_last_error();
  std::string many;
  for (int i = 0; i < 129; ++i)
    many += R"({"i32":[1]},)";
  expectLaunchError(R"({"buffer":0},)", many, "more than 128 parameters");
}

TEST_F(Program, Parameters) {
  expectLaunchError(R"({"buffer":0})", R"({"buffer":2})", "not the number");
  expectLaunchError(R"({"buffer":0})", R"({"buffer":-1})", "not the number");
  expectLaunchError(R"({"buffer":0})", R"({"buffer":[0]})", "not the number");
  expectLaunchError(R"({"buffer":0})", R"({"buffer":0,"i32":[1]})",
                    "two things at once");
  expectLaunchError(R"({"buffer":0})", R"({"f32":[1]})", "none of");
  expectLaunchError(R"({"buffer":0})", "7", "none of");
  for (const char *alignment : {"0", "3", "512", "-4", "[4]"})
    expectLaunchError(R"("alignment":4)",
                      std::string(R"("alignment":)") + alignment,
                      "not a power of two");
}

TEST_F(Program, Expressions) {
  expectLaunchError(R"(["d1"])", R"(["d2"])", "'d2' in an expression is no");
  expectLaunchError(R"(["d1"])", R"(["/"])", "'/' in an expression is no");
  expectLaunchError(R"(["d1"])", "[1.5]", "neither a whole number nor a word");
  expectLaunchError(R"(["d1"])", "[9223372036854775808]",
                    "neither a whole number nor a word");
  expectLaunchError(R"(["d1"])", "[]", "exactly one number");
  expectLaunchError(R"(["d1"])", R"([1,"+"])", "lacks an operand");
  std::string longest = "0";
  for (int i = 0; i < 32; ++i)
    longest += R"(,1,"+")";
  expectLaunchError(R"(["d1"])", "[" + longest + "]", "more than 64 terms");
}

/// A dimension must not mean something else in expressions.
TEST_F(Program, WordsAreReserved) {
  Record record = gpuRecord();
  size_t at;
  while ((at = record.metadata.find("\"d1\"")) != std::string::npos)
    record.metadata.replace(at, 4, "\"sms\"");
  expectError(record, "a word of expressions");
}

TEST_F(Program, Records) {
  Record record = gpuRecord();
  record.triple = "x86_64-unknown-linux-gnu";
  expectError(record, "does not begin with nvptx64-");
  record = gpuRecord();
  record.isa = "baseline";
  expectError(record, "of the form sm_90");
  record = gpuRecord();
  record.image = "";
  expectError(record, "a PTX image is empty");
  record = gpuRecord();
  record.image += '\0';
  expectError(record, "NUL character");
  record.imageKind = 3; // machine code may have any bytes
  EXPECT_EQ(open(pack(record)), CONVRT_OK) << convrt_last_error();
  for (auto [image, offload] :
       {std::pair{1, 2}, {5, 0}, {3, 0}, {2, 2}, {4, 2}, {0, 0}, {5, 1}}) {
    record = gpuRecord();
    record.imageKind = uint16_t(image);
    record.offloadKind = uint16_t(offload);
    expectError(record, "neither an object image");
  }
}

/// One package may serve a CPU and several GPUs.
TEST_F(Program, StandsBesideACpusImage) {
  Record cpu = gpuRecord();
  cpu.imageKind = 1;
  cpu.offloadKind = 0;
  cpu.triple = CONVRT_TEST_TRIPLE;
  cpu.isa = "baseline";
  cpu.metadata =
      replace(cpu.metadata, "\"program\"", "\"symbol\":\"s\",\"program\"");
  ASSERT_EQ(open(pack(gpuRecord()) + pack(cpu)), CONVRT_OK)
      << convrt_last_error();
  EXPECT_EQ(convrt_package_image_count(package), 2u);
  EXPECT_STREQ(convrt_package_isa(package), "baseline");
  EXPECT_EQ(convrt_package_find(package, "k")->program, nullptr);
}

} // namespace
