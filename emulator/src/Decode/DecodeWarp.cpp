//===- DecodeWarp.cpp - Warp operations, barriers and tensor cores --------===//
#include "Decode/Decoder.h"
#include "Exec/Handlers.h"
#include "Exec/MatrixShapes.h"

#include <algorithm>

namespace ptxemu {

/// shfl.sync.mode.b32 d{|p}, a, b, c, membermask;
void Decoder::shfl() {
  inst->statClass = InstClass::WarpOp;
  if (!take(".sync"))
    fail("'shfl' without .sync does not exist on sm_70 and later");
  std::string mode = takeAny({".up", ".down", ".bfly", ".idx"});
  if (takeType() != "b32" || mode.empty())
    fail("unsupported form of 'shfl'");
  operands(5, 5);
  inst->control = Control::Collective;
  inst->fn = execShfl;
  inst->members = Members::Operand;
  inst->mode[0] = mode == "up"     ? 0
                  : mode == "down" ? 1
                  : mode == "bfly" ? 2
                                   : 3;
  inst->a = use(op(1), 32);
  inst->b = use(op(2), 32);
  inst->c = use(op(3), 32);
  inst->membersMask = use(op(4), 32);
  inst->d = def(op(0), 32);
  inst->list = {op(0).second.empty() ? sink(1) : def(op(0).second[0], 1)};
}

void Decoder::vote() {
  inst->statClass = InstClass::WarpOp;
  if (!take(".sync"))
    fail("'vote' without .sync does not exist on sm_70 and later");
  std::string mode = takeAny({".all", ".any", ".uni", ".ballot"});
  std::string t = takeType();
  operands(3, 3);
  inst->control = Control::Collective;
  inst->fn = execVote;
  inst->members = Members::Operand;
  inst->mode[0] = mode == "all" ? 0 : mode == "any" ? 1 : mode == "uni" ? 2 : 3;
  if (mode.empty() || (mode == "ballot") != (t == "b32"))
    fail("unsupported form of 'vote'");
  inst->mode[1] = op(1).negated;
  inst->a = use(op(1), 1);
  inst->membersMask = use(op(2), 32);
  inst->d = def(op(0), mode == "ballot" ? 32 : 1);
}

void Decoder::match() {
  inst->statClass = InstClass::WarpOp;
  bool all = take(".all"), any = take(".any");
  if (!take(".sync") || all == any)
    fail("unsupported form of 'match'");
  unsigned bits = typeBits(takeType());
  operands(3, 3);
  inst->control = Control::Collective;
  inst->fn = execMatch;
  inst->members = Members::Operand;
  inst->mode[0] = all;
  inst->mode[1] = bits == 64;
  inst->a = use(op(1), bits);
  inst->membersMask = use(op(2), 32);
  inst->d = def(op(0), 32);
  inst->list = {op(0).second.empty() ? sink(1) : def(op(0).second[0], 1)};
}

void Decoder::redux() {
  inst->statClass = InstClass::WarpOp;
  std::string operation =
      takeAny({".add", ".min", ".max", ".and", ".or", ".xor"});
  if (!take(".sync") || operation.empty())
    fail("unsupported form of 'redux'");
  std::string t = takeType();
  operands(3, 3);
  if (typeBits(t) != 32 || t == "f32")
    fail("unsupported type of 'redux'");
  inst->control = Control::Collective;
  inst->fn = execRedux;
  inst->members = Members::Operand;
  static const char *names[] = {"add", "min", "max", "and", "or", "xor"};
  for (uint8_t i = 0; i < 6; ++i)
    if (operation == names[i])
      inst->mode[0] = i;
  inst->mode[1] = isSignedType(t);
  inst->a = use(op(1), 32);
  inst->membersMask = use(op(2), 32);
  inst->d = def(op(0), 32);
}

void Decoder::elect() {
  inst->statClass = InstClass::WarpOp;
  if (!take(".sync"))
    fail("unsupported form of 'elect'");
  operands(2, 2);
  inst->control = Control::Collective;
  inst->fn = execElect;
  inst->members = Members::Operand;
  inst->membersMask = use(op(1), 32);
  inst->d = def(op(0), 32);
  inst->list = {op(0).second.empty() ? sink(1) : def(op(0).second[0], 1)};
}

void Decoder::activemask() {
  inst->statClass = InstClass::WarpOp;
  takeType();
  operands(1, 1);
  inst->fn = execActiveMask;
  inst->d = def(op(0), 32);
}

/// bar{.cta}.sync/arrive/red, barrier{.cta}.*{.aligned}, bar.warp.sync,
/// barrier.cluster.*
void Decoder::barrier() {
  inst->statClass = InstClass::Barrier;
  if (take(".cluster")) {
    barrierCluster();
    return;
  }
  if (take(".warp")) {
    if (!take(".sync"))
      fail("unknown form of 'bar.warp'");
    operands(1, 1);
    inst->control = Control::Collective;
    inst->members = Members::Operand;
    inst->fn = execWarpSync;
    inst->membersMask = use(op(0), 32);
    return;
  }
  take(".cta");
  bool aligned = s->opcode == "bar" || take(".aligned");
  take(".aligned");
  inst->control = Control::Barrier;
  inst->mode[0] = aligned;
  if (take(".sync") || take(".arrive")) {
    inst->mode[1] =
        s->modifiers.end() !=
        std::find(s->modifiers.begin(), s->modifiers.end(), ".arrive");
    operands(inst->mode[1] ? 2 : 1, 2);
    inst->a = use(op(0), 32);
    if (s->operands.size() > 1) {
      inst->b = use(op(1), 32);
      inst->mode[2] = 1;
    }
    return;
  }
  if (!take(".red"))
    fail("unknown form of '" + s->opcode + "'");
  std::string operation = takeAny({".popc", ".and", ".or"});
  takeType();
  operands(3, 4);
  bool counted = s->operands.size() == 4;
  inst->mode[3] = operation == "popc" ? 1 : operation == "and" ? 2 : 3;
  if (operation.empty())
    fail("unknown form of 'bar.red'");
  inst->a = use(op(1), 32);
  if (counted) {
    inst->b = use(op(2), 32);
    inst->mode[2] = 1;
  }
  const Operand &predicate = s->operands.back();
  inst->mode[4] = predicate.negated;
  inst->c = use(predicate, 1);
  inst->d = def(op(0), operation == "popc" ? 32 : 1);
}

void Decoder::barrierCluster() {
  operands(0, 0);
  bool arrive = take(".arrive");
  if (!arrive && !take(".wait"))
    fail("unknown form of 'barrier.cluster'");
  // Without a qualifier arrive releases and wait acquires.
  inst->mode[0] = take(".relaxed");
  take(".release");
  take(".acquire");
  take(".aligned");
  if (arrive)
    inst->fn = execClusterArrive;
  else
    inst->control = Control::ClusterWait;
}

void Decoder::ldmatrix() {
  inst->statClass = InstClass::Memory;
  operands(2, 2);
  if (!take(".sync") || !take(".aligned") || !take(".m8n8"))
    fail("unsupported form of 'ldmatrix'");
  unsigned count = take(".x1") ? 1 : take(".x2") ? 2 : take(".x4") ? 4 : 0;
  inst->mode[1] = take(".trans");
  Space space = takeSpace();
  if (takeType() != "b16" || !count)
    fail("unsupported form of 'ldmatrix'");
  inst->control = Control::Collective;
  inst->members = Members::All;
  inst->fn = execLdmatrix;
  inst->vec = uint8_t(count);
  useAddress(op(1), space, &Inst::a, &Inst::offset, 0);
  defList(op(0), 32, count);
}

void Decoder::stmatrix() {
  inst->statClass = InstClass::Memory;
  operands(2, 2);
  if (!take(".sync") || !take(".aligned") || !take(".m8n8"))
    fail("unsupported form of 'stmatrix'");
  unsigned count = take(".x1") ? 1 : take(".x2") ? 2 : take(".x4") ? 4 : 0;
  inst->mode[1] = take(".trans");
  Space space = takeSpace();
  if (takeType() != "b16" || !count)
    fail("unsupported form of 'stmatrix'");
  inst->control = Control::Collective;
  inst->members = Members::All;
  inst->fn = execStmatrix;
  inst->vec = uint8_t(count);
  useAddress(op(0), space, &Inst::a, &Inst::offset, 0);
  useList(op(1), 32, count);
}

void Decoder::movmatrix() {
  inst->statClass = InstClass::WarpOp;
  operands(2, 2);
  if (!take(".sync") || !take(".aligned") || !take(".m8n8") ||
      !take(".trans") || takeType() != "b16")
    fail("unsupported form of 'movmatrix'");
  inst->control = Control::Collective;
  inst->members = Members::All;
  inst->fn = execMovmatrix;
  inst->a = use(op(1), 32);
  inst->d = def(op(0), 32);
}

/// mma.sync.aligned.shape.row.col{.satfinite}.dtype.atype.btype.ctype
void Decoder::mma() {
  inst->statClass = InstClass::Matrix;
  operands(4, 4);
  if (!take(".sync") || !take(".aligned"))
    fail("unsupported form of 'mma'");
  std::string shape =
      takeAny({".m16n8k4", ".m16n8k8", ".m16n8k16", ".m16n8k32", ".m8n8k4"});
  if (shape.empty() || !take(".row") || !take(".col"))
    fail("unsupported shape or layout of 'mma'");
  inst->mode[3] = take(".satfinite");
  std::string d = takeType(), a = takeType(), b = takeType(), c = takeType();
  const MmaShape *found = findMma(shape, d, a, b, c);
  if (!found)
    fail("unsupported types of 'mma." + shape + "'");
  inst->control = Control::Collective;
  inst->members = Members::All;
  inst->fn = found->handler;
  inst->imm = uint32_t(found - mmaShapes());
  unsigned width = a == "f64" ? 64 : 32;
  useList(op(1), width, found->aRegs);
  useList(op(2), width, found->bRegs);
  useList(op(3), width, found->cRegs);
  defList(op(0), width, found->cRegs);
}

/// wmma.load/store/mma: the fragments are opaque, so any layout that the
/// three agree on will do; the emulator's is that of mma.m16n8k16 pairs.
void Decoder::wmma() {
  inst->statClass = InstClass::Matrix;
  bool isLoad = take(".load"), isStore = take(".store");
  std::string role = isLoad    ? takeAny({".a", ".b", ".c"})
                     : isStore ? takeAny({".d"})
                               : takeAny({".mma"});
  if (role.empty() || !take(".sync") || !take(".aligned"))
    fail("unsupported form of 'wmma'");
  inst->control = Control::Collective;
  inst->members = Members::All;
  if (role == "mma") {
    bool aRow = take(".row"), aCol = !aRow && take(".col");
    bool bCol = take(".col"), bRow = !bCol && take(".row");
    (void)aCol; // fragments hold elements, whatever the layout in memory was
    (void)bRow;
    std::string shape = takeAny({".m16n16k16", ".m32n8k16", ".m8n32k16"});
    std::string d = takeType(), a = "f16", c;
    if (hasType())
      c = takeType();
    if (hasType()) { // d.a.b.c
      a = c;
      takeType();
      c = takeType();
    }
    inst->mode[3] = take(".satfinite");
    inst->fn = findWmma(shape, d, a, c, inst->mode);
    if (!inst->fn)
      fail("unsupported shape or types of 'wmma'");
    operands(4, 4);
    size_t sizes[4] = {op(1).elements.size(), op(2).elements.size(),
                       op(3).elements.size(), op(0).elements.size()};
    if (!wmmaSizesFit(shape, d, a, c, sizes))
      fail("fragments of 'wmma' have the wrong number of registers");
    for (size_t i = 1; i < 4; ++i)
      useList(op(i), 32, op(i).elements.size());
    defList(op(0), 32, op(0).elements.size());
    return;
  }
  std::string layout = takeAny({".row", ".col"});
  std::string shape = takeAny({".m16n16k16", ".m32n8k16", ".m8n32k16"});
  Space space = takeSpace();
  std::string t = takeType();
  size_t stride = 2;
  operands(2, 3);
  const Operand &fragment = isLoad ? op(0) : op(1);
  if (fragment.kind != Operand::Vector ||
      !wmmaAccess(shape, role, t, fragment.elements.size(), inst->mode) ||
      layout.empty())
    fail("unsupported shape or type of 'wmma." +
         std::string(isLoad ? "load" : "store") + "'");
  inst->mode[1] = layout == "col";
  useAddress(isLoad ? op(1) : op(0), space, &Inst::a, &Inst::offset, 0);
  if (s->operands.size() == 3)
    inst->b = use(op(stride), 32);
  else
    inst->b = constant(0, 32);
  inst->imm2 = s->operands.size() == 3;
  inst->fn = isLoad ? execWmmaLoad : execWmmaStore;
  if (isLoad)
    defList(fragment, 32, fragment.elements.size());
  else
    useList(fragment, 32, fragment.elements.size());
}

/// membar.*, fence{.sc|.acq_rel}.scope, fence.proxy.*, fence.mbarrier_init.
void Decoder::fence() {
  inst->statClass = InstClass::Barrier;
  inst->fn = execFence;
  if (take(".proxy")) {
    if (take(".async") || take(".async.global")) {
      takeSpace();
      inst->mode[0] = fenceProxyAsync;
    } else if (take(".async::generic")) {
      take(".acquire");
      take(".release");
      take(".sync_restrict::shared::cta");
      take(".sync_restrict::shared::cluster");
      take(".cluster");
      inst->mode[0] = fenceProxyAsync;
    } else if (take(".tensormap") || take(".tensormap::generic")) {
      take(".acquire");
      take(".release");
      takeAny({".cta", ".gpu", ".sys", ".cluster"});
      inst->mode[0] = fenceProxyTensormap;
    } else if (take(".alias")) {
      inst->mode[0] = fenceMemory;
    } else {
      fail("unknown proxy of 'fence'");
    }
    for (const Operand &o : s->operands)
      if (o.kind == Operand::Address)
        address(o, Space::Generic);
    return;
  }
  if (take(".mbarrier_init")) {
    take(".release");
    take(".cluster");
    inst->mode[0] = fenceMbarrierInit;
    return;
  }
  takeAny({".sc", ".acq_rel", ".acquire", ".release"});
  std::string scope = takeAny({".cta", ".cluster", ".gpu", ".sys", ".gl"});
  if (scope.empty())
    fail("'" + s->opcode + "' needs a scope");
  operands(0, 0);
  inst->mode[0] =
      scope == "cta" || scope == "cluster" ? fenceMemory : fenceGlobal;
}

void Decoder::setmaxnreg() {
  inst->statClass = InstClass::Control;
  if (takeAny({".inc", ".dec"}).empty() || !take(".sync") || !take(".aligned"))
    fail("unsupported form of 'setmaxnreg'");
  takeType();
  operands(1, 1);
  uint64_t count = immediate(op(0));
  if (count < 24 || count > 256 || count % 8)
    fail("'setmaxnreg' takes a multiple of 8 from 24 to 256");
  inst->control = Control::Collective;
  inst->members = Members::All;
  inst->fn = execNop;
}

} // namespace ptxemu
