//===- Assemble.cpp - PTX to machine code by ptxas ------------------------===//

#include "conv/Target/NVIDIA/Codegen.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"

namespace conv::nvidia {

std::optional<std::string> findPtxas() {
  if (auto named = llvm::sys::Process::GetEnv("CONV_PTXAS"))
    return *named;
  if (auto found = llvm::sys::findProgramByName("ptxas"))
    return *found;
  std::vector<std::string> folders;
  if (auto cuda = llvm::sys::Process::GetEnv("CUDA_PATH"))
    folders.push_back(*cuda + "/bin");
  folders.push_back("/usr/local/cuda/bin");
  for (const std::string &folder : folders)
    if (auto found = llvm::sys::findProgramByName("ptxas", {folder}))
      return *found;
  return std::nullopt;
}

namespace {

/// A temporary file that goes away.
class TemporaryFile {
public:
  explicit TemporaryFile(llvm::StringRef suffix) {
    error = llvm::sys::fs::createTemporaryFile("conv", suffix, path);
    if (!error)
      remover.setFile(path);
  }

  llvm::SmallString<128> path;
  std::error_code error;

private:
  llvm::FileRemover remover;
};

llvm::Expected<std::string> read(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read " + path);
  return (*buffer)->getBuffer().str();
}

int64_t number(llvm::StringRef text) {
  int64_t value = 0;
  text.getAsInteger(10, value);
  return value;
}

} // namespace

/// Read the report of `ptxas -v`.
static void readReport(llvm::StringRef report, Assembly &assembly) {
  llvm::Regex entry("Compiling entry function '([^']+)'");
  llvm::Regex spills("([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads");
  llvm::Regex used("Used ([0-9]+) registers");
  llvm::Regex shared("([0-9]+) bytes smem");
  llvm::Regex harmless("^(ptxas info +: (Function properties|Compiling entry|"
                       "Used |Compile time|[0-9]+ bytes gmem)|"
                       " +[0-9]+ bytes stack|$)");
  KernelResources *current = nullptr;
  llvm::SmallVector<llvm::StringRef> lines, match;
  report.split(lines, '\n');
  for (llvm::StringRef line : lines) {
    if (entry.match(line, &match))
      current = &assembly.kernels[match[1].str()];
    if (current && spills.match(line, &match)) {
      current->spillStoreBytes = number(match[1]);
      current->spillLoadBytes = number(match[2]);
    }
    if (current && used.match(line, &match))
      current->registers = number(match[1]);
    if (current && shared.match(line, &match))
      current->staticSharedBytes = number(match[1]);
    if (!harmless.match(line))
      assembly.diagnostics += line.str() + "\n";
  }
}

llvm::Expected<Assembly> assemble(llvm::StringRef ptx, llvm::StringRef arch,
                                  llvm::StringRef ptxas) {
  TemporaryFile input("ptx"), output("cubin"), log("log");
  for (TemporaryFile *file : {&input, &output, &log})
    if (file->error)
      return llvm::createStringError(file->error,
                                     "cannot make a temporary file for ptxas");
  {
    std::error_code error;
    llvm::raw_fd_ostream stream(input.path, error);
    stream << ptx;
    stream.close();
    if (stream.has_error())
      return llvm::createStringError(stream.error(), "cannot write PTX");
  }
  std::string message;
  std::string archOption = ("-arch=" + arch).str();
  llvm::StringRef arguments[] = {ptxas,      archOption, "-v",
                                 input.path, "-o",       output.path};
  std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(),
                                                log.path.str(), log.path.str()};
  int status = llvm::sys::ExecuteAndWait(
      ptxas, arguments, std::nullopt, redirects,
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  llvm::Expected<std::string> report = read(log.path);
  if (!report)
    return report.takeError();
  if (status != 0)
    return llvm::createStringError("ptxas failed for " + arch.str() + ": " +
                                   message + *report);
  Assembly assembly;
  readReport(*report, assembly);
  if (llvm::Error error = read(output.path).moveInto(assembly.cubin))
    return error;
  return assembly;
}

} // namespace conv::nvidia
