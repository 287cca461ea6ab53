//===- DecodeAsync.cpp - Copies, mbarriers and wgmma ----------------------===//
#include "Decode/Decoder.h"
#include "Exec/Handlers.h"
#include "Exec/MatrixShapes.h"

#include <cstdio>

namespace ptxemu {

void Decoder::cp() {
  inst->statClass = InstClass::Async;
  bool reduce = take(".reduce");
  if (!take(".async"))
    fail("unknown form of 'cp'");
  if (take(".bulk")) {
    inst->mode[0] = reduce;
    cpBulk();
  } else if (reduce) {
    fail("unknown form of 'cp.reduce'");
  } else {
    cpAsync();
  }
}

void Decoder::cpAsync() {
  if (take(".commit_group")) {
    operands(0, 0);
    inst->fn = execCpCommit;
    return;
  }
  if (take(".wait_all")) {
    operands(0, 0);
    inst->fn = execCpWait;
    inst->imm2 = 1;
    return;
  }
  if (take(".wait_group")) {
    operands(1, 1);
    inst->fn = execCpWait;
    inst->imm = uint32_t(immediate(op(0)));
    return;
  }
  if (take(".mbarrier")) {
    if (!take(".arrive"))
      fail("unknown form of 'cp.async.mbarrier'");
    inst->mode[1] = take(".noinc");
    Space space = takeSpace();
    takeType();
    operands(1, 1);
    useAddress(op(0), space, &Inst::a, &Inst::offset, 0);
    inst->fn = execCpMbarrierArrive;
    return;
  }
  takeAny({".ca", ".cg"});
  if (!(take(".shared") || take(".shared::cta")) || !take(".global"))
    fail("cp.async copies from .global to .shared");
  bool policy = take(".L2::cache_hint");
  takeAny({".L2::64B", ".L2::128B", ".L2::256B"});
  operands(3, policy ? 5 : 4);
  inst->fn = execCpAsync;
  useAddress(op(1), Space::Global, &Inst::b, &Inst::offset2, 2);
  useAddress(op(0), Space::Shared, &Inst::a, &Inst::offset, 1);
  inst->imm = uint32_t(immediate(op(2)));
  if (inst->imm != 4 && inst->imm != 8 && inst->imm != 16)
    fail("cp.async copies 4, 8 or 16 bytes");
  size_t rest = s->operands.size() - (policy ? 1 : 0);
  if (policy)
    use(s->operands.back(), 64);
  inst->c = constant(inst->imm, 32);
  if (rest == 4 && op(3).kind == Operand::Reg && bits(op(3)) == 1) {
    inst->list = {use(op(3), 1)}; // ignore-src
    inst->mode[3] = op(3).negated ? 2 : 1;
  } else if (rest == 4) {
    inst->c = use(op(3), 32);
  }
}

void Decoder::cpBulk() {
  bool reduce = inst->mode[0];
  if (take(".commit_group")) {
    operands(0, 0);
    inst->fn = execBulkCommit;
    return;
  }
  if (take(".wait_group")) {
    operands(1, 1);
    inst->mode[1] = take(".read");
    inst->imm = uint32_t(immediate(op(0)));
    inst->fn = execBulkWait;
    return;
  }
  bool prefetch = take(".prefetch");
  if (take(".tensor")) {
    inst->mode[1] = prefetch;
    cpBulkTensor();
    return;
  }
  if (prefetch) {
    take(".L2");
    take(".global");
    take(".L2::cache_hint");
    operands(2, 3);
    address(op(0), Space::Global);
    use(op(1), 32);
    inst->fn = execNop;
    return;
  }
  // Destination space first, then source.
  size_t found = 0;
  Space spaces[2] = {Space::Generic, Space::Generic};
  bool toCluster = false;
  for (size_t i = 0; i < s->modifiers.size() && found < 2; ++i) {
    const std::string &m = s->modifiers[i];
    if (used[i] || (m != ".global" && m != ".shared::cluster" &&
                    m != ".shared::cta" && m != ".shared"))
      continue;
    used[i] = 1;
    toCluster |= found == 0 && m == ".shared::cluster";
    spaces[found++] = m == ".global" ? Space::Global : Space::Shared;
  }
  if (found < 2 || (spaces[0] == Space::Global && spaces[1] == Space::Global))
    fail("unsupported spaces of a bulk copy");
  inst->cluster = toCluster;
  bool byMbarrier = take(".mbarrier::complete_tx::bytes");
  bool byGroup = take(".bulk_group");
  if (byMbarrier == byGroup || byGroup != (spaces[0] == Space::Global))
    fail("a bulk copy to shared completes on an mbarrier, one to global in a "
         "bulk_group");
  bool multicast = take(".multicast::cluster");
  bool policy = take(".L2::cache_hint");
  inst->mode[3] = 0;
  inst->mode[5] = uint8_t(AtomicType::None);
  if (reduce) {
    static const std::pair<const char *, AtomicOp> ops[] = {
        {".add", AtomicOp::Add}, {".min", AtomicOp::Min},
        {".max", AtomicOp::Max}, {".and", AtomicOp::And},
        {".or", AtomicOp::Or},   {".xor", AtomicOp::Xor},
        {".inc", AtomicOp::Inc}, {".dec", AtomicOp::Dec}};
    int operation = -1;
    for (auto &[name, value] : ops)
      if (take(name))
        operation = int(value);
    take(".noftz");
    AtomicType type = atomicType(takeType());
    if (operation < 0 || type == AtomicType::None ||
        !atomicSupported(AtomicOp(operation), type))
      fail("unsupported reduction");
    inst->mode[4] = uint8_t(operation);
    inst->mode[5] = uint8_t(type);
  }
  size_t count =
      3 + (byMbarrier ? 1 : 0) + (multicast ? 1 : 0) + (policy ? 1 : 0);
  operands(count, count);
  // a: destination, b: source, c: size; list: mbarrier, multicast mask.
  useAddress(op(1), spaces[1], &Inst::b, &Inst::offset2, 2);
  bool sourceWide = inst->mode[2] & 1;
  useAddress(op(0), spaces[0], &Inst::a, &Inst::offset, 1);
  inst->mode[2] = uint8_t(sourceWide);
  inst->mode[1] &= 1;
  inst->c = use(op(2), 32);
  inst->imm = spaces[0] == Space::Global   ? bulkSharedToGlobal
              : spaces[1] == Space::Global ? bulkGlobalToShared
                                           : bulkSharedToShared;
  if (byMbarrier) {
    Address bar = address(op(3), Space::Shared);
    inst->list = {bar.reg};
    inst->listBytes = {uint8_t(bar.is64 ? 8 : 4)};
    inst->imm2 = uint32_t(bar.offset);
  }
  if (multicast) {
    inst->list.push_back(use(op(4), 32));
    inst->mode[3] = 1;
  }
  if (policy)
    use(s->operands.back(), 64);
  inst->fn = execBulkCopy;
}

void Decoder::cpBulkTensor() {
  bool reduce = inst->mode[0], prefetch = inst->mode[1];
  static const char *dims[] = {".1d", ".2d", ".3d", ".4d", ".5d"};
  unsigned rank = 0;
  for (unsigned i = 0; i < 5; ++i)
    if (take(dims[i]))
      rank = i + 1;
  if (!rank)
    fail("a tensor copy names its rank (.1d to .5d)");
  if (take(".im2col") || take(".tile::gather4") || take(".tile::scatter4"))
    fail("only .tile tensor copies are supported");
  take(".tile");
  if (prefetch) {
    take(".L2");
    take(".global");
    take(".L2::cache_hint");
    operands(1, 2);
    inst->fn = execNop;
    for (const Operand &e : op(0).elements)
      for (const Operand &c : e.elements)
        use(c, 32);
    address(op(0), Space::Generic);
    return;
  }
  bool byMbarrier = take(".mbarrier::complete_tx::bytes");
  bool multicast = take(".multicast::cluster");
  bool policy = take(".L2::cache_hint");
  bool load = byMbarrier;
  if (load) {
    inst->cluster = take(".shared::cluster");
    if ((!inst->cluster && !take(".shared::cta")) || !take(".global"))
      fail("unsupported spaces of a tensor copy");
  } else {
    take(".bulk_group");
    if (!take(".global") || !(take(".shared::cta") || take(".shared")))
      fail("unsupported spaces of a tensor copy");
  }
  inst->mode[5] = 255;
  if (reduce) {
    static const std::pair<const char *, AtomicOp> ops[] = {
        {".add", AtomicOp::Add}, {".min", AtomicOp::Min},
        {".max", AtomicOp::Max}, {".and", AtomicOp::And},
        {".or", AtomicOp::Or},   {".xor", AtomicOp::Xor},
        {".inc", AtomicOp::Inc}, {".dec", AtomicOp::Dec}};
    for (auto &[name, value] : ops)
      if (take(name))
        inst->mode[5] = uint8_t(value);
    if (inst->mode[5] == 255 || load)
      fail("unsupported tensor reduction");
  }
  size_t count = (load ? 3 : 2) + (multicast ? 1 : 0) + (policy ? 1 : 0);
  operands(count, count);
  const Operand &map = op(load ? 1 : 0), &shared = op(load ? 0 : 1);
  if (map.elements.size() != 1 || map.elements[0].kind != Operand::Vector ||
      map.elements[0].elements.size() != rank)
    fail("a tensor copy of rank " + std::to_string(rank) + " takes " +
         std::to_string(rank) + " coordinates");
  // a: shared address, b: tensor map; list: coordinates, mbarrier, mask.
  Address m = address(map, Space::Generic);
  inst->b = m.reg;
  inst->offset2 = m.offset;
  if (m.space == Space::Param)
    inst->mode[1] = 1;
  useAddress(shared, Space::Shared, &Inst::a, &Inst::offset, 2);
  for (const Operand &c : map.elements[0].elements)
    inst->list.push_back(use(c, 32));
  if (load) {
    Address bar = address(op(2), Space::Shared);
    inst->list.push_back(bar.reg);
    inst->mode[4] = bar.is64;
    inst->imm2 = uint32_t(bar.offset);
  }
  if (multicast)
    inst->list.push_back(use(op(3), 32));
  if (policy)
    use(s->operands.back(), 64);
  inst->mode[3] = multicast;
  inst->vec = uint8_t(rank);
  inst->fn = load ? execTensorLoad : execTensorStore;
}

//===- mbarrier -----------------------------------------------------------===//

void Decoder::mbarrier() {
  inst->statClass = InstClass::Barrier;
  std::string what =
      takeAny({".init", ".inval", ".arrive_drop", ".arrive", ".expect_tx",
               ".complete_tx", ".test_wait", ".try_wait", ".pending_count"});
  bool expect =
      (what == "arrive" || what == "arrive_drop") && take(".expect_tx");
  bool noComplete = take(".noComplete"), parity = take(".parity");
  bool relaxed = take(".relaxed");
  takeAny({".release", ".acquire"});
  takeAny({".cta", ".cluster"});
  Space space = what == "pending_count" ? Space::Generic : takeSpace();
  if (takeType() != "b64")
    fail("an mbarrier has type .b64");
  inst->mode[1] = relaxed;
  auto barrier = [&](size_t i) {
    useAddress(op(i), space, &Inst::a, &Inst::offset, 0);
  };
  if (what == "init") {
    operands(2, 2);
    barrier(0);
    inst->b = use(op(1), 32);
    inst->fn = execMbarrierInit;
  } else if (what == "inval") {
    operands(1, 1);
    barrier(0);
    inst->fn = execMbarrierInval;
  } else if (what == "arrive" || what == "arrive_drop") {
    operands(1, 3);
    size_t at = op(0).kind == Operand::Address ? 0 : 1;
    if (s->operands.size() <= at)
      fail("'mbarrier.arrive' needs an mbarrier");
    barrier(at);
    bool counted = s->operands.size() > at + 1;
    if ((expect || noComplete) && !counted)
      fail("a count is missing");
    inst->b = counted ? use(op(at + 1), 32) : constant(1, 32);
    inst->mode[2] = expect ? 1 : noComplete ? 2 : 0;
    inst->mode[3] = what == "arrive_drop";
    inst->d = at ? def(op(0), 64) : sink(64);
    inst->fn = execMbarrierArrive;
  } else if (what == "expect_tx" || what == "complete_tx") {
    operands(2, 2);
    barrier(0);
    inst->b = use(op(1), 32);
    inst->mode[2] = what == "complete_tx";
    inst->fn = execMbarrierTx;
  } else if (what == "test_wait" || what == "try_wait") {
    operands(3, 4);
    barrier(1);
    inst->mode[2] = parity;
    inst->b = use(op(2), parity ? 32 : 64);
    if (s->operands.size() == 4)
      use(op(3), 32);
    inst->d = def(op(0), 1);
    inst->fn = execMbarrierWait;
    inst->control = Control::Poll;
  } else if (what == "pending_count") {
    operands(2, 2);
    inst->a = use(op(1), 64);
    inst->d = def(op(0), 32);
    inst->fn = execMbarrierPending;
  } else {
    fail("unknown form of 'mbarrier'");
  }
}

/// st.async / red.async: store to a CTA of the cluster, completing there.
void Decoder::stAsync() {
  inst->statClass = InstClass::Async;
  bool isRed = s->opcode == "red";
  take(".weak");
  take(".relaxed");
  take(".cluster");
  inst->cluster = true;
  if (!take(".shared::cluster") || !take(".mbarrier::complete_tx::bytes"))
    fail("'" + s->opcode +
         ".async' writes .shared::cluster and completes on "
         "an mbarrier");
  inst->mode[3] = 255;
  if (isRed) {
    static const std::pair<const char *, AtomicOp> ops[] = {
        {".add", AtomicOp::Add}, {".min", AtomicOp::Min},
        {".max", AtomicOp::Max}, {".and", AtomicOp::And},
        {".or", AtomicOp::Or},   {".xor", AtomicOp::Xor},
        {".inc", AtomicOp::Inc}, {".dec", AtomicOp::Dec}};
    for (auto &[name, value] : ops)
      if (take(name))
        inst->mode[3] = uint8_t(value);
  }
  unsigned vec = take(".v2") ? 2 : take(".v4") ? 4 : 1;
  std::string t = takeType();
  unsigned bits = typeBits(t);
  if (bits < 32)
    fail("unsupported type of '" + s->opcode + ".async'");
  inst->mode[4] = uint8_t(atomicType(t));
  operands(3, 3);
  useAddress(op(0), Space::Shared, &Inst::a, &Inst::offset, 0);
  useList(op(1), bits == 64 ? 64 : 32, vec);
  Address bar = address(op(2), Space::Shared);
  inst->c = bar.reg;
  inst->offset2 = bar.offset;
  inst->mode[5] = bar.is64;
  inst->bytes = uint8_t(bits / 8);
  inst->vec = uint8_t(vec);
  inst->fn = execStAsync;
}

//===- wgmma --------------------------------------------------------------===//

void Decoder::wgmma() {
  inst->statClass = InstClass::Matrix;
  inst->control = Control::Collective;
  inst->members = Members::All;
  std::string what =
      takeAny({".fence", ".commit_group", ".wait_group", ".mma_async"});
  if (!take(".sync") || !take(".aligned"))
    fail("'wgmma' is .sync.aligned");
  if (what == "fence") {
    operands(0, 0);
    inst->fn = execWgmmaFence;
    return;
  }
  if (what == "commit_group") {
    operands(0, 0);
    inst->fn = execWgmmaCommit;
    return;
  }
  if (what == "wait_group") {
    operands(1, 1);
    inst->imm = uint32_t(immediate(op(0)));
    inst->fn = execWgmmaWait;
    return;
  }
  if (what != "mma_async")
    fail("unknown form of 'wgmma'");
  unsigned n = 0, k = 0;
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] && s->modifiers[i].rfind(".m64n", 0) == 0) {
      int consumed = 0;
      const char *text = s->modifiers[i].c_str();
      if (std::sscanf(text, ".m64n%3uk%3u%n", &n, &k, &consumed) == 2 &&
          text[consumed] == 0)
        used[i] = 1;
    }
  if (n < 8 || n > 256 || n % 8)
    fail("'wgmma' has n from 8 to 256 in steps of 8");
  inst->mode[3] = take(".satfinite");
  std::string d = takeType(), a = takeType(), b = takeType();
  unsigned element = typeBytes("." + a);
  MatrixType aType = matrixType(a), bType = matrixType(b),
             dType = matrixType(d);
  bool integers = aType == MatrixType::S8 || aType == MatrixType::U8;
  bool small = aType == MatrixType::E4M3 || aType == MatrixType::E5M2;
  bool bIntegers = bType == MatrixType::S8 || bType == MatrixType::U8;
  bool bSmall = bType == MatrixType::E4M3 || bType == MatrixType::E5M2;
  if (aType == MatrixType::None || aType == MatrixType::F32 ||
      (aType != bType && !(integers && bIntegers) && !(small && bSmall)) ||
      element * k != 32)
    fail("unsupported types of 'wgmma'");
  bool accumulatorFits = integers ? dType == MatrixType::S32
                                  : dType == MatrixType::F32 ||
                                        (dType == MatrixType::F16 &&
                                         (aType == MatrixType::F16 || small));
  if (!accumulatorFits)
    fail("unsupported accumulator of 'wgmma'");
  inst->imm = n | k << 16;
  inst->mode[0] = uint8_t(dType);
  inst->mode[1] = uint8_t(aType);
  inst->mode[2] = uint8_t(bType);
  bool transposable = element == 2;
  // d, a, b, scale-d, scale-a, scale-b, trans-a, trans-b; the scales are of
  // floating-point forms, trans-a only of descriptors.
  bool aInRegisters = op(1).kind == Operand::Vector;
  size_t count =
      4 + (integers ? 0 : 2) + (transposable ? (aInRegisters ? 1 : 2) : 0);
  operands(count, count);
  inst->fn = execWgmma;
  useList(op(0), 32, dType == MatrixType::F16 ? n / 4 : n / 2);
  for (const RegisterUse &u : *uses)
    if (!u.isDef)
      f.wgmmaSlots.push_back(int(u.reg));
  defList(op(0), 32, dType == MatrixType::F16 ? n / 4 : n / 2);
  inst->list.resize(inst->list.size() / 2); // uses and defs are the same
  inst->listBytes.clear();
  inst->mode[4] = aInRegisters;
  if (aInRegisters) {
    size_t before = uses->size();
    useList(op(1), 32, 4);
    for (size_t i = before; i < uses->size(); ++i)
      f.wgmmaSlots.push_back(int((*uses)[i].reg));
  } else {
    inst->a = use(op(1), 64);
  }
  inst->b = use(op(2), 64);
  inst->c = use(op(3), 1);
  inst->mode[5] = op(3).negated;
  auto sign = [&](size_t i) {
    uint64_t v = immediate(op(i));
    if (v != 1 && v != ~uint64_t(0))
      fail("the scales of 'wgmma' are 1 or -1");
    return v == 1 ? 0u : 1u;
  };
  auto transpose = [&](size_t i) {
    uint64_t v = immediate(op(i));
    if (v > 1)
      fail("the transposes of 'wgmma' are 0 or 1");
    return uint32_t(v);
  };
  if (!integers) {
    inst->imm2 |= sign(4) | sign(5) << 1;
    if (transposable && aInRegisters)
      inst->imm2 |= transpose(6) << 3;
    else if (transposable)
      inst->imm2 |= transpose(6) << 2 | transpose(7) << 3;
  }
}

void Decoder::griddepcontrol() {
  inst->statClass = InstClass::Control;
  takeAny({".launch_dependents", ".wait"});
  inst->fn = execNop; // kernels run one after the other
}

} // namespace ptxemu
