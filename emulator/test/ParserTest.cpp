//===- ParserTest.cpp - Text that must, and must not, load ----------------===//
#include "TestSupport.h"

using namespace ptxemu;

namespace {

std::string loadError(const std::string &text) {
  Device device;
  return device.loadModule(text) >= 0 ? "" : device.lastError();
}
std::string bodyError(const std::string &body) {
  return loadError(kernelText(body));
}
#define EXPECT_ERROR(text, part)                                               \
  EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Parser, NamesLineAndTextOfUnknownOpcodes) {
  std::string e = bodyError("add.u32 %r1, %r2, %r3;\nfrobnicate.b32 %r1, %r2;");
  EXPECT_ERROR(e, "line 13");
  EXPECT_ERROR(e, "unknown opcode 'frobnicate'");
  EXPECT_ERROR(e, "frobnicate.b32 %r1, %r2");
}

TEST(Parser, RefusesUnknownModifiers) {
  EXPECT_ERROR(bodyError("add.wobbly.u32 %r1, %r2, %r3;"),
               "'.wobbly' of 'add'");
  EXPECT_ERROR(bodyError("ld.global.u32.wobbly %r1, [%rd1];"), "'.wobbly'");
  EXPECT_ERROR(bodyError("bar.sync.wobbly 0;"), "'.wobbly'");
  EXPECT_ERROR(bodyError("mma.sync.aligned.m16n8k64.row.col.s32.s4.s4.s32 "
                         "{%r1,%r2,%r3,%r4},{%r1,%r2,%r3,%r4},{%r1,%r2},"
                         "{%r1,%r2,%r3,%r4};"),
               "mma");
  EXPECT_ERROR(bodyError("cvt.f32.e2m1x2 %f1, %h1;"), "type");
}

TEST(Parser, RefusesWrongOperands) {
  EXPECT_ERROR(bodyError("add.u32 %r1, %r2;"), "takes 3 operands");
  EXPECT_ERROR(bodyError("add.u64 %rd1, %rd2, %r3;"), "has 32 bits");
  EXPECT_ERROR(bodyError("add.u32 %r1, %r2, %zz;"), "unknown register '%zz'");
  EXPECT_ERROR(bodyError("mov.u32 %tid.x, %r1;"), "cannot be written");
  EXPECT_ERROR(bodyError("@%r1 bra L;\nL:"), "not a predicate");
  EXPECT_ERROR(bodyError("bra NOWHERE;"), "'NOWHERE' is not defined");
  EXPECT_ERROR(bodyError("L: L: ret;"), "defined twice");
  EXPECT_ERROR(bodyError("ld.global.u32 %r1, [missing];"), "not declared");
  EXPECT_ERROR(bodyError("call missing;"), "not declared");
  EXPECT_ERROR(bodyError("st.param.u32 [p0], %r1;"), "cannot be written");
}

TEST(Parser, RefusesBrokenText) {
  EXPECT_ERROR(loadError(".version 8.8 .target sm_90a .entry k( {"), "line 1");
  EXPECT_ERROR(loadError("/* open"), "comment");
  EXPECT_ERROR(bodyError("{{"), "not closed");
  EXPECT_ERROR(bodyError(".reg .b32 %big<99999999999>;"), "2^32");
  EXPECT_ERROR(loadError(".global .b8 x[99999999999999999999];"), "constant");
  EXPECT_ERROR(loadError(".global .b32 x[2] = {1, 2, 3};"), "more initial");
  EXPECT_ERROR(loadError(".address_size 32"), "64");
  EXPECT_ERROR(loadError(".frobnicate"), "unknown directive");
  EXPECT_EQ(loadError(""), "");
}

TEST(Parser, KeepsScopesApart) {
  Device device;
  ModuleHandle m = loadOrFail(device, kernelText(R"(
    ld.param.u64 %rd1, [p0];
    mov.u32 %r1, 1;
    { .reg .b32 %r1; .reg .b32 t; mov.u32 t, 40; add.u32 %r1, t, 2;
      bra skip;
      mov.u32 %r1, 7;
      skip: st.global.u32 [%rd1], %r1; }
    { .reg .b32 t; mov.u32 t, 5; bra skip; mov.u32 t, 6; skip:
      st.global.u32 [%rd1+4], t; }
    st.global.u32 [%rd1+8], %r1;
    ret;)"));
  Buffer<uint32_t> out(device, {0, 0, 0});
  LaunchConfig c;
  c.addArgument(uint64_t(out));
  LaunchResult r = device.launch(m, "k", c);
  EXPECT_TRUE(r.ok) << allReports(r);
  EXPECT_EQ(out.values(), (std::vector<uint32_t>{42, 5, 1}));
}

TEST(Parser, ReadsModuleVariables) {
  Device device;
  ModuleHandle m = loadOrFail(
      device,
      ".version 8.8\n.target sm_90a\n.address_size 64\n"
      ".const .align 4 .b8 table[8] = {1, 2, 3, 4, 0xff};\n"
      ".global .f32 scale = 0f40000000;\n.global .u64 where = generic(scale);\n"
      ".visible .entry k(.param .u64 p0) {\n.reg .b64 %rd<4>; .reg .b32 "
      "%r<4>;\n"
      "ld.param.u64 %rd1, [p0]; ld.const.u32 %r1, [table];\n"
      "st.global.u32 [%rd1], %r1; ld.const.u8 %r1, [table+4];\n"
      "st.global.u32 [%rd1+4], %r1; ld.global.u64 %rd2, [where];\n"
      "ld.u32 %r1, [%rd2]; st.global.u32 [%rd1+8], %r1; ret; }");
  Buffer<uint32_t> out(device, {0, 0, 0});
  LaunchConfig c;
  c.addArgument(uint64_t(out));
  LaunchResult r = device.launch(m, "k", c);
  EXPECT_TRUE(r.ok) << allReports(r);
  EXPECT_EQ(out.values(),
            (std::vector<uint32_t>{0x04030201, 0xff, 0x40000000}));
  uint64_t bytes = 0;
  EXPECT_NE(device.globalAddress(m, "table", &bytes), 0u);
  EXPECT_EQ(bytes, 8u);
}

TEST(Parser, GivesSourceLinesInReports) {
  Device device;
  ModuleHandle m =
      loadOrFail(device, ".version 8.8\n.target sm_90a\n"
                         ".address_size 64\n.file 1 \"kernel.cu\"\n"
                         ".visible .entry k() {\n.reg .b64 %rd<2>; "
                         ".reg .b32 %r<2>;\n.loc 1 77 3\n"
                         "mov.u64 %rd1, 64;\n"
                         "ld.global.u32 %r1, [%rd1];\nret;\n}");
  LaunchResult r = device.launch(m, "k", LaunchConfig());
  ASSERT_EQ(r.reports.size(), 1u);
  const Report &report = r.reports[0];
  EXPECT_EQ(report.kind, ReportKind::OutOfBounds);
  EXPECT_EQ(report.kernel, "k");
  EXPECT_EQ(report.warp, 0);
  EXPECT_EQ(report.lane, 0);
  EXPECT_EQ(report.address, 64u);
  EXPECT_EQ(report.ptxLine, 9);
  EXPECT_EQ(report.sourceFile, "kernel.cu");
  EXPECT_EQ(report.sourceLine, 77);
  EXPECT_NE(report.text().find("kernel.cu:77"), std::string::npos);
}

} // namespace
