//===- PackageListing.cpp - Show what a package holds ---------------------===//

#include "PackageListing.h"

#include "convrt/convrt.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

static void listKernel(const convrt_kernel *kernel, llvm::raw_ostream &output) {
  const convrt_kernel_info *info = convrt_kernel_describe(kernel);
  output << "kernel @" << info->name << ": " << info->kind << ", "
         << info->arithmetic << " arithmetic, error bound "
         << llvm::format("%.3g", info->relative_l2_bound) << "\n";
  for (size_t i = 0; i < info->argument_count; ++i) {
    const convrt_argument *argument = convrt_kernel_argument(kernel, i);
    output << "  " << (argument->role == CONVRT_INPUT ? "input " : "output ")
           << argument->name << ": ";
    for (int32_t dim = 0; dim < argument->rank; ++dim) {
      if (argument->shape[dim].symbol)
        output << argument->shape[dim].symbol;
      else
        output << argument->shape[dim].extent;
      output << "x";
    }
    output << argument->dtype_name << "\n";
  }
  if (info->plan[0])
    output << "  plan " << info->plan << "\n";
}

LogicalResult conv::listPackage(const llvm::MemoryBuffer &bytes,
                                llvm::raw_ostream &output) {
  convrt_package *package;
  if (convrt_package_open_memory(bytes.getBufferStart(), bytes.getBufferSize(),
                                 CONVRT_BORROW, &package) != CONVRT_OK) {
    llvm::WithColor::error()
        << bytes.getBufferIdentifier() << ": " << convrt_last_error() << "\n";
    return failure();
  }
  for (size_t i = 0; i < convrt_package_image_count(package); ++i)
    output << "image " << convrt_package_image_isa(package, i) << "\n";
  for (size_t i = 0; i < convrt_package_kernel_count(package); ++i)
    listKernel(convrt_package_kernel(package, i), output);
  convrt_package_close(package);
  return success();
}
