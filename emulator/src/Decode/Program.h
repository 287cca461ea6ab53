//===- Program.h - Instructions ready to run ------------------------------===//
#ifndef PTXEMU_DECODE_PROGRAM_H
#define PTXEMU_DECODE_PROGRAM_H

#include "Exec/LaneOps.h"
#include "Parse/Lexer.h"
#include "Parse/Module.h"

#include <functional>
#include <memory>

namespace ptxemu {

struct Warp;
struct Inst;
using Handler = void (*)(Warp &, const Inst &, uint32_t mask);

/// How the interpreter loop treats an instruction.
enum class Control : uint8_t {
  Lane,       ///< `lane` on d, a, b, c
  Handler,    ///< `fn`, any mask
  Collective, ///< `fn`, once the lanes it names have converged
  Poll,       ///< `fn` may ask the warp to yield (mbarrier waits, sleeps)
  Branch,
  BranchTable,
  Call,
  Return,
  Exit,
  Barrier, ///< bar/barrier among warps of the CTA
  ClusterWait,
};

/// Classes of the instruction statistics.
enum class InstClass : uint8_t {
  Integer,
  Float32,
  Float64,
  Half,
  Convert,
  Move,
  Memory,
  Atomic,
  Control,
  WarpOp,
  Matrix,
  Async,
  Barrier,
  Count
};

/// Which lanes a collective instruction waits for.
enum class Members : uint8_t { None, All, Operand };

struct Inst {
  LaneFn lane = nullptr;
  LaneFn lane2 = nullptr; ///< packed comparisons: of the high halves
  Handler fn = nullptr;
  Control control = Control::Handler;
  InstClass statClass = InstClass::Integer;
  Space space = Space::Generic;
  Members members = Members::None;
  bool guardNegated = false;
  bool cluster = false;    ///< .shared::cluster addresses are allowed
  bool copiesOnly = false; ///< mov: passes undefined values on silently
  uint8_t rounding = 0;    ///< fesetround mode index when not nearest
  int32_t guard = -1;      ///< offset of the guard's mask word
  // Registers: virtual numbers while decoding, then byte offsets.
  uint32_t d = 0, a = 0, b = 0, c = 0;
  uint32_t membersMask = 0;   ///< register with the member mask
  std::vector<uint32_t> list; ///< further operands, as the handler wants them
  std::vector<uint8_t> listBytes; ///< register bytes (4, 8) beside `list`
  uint32_t imm = 0, imm2 = 0;
  int64_t offset = 0, offset2 = 0; ///< added to an address
  uint32_t target = 0, reconverge = 0;
  uint8_t bytes = 4; ///< of one element in memory
  uint8_t vec = 1;
  uint8_t mode[6] = {0, 0, 0, 0, 0, 0}; ///< handler's own
  int callee = -1;
  uint32_t number = 0; ///< in the program, for statistics
  const Statement *source = nullptr;
  /// Registers that some path reaches unwritten: (index of mask, offset).
  std::vector<uint32_t> trackedUses, trackedDefs;
  /// Registers that some wgmma works on: offsets this instruction reads, and
  /// those it writes.
  std::vector<uint32_t> wgmmaReads, wgmmaWrites;
};

struct CallCopy {
  uint32_t from, to, bytes; ///< offsets in caller's and callee's frames
};

/// Roles of an instruction's registers, for liveness.
struct RegisterUse {
  uint32_t reg;
  bool isDef;
};

struct FunctionCode {
  const Function *source = nullptr;
  std::vector<Inst> code;
  std::vector<std::vector<RegisterUse>> uses; ///< emptied after allocation
  std::vector<Register> registers; ///< the function's, then constants
  std::vector<uint64_t> constants; ///< value of registers[constantBase + i]
  uint32_t constantBase = 0;
  std::vector<uint32_t> slots; ///< byte offset of each register
  uint32_t frameSize = 0;      ///< bytes of registers a warp
  uint32_t trackedCount = 0;   ///< registers with a definedness mask
  std::vector<int> wgmmaSlots; ///< offsets of registers wgmma uses
  std::map<int, std::vector<CallCopy>> argumentCopies, returnCopies;
  uint32_t localBytes = 0;
};

/// One kernel with every function it reaches.
struct Program {
  const Module *module = nullptr;
  const Function *entry = nullptr;
  std::vector<FunctionCode> functions; ///< [0] is the entry
  uint32_t sharedBytes = 0;            ///< static, from sharedBase on
  uint32_t declaredSharedBytes = 0;    ///< without the gaps that shift them
  std::map<std::string, uint32_t> sharedOffsets;
  uint32_t instructions = 0; ///< of all functions
};

/// Shared memory starts here, as on sm_90: a null shared pointer is a bug.
constexpr uint32_t sharedBase = 0x400;

/// Decode one entry and what it calls. `globalAddress` gives the device
/// address of a module variable. Throws PtxError.
std::unique_ptr<Program> decodeProgram(
    const Module &module, const std::string &entry,
    const std::function<uint64_t(const std::string &)> &globalAddress);

/// A natural loop: instructions that reach a jump back to a header which every
/// path to them passes.
struct Loop {
  uint32_t header = 0;
  std::vector<std::pair<uint32_t, uint32_t>> ranges; ///< [begin, end)
  int depth = 1;
};
/// Loops by header.
std::vector<Loop> findLoops(const FunctionCode &f);

/// Immediate post-dominators: fills `reconverge` of the branches.
void computeReconvergence(FunctionCode &f);
/// Give registers their slots and find those that may be read unwritten.
void allocateRegisters(FunctionCode &f);
/// Successors of an instruction; code.size() is the exit.
void successors(const FunctionCode &f, uint32_t pc, std::vector<uint32_t> &out);

} // namespace ptxemu

#endif
