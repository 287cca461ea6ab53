//===- CudaSupport.cpp - Packages of GPU kernels for tests ----------------===//

#include "CudaSupport.h"

using namespace convrt_test;

std::string convrt_test::gpuText(const std::string &target) {
  return ".version 8.0\n.target " + target + R"(
.address_size 64
.extern .shared .align 16 .b8 dynamic[];
.visible .entry add(.param .u64 x, .param .u64 w, .param .u64 z, .param .u32 n)
.maxntid 256, 1, 1
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .f32 %f<4>;
  .reg .b64 %rd<12>;
  ld.param.u64 %rd1, [x];
  ld.param.u64 %rd2, [w];
  ld.param.u64 %rd3, [z];
  ld.param.u32 %r1, [n];
  mov.u32 %r2, %tid.x;
  mov.u32 %r3, %ctaid.x;
  mov.u32 %r4, %ntid.x;
  mad.lo.u32 %r5, %r3, %r4, %r2;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra DONE;
  mul.wide.u32 %rd4, %r5, 4;
  and.b32 %r6, %r5, 3;
  mul.wide.u32 %rd5, %r6, 4;
  add.u64 %rd6, %rd1, %rd4;
  add.u64 %rd7, %rd2, %rd5;
  add.u64 %rd8, %rd3, %rd4;
  ld.global.f32 %f1, [%rd6];
  ld.global.f32 %f2, [%rd7];
  add.f32 %f3, %f1, %f2;
  st.global.f32 [%rd8], %f3;
DONE:
  ret;
}
.visible .entry increment(.param .u64 x, .param .u64 y, .param .u64 n)
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .f32 %f<4>;
  .reg .b64 %rd<12>;
  ld.param.u64 %rd1, [x];
  ld.param.u64 %rd2, [y];
  ld.param.u64 %rd9, [n];
  mov.u32 %r2, %tid.x;
  mov.u32 %r3, %ctaid.x;
  mov.u32 %r4, %ntid.x;
  mad.lo.u32 %r5, %r3, %r4, %r2;
  cvt.u64.u32 %rd3, %r5;
  setp.ge.u64 %p1, %rd3, %rd9;
  @%p1 bra DONE;
  mul.wide.u32 %rd4, %r5, 4;
  add.u64 %rd6, %rd1, %rd4;
  add.u64 %rd8, %rd2, %rd4;
  ld.global.f32 %f1, [%rd6];
  add.f32 %f2, %f1, 0f3F800000;
  st.global.f32 [%rd8], %f2;
DONE:
  ret;
}
.visible .entry race()
{
  .reg .b32 %r<2>;
  .shared .align 4 .b8 word[4];
  mov.u32 %r1, %tid.x;
  st.shared.u32 [word], %r1;
  ret;
}
)";
}

std::string convrt_test::gpuMetadata(const std::string &from,
                                     const std::string &to) {
  std::string text = R"({"kernels": [
    {"name": "add", "kind": "add", "dims": ["b"],
     "numerics": {"arithmetic": "f32", "relative_l2_bound": 1e-6},
     "arguments": [
       {"name": "x", "role": "input", "dtype": "f32", "shape": ["b", 4]},
       {"name": "w", "role": "input", "dtype": "f32", "shape": [4]},
       {"name": "z", "role": "output", "dtype": "f32", "shape": ["b", 4]}],
     "program": {"workspace": [0], "launches": [
       {"symbol": "add", "grid": [["b", 4, "*", 64, "ceildiv"], [1], [1]],
        "block": [64, 1, 1], "shared": 128,
        "parameters": [{"buffer": 0}, {"buffer": 1, "alignment": 4},
                       {"buffer": 2}, {"i32": ["b", 4, "*"]}]}]}},
    {"name": "twice", "dims": ["n"],
     "numerics": {"arithmetic": "f32", "relative_l2_bound": 0},
     "arguments": [
       {"name": "x", "role": "input", "dtype": "f32", "shape": ["n"]},
       {"name": "y", "role": "output", "dtype": "f32", "shape": ["n"]}],
     "program": {"workspace": ["n", 4, "*", 256, "+"], "launches": [
       {"symbol": "increment", "grid": [["n", 32, "ceildiv"], [1], [1]],
        "block": [32, 1, 1], "shared": 0,
        "parameters": [{"buffer": 0}, {"workspace": [256]}, {"i64": ["n"]}]},
       {"symbol": "increment", "grid": [["n", 128, "ceildiv"], [1], [1]],
        "block": [128, 1, 1], "shared": 0,
        "parameters": [{"workspace": [256]}, {"buffer": 1},
                       {"i64": ["n"]}]}]}},
    {"name": "race", "dims": ["n"],
     "numerics": {"arithmetic": "f32", "relative_l2_bound": 0},
     "arguments": [
       {"name": "y", "role": "output", "dtype": "f32", "shape": ["n"]}],
     "program": {"workspace": [0], "launches": [
       {"symbol": "race", "grid": [[1], [1], [1]], "block": [64, 1, 1],
        "shared": 0, "parameters": []}]}}]})";
  size_t at = from.empty() ? 0 : text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

Record convrt_test::gpuRecord(const std::string &target) {
  Record record;
  record.imageKind = 5;
  record.offloadKind = 2;
  record.triple = "nvptx64-nvidia-cuda";
  record.isa = target;
  record.metadata = gpuMetadata();
  record.image = gpuText(target);
  return record;
}

Record convrt_test::cubinRecord(const std::string &target) {
  Record record = gpuRecord(target);
  record.imageKind = 3;
  // An ELF header of machine 190 and one program header.
  std::string &image = record.image;
  image.assign(64 + 56, '\0');
  image.replace(0, 7,
                "\x7f"
                "ELF\x02\x01\x01");
  image[18] = static_cast<char>(190);
  image[32] = 64; // e_phoff
  image[54] = 56; // e_phentsize
  image[56] = 1;  // e_phnum
  image[58] = 64; // e_shentsize
  return record;
}
