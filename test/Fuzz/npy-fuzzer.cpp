//===- npy-fuzzer.cpp - Read any bytes as an array ------------------------===//
//
// The first byte picks the dtype that is asked for, the others are the file.
// What is read has as many bytes as its shape says, and is the same after it
// was written and read again. Errors are fine, crashes are not.
//
//===----------------------------------------------------------------------===//

#include "conv/Support/Npy.h"

#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

/// End the run with the reason on stderr.
[[noreturn]] static void fail(const char *reason) {
  llvm::errs() << reason << "\n";
  std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static constexpr llvm::StringRef dtypes[] = {
      "f16", "bf16", "f32", "f64", "complex64", "complex128",
      "i8",  "i16",  "i32", "i64", "u8",        "text"}; // the last is none
  if (size == 0)
    return 0;
  llvm::StringRef dtype = dtypes[data[0] % std::size(dtypes)];
  llvm::StringRef bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
  llvm::Expected<conv::NpyArray> array = conv::parseNpy(bytes, dtype);
  if (!array) {
    if (llvm::toString(array.takeError()).empty())
      fail("an error without a message");
    return 0;
  }
  size_t elements = 1;
  for (int64_t extent : array->shape)
    elements *= extent;
  if (array->dtype != dtype ||
      array->data.size() != elements * conv::npyElementBytes(dtype))
    fail("not the array that was asked for");

  std::string written;
  llvm::raw_string_ostream stream(written);
  conv::printNpy(stream, *array);
  llvm::Expected<conv::NpyArray> again = conv::parseNpy(written, dtype);
  if (!again)
    fail(llvm::toString(again.takeError()).c_str());
  if (again->shape != array->shape || again->data != array->data)
    fail("another array after it was written");
  return 0;
}
