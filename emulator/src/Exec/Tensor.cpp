//===- Tensor.cpp - Bulk tensor copies (TMA) ------------------------------===//
#include "Exec/Tensor.h"

#include "Exec/Machine.h"

#include <cstring>

namespace ptxemu {

unsigned tensorTypeBytes(TensorType t) {
  switch (t) {
  case TensorType::U8:
    return 1;
  case TensorType::U16:
  case TensorType::F16:
  case TensorType::BF16:
    return 2;
  case TensorType::U64:
  case TensorType::S64:
  case TensorType::F64:
    return 8;
  default:
    return 4;
  }
}

/// The swizzle XORs address bits [4, 4 + b) with bits [7, 7 + b).
uint32_t swizzleOffset(uint32_t offset, unsigned bits) {
  return offset ^ ((offset >> 7 & ((1u << bits) - 1)) << 4);
}

bool encodeTensorMap(const TensorMapConfig &c, TensorMap &map,
                     std::string &error) {
  unsigned element = tensorTypeBytes(c.type);
  auto fail = [&](const std::string &why) {
    error = why;
    return false;
  };
  if (c.rank < 1 || c.rank > 5)
    return fail("a tensor map has rank 1 to 5, not " + std::to_string(c.rank));
  if (c.address % 16)
    return fail("the tensor's address must be a multiple of 16");
  TensorMapBits bits = {};
  bits.magic = tensorMapMagic;
  bits.address = c.address;
  uint64_t inner = 0;
  for (unsigned i = 0; i < c.rank; ++i) {
    std::string at = "[" + std::to_string(i) + "]";
    if (c.extent[i] == 0 || c.extent[i] > (uint64_t(1) << 32))
      return fail("extent" + at + " must be from 1 to 2^32");
    if (c.box[i] == 0 || c.box[i] > 256)
      return fail("box" + at + " must be from 1 to 256, not " +
                  std::to_string(c.box[i]));
    if (c.elementStride[i] == 0 || c.elementStride[i] > 8)
      return fail("elementStride" + at + " must be from 1 to 8");
    if (i && (c.stride[i] % 16 || c.stride[i] >= (uint64_t(1) << 36)))
      return fail("stride" + at + " must be a multiple of 16 bytes below 2^36");
    bits.extent[i] = c.extent[i];
    bits.box[i] = uint16_t(c.box[i]);
    bits.elementStride[i] = uint8_t(c.elementStride[i]);
    bits.strideUnits[i] = i ? uint32_t(c.stride[i] / 16) : 0;
  }
  inner = uint64_t(c.box[0]) * element;
  if (inner % 16)
    return fail("the box's inner extent must be a multiple of 16 bytes, not " +
                std::to_string(inner));
  uint64_t span = c.swizzle == Swizzle::Bytes32    ? 32
                  : c.swizzle == Swizzle::Bytes64  ? 64
                  : c.swizzle == Swizzle::Bytes128 ? 128
                                                   : ~uint64_t(0);
  if (inner > span)
    return fail("the box's inner extent has " + std::to_string(inner) +
                " bytes, more than the swizzle's " + std::to_string(span));
  bits.type = uint8_t(c.type);
  bits.rank = uint8_t(c.rank);
  bits.swizzle = uint8_t(c.swizzle);
  bits.fillNan = c.fillNan;
  std::memset(map.bytes, 0, sizeof(map.bytes));
  std::memcpy(map.bytes, &bits, sizeof(bits));
  return true;
}

namespace {

/// The elements of a box: where each lies in global memory and in the box.
struct BoxElement {
  uint64_t address; ///< 0 outside of the tensor
  uint32_t offset;
};

bool readMap(Warp &w, const Inst &inst, int lane, TensorMapBits &map) {
  uint64_t address =
      inst.mode[1] // the parameter itself
          ? paramWindow + uint64_t(inst.offset2)
          : w.reg<uint64_t>(inst.b)[lane] + uint64_t(inst.offset2);
  const uint8_t *p;
  if (address >> windowShift == 3) {
    uint64_t offset = address & ((uint64_t(1) << windowShift) - 1);
    if (offset + 128 > w.launch->params.size()) {
      report(w, &inst, lane, ReportKind::OutOfBounds, address,
             "tensor map outside of the kernel's parameters");
      return false;
    }
    p = w.launch->params.data() + offset;
  } else {
    p = globalPointer(w, inst, lane, address, 128, false);
    if (!p)
      return false;
  }
  if (address % 64) {
    report(w, &inst, lane, ReportKind::Misaligned, address,
           "a tensor map is aligned to 64 bytes");
    return false;
  }
  std::memcpy(&map, p, sizeof(map));
  if (map.magic != tensorMapMagic || map.rank != inst.vec) {
    report(w, &inst, lane, ReportKind::InvalidOperation, address,
           map.magic != tensorMapMagic
               ? "the tensor map was not made by encodeTensorMap"
               : "the tensor map has rank " + std::to_string(map.rank) +
                     ", the instruction " + std::to_string(inst.vec));
    return false;
  }
  return true;
}

std::vector<BoxElement> boxElements(Warp &w, const Inst &inst, int lane,
                                    const TensorMapBits &map) {
  unsigned element = tensorTypeBytes(TensorType(map.type));
  int64_t start[5] = {};
  uint32_t counts[5] = {1, 1, 1, 1, 1};
  uint64_t total = 1;
  for (unsigned i = 0; i < map.rank; ++i) {
    start[i] = int32_t(w.reg<uint32_t>(inst.list[i])[lane]);
    counts[i] = (map.box[i] + map.elementStride[i] - 1u) / map.elementStride[i];
    total *= counts[i];
  }
  std::vector<BoxElement> elements;
  elements.reserve(total);
  uint32_t index[5] = {};
  for (uint64_t n = 0; n < total; ++n) {
    bool inside = true;
    uint64_t address = map.address;
    for (unsigned i = 0; i < map.rank; ++i) {
      int64_t at = start[i] + int64_t(index[i]) * map.elementStride[i];
      inside &= at >= 0 && uint64_t(at) < map.extent[i];
      address += uint64_t(at) *
                 (i ? uint64_t(map.strideUnits[i]) * 16 : uint64_t(element));
    }
    elements.push_back({inside ? address : 0, uint32_t(n * element)});
    for (unsigned i = 0; i < map.rank && ++index[i] == counts[i]; ++i)
      index[i] = 0;
  }
  return elements;
}

unsigned swizzleBits(const TensorMapBits &map) { return map.swizzle; }

/// Global runs of a box, checked against memory; false when one is outside.
bool checkGlobal(Warp &w, const Inst &inst, int lane,
                 const std::vector<BoxElement> &elements, unsigned bytes,
                 bool write, GlobalShadow::Access kind) {
  for (size_t i = 0; i < elements.size();) {
    if (!elements[i].address) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < elements.size() &&
           elements[end].address == elements[end - 1].address + bytes)
      ++end;
    uint32_t run = uint32_t((end - i) * bytes);
    if (!globalPointer(w, inst, lane, elements[i].address, run, write))
      return false;
    if (w.launch->globalShadow)
      w.launch->globalShadow->access(w, inst, lane, elements[i].address, run,
                                     kind);
    if (Counters *s = counted.current)
      (write ? s->globalBytesWritten : s->globalBytesRead) += run;
    i = end;
  }
  return true;
}

bool checkShared(Warp &w, const Inst &inst, int lane, Cta *owner,
                 uint32_t offset, uint32_t bytes, unsigned swizzle) {
  // A swizzled box starts on a boundary of its pattern.
  uint32_t align = swizzle ? 128u << swizzle : 128u;
  if (offset % 128) {
    report(w, &inst, lane, ReportKind::Misaligned, offset,
           "a tensor copy's shared address must be a multiple of 128");
    return false;
  }
  if (offset % align)
    report(w, &inst, lane, ReportKind::Misaligned, offset,
           "the swizzle pattern repeats every " + std::to_string(align) +
               " bytes; a box there should start on a multiple of it");
  if (!owner || offset < sharedBase || offset > owner->sharedEnd ||
      bytes > owner->sharedEnd - offset) {
    report(w, &inst, lane, ReportKind::OutOfBounds, offset,
           "tensor box of " + std::to_string(bytes) +
               " bytes at shared address " + hex(offset) + " of " +
               hex(w.cta->sharedEnd));
    return false;
  }
  return true;
}

void tensorLoad(Warp &w, const Inst &inst, int lane) {
  TensorMapBits map;
  if (!readMap(w, inst, lane, map))
    return;
  unsigned element = tensorTypeBytes(TensorType(map.type));
  std::vector<BoxElement> elements = boxElements(w, inst, lane, map);
  uint32_t bytes = uint32_t(elements.size()) * element, offset;
  uint64_t to = laneAddress(w, inst.a, inst.offset, inst.mode[2], lane);
  Cta *owner = sharedOwner(w, to, offset);
  if (!checkShared(w, inst, lane, owner, offset, bytes, swizzleBits(map)) ||
      !checkGlobal(w, inst, lane, elements, element, false, GlobalShadow::Read))
    return;
  uint64_t barAddress =
      w.value(inst.list[map.rank], inst.mode[4], lane) + inst.imm2;
  const auto &ctas = w.cta->cluster->ctas;
  std::vector<Cta *> targets{owner};
  if (inst.mode[3]) {
    targets.clear();
    uint32_t mask = w.reg<uint32_t>(inst.list[map.rank + 1u])[lane] & 0xffff;
    for (size_t r = 0; r < ctas.size(); ++r)
      if (mask >> r & 1)
        targets.push_back(ctas[r].get());
  }
  // A NaN of the element type fills what is outside, when asked for.
  uint64_t fill = 0;
  if (map.fillNan)
    fill = element == 8                               ? 0x7ff8000000000000ull
           : element == 4                             ? 0x7fc00000u
           : TensorType(map.type) == TensorType::BF16 ? 0x7fc0u
                                                      : 0x7e00u;
  ClusterSanitizer *san = w.cta->cluster->sanitizer.get();
  unsigned swizzle = swizzleBits(map);
  for (Cta *target : targets) {
    uint64_t barHere = barAddress;
    if (inst.mode[3])
      barHere = (barAddress & ((1u << clusterRankShift) - 1)) |
                uint64_t(target->rank + 1) << clusterRankShift;
    Cta *barOwner;
    Mbarrier *bar = findMbarrier(w, inst, lane, barHere, &barOwner);
    if (!bar)
      continue;
    if (san && !bar->fenced)
      report(w, &inst, lane, ReportKind::MissingProxyFence, barAddress,
             "mbarrier initialised without fence.mbarrier_init or "
             "fence.proxy.async before the async proxy uses it");
    int op = -1;
    if (san) {
      op = san->begin(AsyncOp::BulkWrite, inst.source);
      target->shadow->asyncWrite(w, inst, lane, offset, bytes, op);
    }
    uint32_t barOffset = uint32_t(barHere) & ((1u << clusterRankShift) - 1);
    PendingCopy copy;
    copy.apply = [=]() {
      uint8_t *shared = target->shared.data();
      for (const BoxElement &e : elements) {
        uint8_t *d = shared + swizzleOffset(offset + e.offset, swizzle);
        if (e.address)
          std::memcpy(d, reinterpret_cast<const uint8_t *>(e.address), element);
        else
          std::memcpy(d, &fill, element);
      }
      auto it = barOwner->mbarriers.find(barOffset);
      if (it == barOwner->mbarriers.end())
        return;
      if (san)
        san->finish(op, WarpTag::make(it->second.phase + 1,
                                      uint32_t(it->second.agent), 0,
                                      WarpTag::Generic));
      mbarrierComplete(*barOwner, it->second, bytes);
    };
    queueAsync(w, std::move(copy));
  }
  if (san)
    w.clock.tick();
}

AtomicType reductionType(TensorType t, AtomicOp op) {
  bool bitwise =
      op == AtomicOp::And || op == AtomicOp::Or || op == AtomicOp::Xor;
  switch (t) {
  case TensorType::U32:
    return AtomicType::U32;
  case TensorType::S32:
    return AtomicType::S32;
  case TensorType::U64:
    return AtomicType::U64;
  case TensorType::S64:
    return AtomicType::S64;
  case TensorType::F16:
    return bitwise ? AtomicType::None : AtomicType::F16;
  case TensorType::BF16:
    return bitwise ? AtomicType::None : AtomicType::BF16;
  case TensorType::F32:
    return op == AtomicOp::Add ? AtomicType::F32 : AtomicType::None;
  case TensorType::F64:
    return op == AtomicOp::Add ? AtomicType::F64 : AtomicType::None;
  default:
    return AtomicType::None;
  }
}

void tensorStore(Warp &w, const Inst &inst, int lane) {
  TensorMapBits map;
  if (!readMap(w, inst, lane, map))
    return;
  unsigned element = tensorTypeBytes(TensorType(map.type));
  std::vector<BoxElement> elements = boxElements(w, inst, lane, map);
  uint32_t bytes = uint32_t(elements.size()) * element, offset;
  uint64_t from = laneAddress(w, inst.a, inst.offset, inst.mode[2], lane);
  Cta *owner = sharedOwner(w, from, offset);
  bool reduce = inst.mode[5] != 255;
  AtomicOp op = AtomicOp(inst.mode[5]);
  AtomicType type =
      reduce ? reductionType(TensorType(map.type), op) : AtomicType::None;
  if (reduce && type == AtomicType::None) {
    report(w, &inst, lane, ReportKind::InvalidOperation, 0,
           "the tensor's type has no such reduction");
    return;
  }
  if (!checkShared(w, inst, lane, owner, offset, bytes, swizzleBits(map)) ||
      !checkGlobal(w, inst, lane, elements, element, true,
                   reduce ? GlobalShadow::Atomic : GlobalShadow::Write))
    return;
  unsigned swizzle = swizzleBits(map);
  queueBulkStore(w, inst, lane, owner, {{offset, bytes}},
                 [=](const std::vector<uint8_t> &data) {
                   for (const BoxElement &e : elements) {
                     if (!e.address)
                       continue;
                     const uint8_t *s =
                         data.data() +
                         (swizzleOffset(offset + e.offset, swizzle) - offset);
                     uint8_t *d = reinterpret_cast<uint8_t *>(e.address);
                     if (reduce)
                       reduceBytes(d, s, element, op, type);
                     else
                       std::memcpy(d, s, element);
                   }
                 });
}

} // namespace

void execTensorLoad(Warp &w, const Inst &inst, uint32_t mask) {
  for (int l = 0; l < 32; ++l)
    if (mask >> l & 1)
      tensorLoad(w, inst, l);
}

void execTensorStore(Warp &w, const Inst &inst, uint32_t mask) {
  for (int l = 0; l < 32; ++l)
    if (mask >> l & 1)
      tensorStore(w, inst, l);
}

} // namespace ptxemu
