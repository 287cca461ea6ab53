//===- Module.h - A PTX module as parsed ----------------------------------===//
#ifndef PTXEMU_PARSE_MODULE_H
#define PTXEMU_PARSE_MODULE_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ptxemu {

enum class Space : uint8_t { Generic, Global, Shared, Local, Param, Const };

/// What a register name of PTX stands for when it is not an ordinary one.
enum class Special : uint8_t {
  None,
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NwarpId,
  SmId,
  NsmId,
  GridId,
  LaneMaskEq,
  LaneMaskLe,
  LaneMaskLt,
  LaneMaskGe,
  LaneMaskGt,
  ClusterIdX,
  ClusterIdY,
  ClusterIdZ,
  NclusterIdX,
  NclusterIdY,
  NclusterIdZ,
  ClusterCtaidX,
  ClusterCtaidY,
  ClusterCtaidZ,
  ClusterNctaidX,
  ClusterNctaidY,
  ClusterNctaidZ,
  ClusterCtarank,
  ClusterNctarank,
  IsExplicitCluster,
  DynamicSmemSize,
  TotalSmemSize,
  EnvReg1,
  EnvReg2, ///< address of a cooperative grid's workspace, high and low
  Clock,
  Clock64,
  GlobalTimer, ///< read when the instruction runs
};

/// A virtual register. Predicates hold one bit a lane.
struct Register {
  std::string name;
  uint8_t bits = 32; ///< 1 (predicate), 8, 16, 32 or 64
  Special special = Special::None;
};

struct Operand {
  enum Kind : uint8_t {
    Reg,
    Imm,     ///< `imm`; `isFloat32`/`isFloat64` tell how it was written
    Symbol,  ///< variable or function
    Label,   ///< resolved branch target
    Address, ///< [reg|symbol + offset]; `elements` holds TMA coordinates etc.
    Vector,  ///< {a, b, ...}
    Sink     ///< `_`
  };
  Kind kind = Sink;
  bool negated = false; ///< !p
  bool isFloat32 = false;
  bool isFloat64 = false;
  int reg = -1;
  uint64_t imm = 0;
  int64_t offset = 0;
  std::string symbol;
  std::vector<Operand> elements;
  std::vector<Operand> second; ///< q of p|q: at most one entry
};

struct SourceLocation {
  int file = 0;
  int line = 0;
};

struct Statement {
  std::string opcode;
  std::vector<std::string> modifiers; ///< with their dots
  std::vector<Operand> operands;
  int guard = -1;
  bool guardNegated = false;
  int line = 0;
  SourceLocation location;
  std::string text;
  std::string callee; ///< of `call`
  std::vector<Operand> callReturns, callArguments;
};

/// A variable in some space; functions' parameters are in Space::Param.
struct Variable {
  std::string name;
  Space space = Space::Global;
  uint64_t size = 0;
  uint32_t align = 1;
  uint64_t offset = 0; ///< inside its space (or parameter block, or frame)
  bool isExtern = false;
  std::vector<uint8_t> init;
  /// Addresses stored in `init`: (offset, symbol, addend, generic()).
  struct Relocation {
    uint64_t offset;
    std::string symbol;
    int64_t addend;
  };
  std::vector<Relocation> relocations;
};

struct Function {
  std::string name;
  bool isEntry = false;
  bool isDeclaration = false;
  std::vector<Variable> params, returns;
  uint64_t paramBytes = 0; ///< entry: size of the parameter block
  std::vector<Register> registers;
  std::vector<Statement> body;
  std::map<std::string, Variable> locals; ///< mangled: shared, local, param
  uint64_t frameBytes = 0; ///< local memory a lane: locals and call params
  std::vector<std::vector<int>> branchTables;
  uint32_t requiredThreads[3] = {0, 0, 0};
  uint32_t maxThreads[3] = {0, 0, 0};
  uint32_t clusterDims[3] = {0, 0, 0};
  int line = 0;
};

struct Module {
  std::string target;
  int version = 0; ///< 10 * major + minor
  std::map<int, std::string> files;
  std::map<std::string, Variable> variables;
  std::map<std::string, Function> functions;
};

/// Parse PTX text. Throws PtxError; never anything else for any input text.
Module parseModule(std::string_view text);

/// The special register of this name (`%tid.x`), or None.
Special specialRegister(std::string_view name);
/// Bits of a special register.
unsigned specialBits(Special special);
/// Bytes of a scalar type (`.f16x2` is 4, `.pred` 0); 0 when unknown.
unsigned typeBytes(std::string_view type);

} // namespace ptxemu

#endif
