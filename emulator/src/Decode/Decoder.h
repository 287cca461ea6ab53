//===- Decoder.h - From statements to instructions ------------------------===//
#ifndef PTXEMU_DECODE_DECODER_H
#define PTXEMU_DECODE_DECODER_H

#include "Decode/Program.h"

#include <unordered_map>

namespace ptxemu {

/// Decode the body of one function. Each opcode has a member function, found
/// in a table; it takes the modifiers it knows, and one that is left over is
/// an error.
class Decoder {
public:
  using SymbolAddress = std::function<uint64_t(const std::string &)>;
  Decoder(Program &program, FunctionCode &out, const SymbolAddress &global,
          const std::function<int(const std::string &, int line)> &callee)
      : program(program), module(*program.module), f(out),
        function(*out.source), globalAddress(global), calleeIndex(callee) {}
  void run();

private:
  struct Address {
    uint32_t reg;
    int64_t offset;
    bool is64;
    bool frameRelative;
    Space space;
  };
  using Opcode = void (Decoder::*)();
  static const std::unordered_map<std::string, Opcode> &table();

  void statement(const Statement &statement);

  // Modifiers.
  bool take(const char *modifier);
  bool peek(const char *modifier) const;
  /// The first unused type modifier without its dot; fails when missing.
  std::string takeType();
  bool hasType() const;
  std::string takeAny(std::initializer_list<const char *> choices);
  Space takeSpace();
  void takeCacheHints();
  [[noreturn]] void fail(const std::string &message) const;
  /// fail() unless the instruction has this many operands.
  void operands(size_t least, size_t most);

  // Operands.
  const Operand &op(size_t i) const { return s->operands[i]; }
  unsigned bits(const Operand &o) const;
  /// Register (or constant) holding the operand, as wide as `width` bits.
  uint32_t use(const Operand &o, unsigned width);
  uint32_t useAny(const Operand &o, unsigned least);
  uint32_t useFloat(const Operand &o, const std::string &type);
  uint32_t def(const Operand &o, unsigned width);
  uint32_t defAny(const Operand &o);
  uint32_t sink(unsigned width);
  uint32_t constant(uint64_t value, unsigned width);
  uint64_t immediate(const Operand &o) const;
  uint32_t usePredicate(const Operand &o);
  Address address(const Operand &o, Space space);
  void useAddress(const Operand &o, Space space, uint32_t Inst::*reg,
                  int64_t Inst::*offset, int wideMode);
  Inst &lane(const std::string &name, unsigned d,
             std::initializer_list<unsigned> sources,
             const std::string &floatType = "");
  LaneFn findLaneOrFail(const std::string &name) const;
  void note(uint32_t reg, bool isDef);
  /// Vector (or single) operand into inst->list.
  void useList(const Operand &o, unsigned width, size_t count);
  void defList(const Operand &o, unsigned width, size_t count);

  // Opcodes (DecodeArithmetic.cpp).
  void addSub();
  void mul();
  void mad();
  void fma();
  void div();
  void minMax();
  void unaryInteger();
  void absNeg();
  void logic();
  void shift();
  void unaryFloat();
  void lop3();
  void prmt();
  void shf();
  void bitField();
  void bmsk();
  void szext();
  void dp();
  void mul24();
  void sad();
  void copysign();
  void testp();
  void setp();
  void set();
  void selp();
  void slct();
  void mov();
  void carry();
  int rounding();
  std::string flushSaturate();

  // Conversions (DecodeConvert.cpp).
  void cvt();
  void cvta();
  void isspacep();
  void mapa();
  void getctarank();
  void createpolicy();

  // Memory and control (DecodeMemory.cpp).
  void load();
  void store();
  void atomic();
  void prefetch();
  void branch();
  void branchTable();
  void call();
  void ret();
  void exitOp();
  void trap();
  void nop();
  void nanosleep();

  // Warp operations (DecodeWarp.cpp).
  void shfl();
  void vote();
  void match();
  void redux();
  void elect();
  void activemask();
  void barrier();
  void barrierCluster();
  void ldmatrix();
  void stmatrix();
  void movmatrix();
  void mma();
  void wmma();
  void fence();
  void setmaxnreg();

  // Asynchronous operations (DecodeAsync.cpp).
  void cp();
  void cpAsync();
  void cpBulk();
  void cpBulkTensor();
  void mbarrier();
  void wgmma();
  void stAsync();
  void griddepcontrol();

  Program &program;
  const Module &module;
  FunctionCode &f;
  const Function &function;
  const SymbolAddress &globalAddress;
  const std::function<int(const std::string &, int line)> &calleeIndex;
  const Statement *s = nullptr;
  Inst *inst = nullptr;
  std::vector<RegisterUse> *uses = nullptr;
  std::vector<char> used;
  std::map<std::pair<uint64_t, unsigned>, uint32_t> constants;
  std::map<unsigned, uint32_t> sinks;
  int carryRegister = -1;
};

/// Bits a lane's register has for a value of this type (16 is held in 32).
unsigned typeBits(const std::string &type);
bool isSignedType(const std::string &type);

} // namespace ptxemu

#endif
