//===- Link.cpp - Link an object into a shared object, in process ---------===//

#include "conv/Target/CPU/Codegen.h"

#include "lld/Common/Driver.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace conv::cpu;
using llvm::StringRef;

/// Fail if the shared object needs a symbol that no loader is sure to have.
static llvm::Error checkUndefinedSymbols(const llvm::MemoryBuffer &image) {
  auto object = llvm::object::ObjectFile::createELFObjectFile(image);
  if (!object)
    return object.takeError();
  auto &elf = llvm::cast<llvm::object::ELFObjectFileBase>(**object);
  for (const llvm::object::ELFSymbolRef &symbol :
       elf.getDynamicSymbolIterators()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags)
      return flags.takeError();
    if (!name)
      return name.takeError();
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) && !name->empty() &&
        *name != "memcpy" && *name != "memmove" && *name != "memset")
      return llvm::createStringError(
          "the code calls \"" + name->str() +
          "\", but a kernel may call only memcpy, memmove and memset; "
          "write the operation with arith ops, or compute it outside");
  }
  return llvm::Error::success();
}

llvm::Expected<std::string> conv::cpu::linkSharedObject(StringRef object,
                                                        const Level &level) {
  // lld reads and writes files only.
  llvm::SmallString<128> input, output;
  int fd;
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("conv", "o", fd, input))
    return llvm::createStringError(error, "cannot make a temporary file");
  llvm::FileRemover removeInput(input);
  {
    llvm::raw_fd_ostream stream(fd, /*shouldClose=*/true);
    stream << object;
    stream.close();
    if (std::error_code error = stream.error()) {
      stream.clear_error();
      return llvm::createStringError(error,
                                     "cannot write " + input.str().str());
    }
  }
  if (std::error_code error =
          llvm::sys::fs::createTemporaryFile("conv", "so", output))
    return llvm::createStringError(error, "cannot make a temporary file");
  llvm::FileRemover removeOutput(output);

  {
    // lld's state is global to the process.
    static std::mutex mutex;
    std::lock_guard<std::mutex> lock(mutex);
    std::string messages;
    llvm::raw_string_ostream stream(messages);
    const char *arguments[] = {"ld.lld",
                               "-shared",
                               "--gc-sections",
                               "--threads=1",
                               "--strip-all",
                               "--hash-style=gnu",
                               "--build-id=none",
                               "-znoexecstack",
                               "-znow",
                               input.c_str(),
                               "-o",
                               output.c_str()};
    lld::Result result =
        lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
    if (result.retCode != 0 || !result.canRunAgain)
      return llvm::createStringError("linking the image of level " +
                                     level.name.str() + " failed: " + messages);
  }
  auto image = llvm::MemoryBuffer::getFile(output, /*IsText=*/false,
                                           /*RequiresNullTerminator=*/false);
  if (!image)
    return llvm::createStringError(image.getError(),
                                   "cannot read " + output.str().str());
  if (llvm::Error error = checkUndefinedSymbols(**image))
    return error;
  return (*image)->getBuffer().str();
}
