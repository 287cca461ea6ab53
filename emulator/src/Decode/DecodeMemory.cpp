//===- DecodeMemory.cpp - Loads, stores, atomics and control flow ---------===//
#include "Decode/Decoder.h"
#include "Exec/Handlers.h"

namespace ptxemu {

/// ld{.weak|.volatile|.relaxed|.acquire}{.scope}{.space}{.vec}.type d, [a];
void Decoder::load() {
  inst->statClass = InstClass::Memory;
  uint8_t order = orderWeak;
  if (take(".volatile") || take(".relaxed"))
    order = orderRelaxed;
  else if (take(".acquire"))
    order = orderAcquire;
  else
    take(".weak");
  if (take(".mmio"))
    order = orderRelaxed;
  takeAny({".cta", ".gpu", ".sys", ".cluster"});
  Space space = takeSpace();
  takeCacheHints();
  takeAny({".nc"});
  takeCacheHints();
  bool policy = take(".L2::cache_hint");
  takeAny({".unified"});
  unsigned vec = take(".v2") ? 2 : take(".v4") ? 4 : take(".v8") ? 8 : 1;
  std::string t = takeType();
  unsigned bits = typeBits(t);
  operands(policy ? 3 : 2, policy ? 3 : 2);
  if (policy)
    use(op(2), 64);
  if (bits < 8 || bits > 64 || vec * bits > 256)
    fail("unsupported type of 'ld'");
  inst->bytes = uint8_t(bits / 8);
  inst->vec = uint8_t(vec);
  inst->mode[1] = isSignedType(t);
  inst->mode[2] = order;
  useAddress(op(1), space, &Inst::a, &Inst::offset, 0);
  if (space == Space::Param && !function.isEntry)
    inst->space = Space::Local;
  defList(op(0), bits == 64 ? 64 : 0, vec);
  for (uint8_t have : inst->listBytes)
    if (have == 4 && bits == 64)
      fail("destination is narrower than what is loaded");
  inst->fn = execLoad;
}

void Decoder::store() {
  inst->statClass = InstClass::Memory;
  if (take(".async")) {
    stAsync();
    return;
  }
  uint8_t order = orderWeak;
  if (take(".volatile") || take(".relaxed"))
    order = orderRelaxed;
  else if (take(".release"))
    order = orderRelease;
  else
    take(".weak");
  if (take(".mmio"))
    order = orderRelaxed;
  takeAny({".cta", ".gpu", ".sys", ".cluster"});
  Space space = takeSpace();
  takeCacheHints();
  bool policy = take(".L2::cache_hint");
  unsigned vec = take(".v2") ? 2 : take(".v4") ? 4 : take(".v8") ? 8 : 1;
  std::string t = takeType();
  unsigned bits = typeBits(t);
  operands(policy ? 3 : 2, policy ? 3 : 2);
  if (policy)
    use(op(2), 64);
  if (bits < 8 || bits > 64 || vec * bits > 256)
    fail("unsupported type of 'st'");
  inst->bytes = uint8_t(bits / 8);
  inst->vec = uint8_t(vec);
  inst->mode[2] = order;
  useAddress(op(0), space, &Inst::a, &Inst::offset, 0);
  if (inst->space == Space::Param && function.isEntry)
    fail("kernel parameters cannot be written");
  if (inst->space == Space::Param)
    inst->space = Space::Local;
  if (inst->space == Space::Const)
    fail("constant memory cannot be written");
  useList(op(1), bits == 64 ? 64 : 0, vec);
  inst->fn = execStore;
}

/// atom/red{.sem}{.scope}{.space}.op{.noftz}{.vec}.type
void Decoder::atomic() {
  inst->statClass = InstClass::Atomic;
  bool isRed = s->opcode == "red";
  if (isRed && take(".async")) {
    stAsync();
    return;
  }
  uint8_t order = orderRelaxed;
  if (take(".acq_rel"))
    order = orderAcqRel;
  else if (take(".acquire"))
    order = orderAcquire;
  else if (take(".release"))
    order = orderRelease;
  else
    take(".relaxed");
  takeAny({".cta", ".gpu", ".sys", ".cluster"});
  Space space = takeSpace();
  static const std::pair<const char *, AtomicOp> ops[] = {
      {".add", AtomicOp::Add},   {".min", AtomicOp::Min},
      {".max", AtomicOp::Max},   {".and", AtomicOp::And},
      {".or", AtomicOp::Or},     {".xor", AtomicOp::Xor},
      {".exch", AtomicOp::Exch}, {".cas", AtomicOp::Cas},
      {".inc", AtomicOp::Inc},   {".dec", AtomicOp::Dec}};
  int found = -1;
  for (auto &[name, value] : ops)
    if (take(name))
      found = int(value);
  if (found < 0)
    fail("unknown operation of '" + s->opcode + "'");
  AtomicOp operation = AtomicOp(found);
  take(".noftz");
  bool policy = take(".L2::cache_hint");
  unsigned vec = take(".v2") ? 2 : take(".v4") ? 4 : take(".v8") ? 8 : 1;
  std::string t = takeType();
  unsigned bits = typeBits(t);
  size_t base = isRed ? 2 : operation == AtomicOp::Cas ? 4 : 3;
  operands(base, base + (policy ? 1 : 0));
  if (policy)
    use(s->operands.back(), 64);
  inst->fn = execAtomic;
  inst->mode[1] = uint8_t(operation);
  inst->mode[2] = order;
  inst->mode[3] = uint8_t(atomicType(t));
  if (AtomicType(inst->mode[3]) == AtomicType::None ||
      !atomicSupported(operation, AtomicType(inst->mode[3])))
    fail("unsupported type of '" + s->opcode + "'");
  inst->mode[4] = isRed;
  inst->bytes = uint8_t(bits / 8);
  inst->vec = uint8_t(vec);
  size_t at = isRed ? 0 : 1;
  useAddress(op(at), space, &Inst::a, &Inst::offset, 0);
  useList(op(at + 1), bits == 64 ? 64 : 32, vec);
  if (operation == AtomicOp::Cas) {
    if (vec != 1)
      fail("'cas' has no vector form");
    inst->c = use(op(3), bits);
  }
  if (!isRed)
    defList(op(0), bits == 64 ? 64 : 32, vec);
}

void Decoder::prefetch() {
  inst->statClass = InstClass::Memory;
  takeSpace();
  takeAny({".L1", ".L2", ".L2::evict_last", ".L2::evict_normal"});
  bool tensormap = take(".tensormap");
  (void)tensormap; // the map is read where it is used
  if (s->opcode == "discard")
    fail("'discard' leaves memory undefined and is not supported");
  inst->fn = execNop;
}

//===- Control flow -------------------------------------------------------===//

void Decoder::branch() {
  take(".uni");
  operands(1, 1);
  if (op(0).kind != Operand::Label)
    fail("indirect branches are not supported");
  inst->control = Control::Branch;
  inst->statClass = InstClass::Control;
  inst->target = uint32_t(op(0).imm);
}

/// brx.idx index, table;
void Decoder::branchTable() {
  if (!take(".idx"))
    fail("only brx.idx exists");
  take(".uni");
  operands(2, 2);
  if (op(1).kind != Operand::Label || op(1).imm >= function.branchTables.size())
    fail("brx.idx needs a .branchtargets list");
  inst->control = Control::BranchTable;
  inst->statClass = InstClass::Control;
  inst->a = use(op(0), 32);
  for (int t : function.branchTables[op(1).imm])
    inst->list.push_back(uint32_t(t));
  if (inst->list.empty())
    fail(".branchtargets is empty");
}

void Decoder::call() {
  take(".uni");
  inst->control = Control::Call;
  inst->statClass = InstClass::Control;
  auto known = module.functions.find(s->callee);
  if (known == module.functions.end())
    fail("function '" + s->callee + "' is not declared");
  if (s->callee == "__assertfail") { // the device's assert()
    inst->control = Control::Handler;
    inst->fn = execAssert;
    return;
  }
  const Function &target = known->second;
  if (target.isDeclaration || target.isEntry)
    fail("function '" + s->callee + "' has no body in this module");
  if (target.params.size() != s->callArguments.size() ||
      target.returns.size() != s->callReturns.size())
    fail("call does not match the parameters of '" + s->callee + "'");
  inst->callee = calleeIndex(s->callee, s->line);
  auto copies = [&](const std::vector<Operand> &actual,
                    const std::vector<Variable> &formal) {
    std::vector<CallCopy> list;
    for (size_t i = 0; i < actual.size(); ++i) {
      auto v = actual[i].kind == Operand::Symbol
                   ? function.locals.find(actual[i].symbol)
                   : function.locals.end();
      if (v == function.locals.end() || v->second.space != Space::Param)
        fail("arguments of a call must be .param variables");
      if (function.isEntry && actual[i].symbol.find('@') == std::string::npos)
        fail("kernel parameters cannot be passed on without a copy");
      if (v->second.size != formal[i].size)
        fail("argument " + std::to_string(i) + " of '" + s->callee +
             "' has another size");
      list.push_back({uint32_t(v->second.offset), uint32_t(formal[i].offset),
                      uint32_t(formal[i].size)});
    }
    return list;
  };
  int pc = int(f.code.size()) - 1;
  f.argumentCopies[pc] = copies(s->callArguments, target.params);
  f.returnCopies[pc] = copies(s->callReturns, target.returns);
}

void Decoder::ret() {
  take(".uni");
  inst->control = function.isEntry ? Control::Exit : Control::Return;
  inst->statClass = InstClass::Control;
}

void Decoder::exitOp() {
  inst->control = Control::Exit;
  inst->statClass = InstClass::Control;
}

void Decoder::trap() {
  inst->fn = execTrap;
  inst->statClass = InstClass::Control;
}

void Decoder::nop() {
  inst->fn = execNop;
  inst->statClass = InstClass::Control;
}

void Decoder::nanosleep() {
  takeType();
  operands(1, 1);
  use(op(0), 32);
  inst->control = Control::Poll;
  inst->fn = execNanosleep;
  inst->statClass = InstClass::Control;
}

} // namespace ptxemu
