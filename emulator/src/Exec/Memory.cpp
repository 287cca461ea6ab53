//===- Memory.cpp - Loads, stores and address spaces ----------------------===//
#include "Exec/Machine.h"

#include <algorithm>
#include <cstring>

namespace ptxemu {

//===- Ranges of global memory --------------------------------------------===//

void MemoryMap::insert(const MemoryRange &range) {
  auto at = std::upper_bound(ranges.begin(), ranges.end(), range,
                             [](const MemoryRange &a, const MemoryRange &b) {
                               return a.begin < b.begin;
                             });
  ranges.insert(at, range);
}

void MemoryMap::erase(uint64_t begin) {
  ranges.erase(
      std::remove_if(ranges.begin(), ranges.end(),
                     [&](const MemoryRange &r) { return r.begin == begin; }),
      ranges.end());
}

const MemoryRange *MemoryMap::find(uint64_t address) const {
  auto at = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](uint64_t a, const MemoryRange &r) { return a < r.begin; });
  if (at == ranges.begin())
    return nullptr;
  --at;
  return address < at->end ? &*at : nullptr;
}

std::string hex(uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
  return text;
}

//===- Addresses ----------------------------------------------------------===//

uint64_t laneAddress(Warp &w, uint32_t reg, int64_t offset, uint8_t mode,
                     int lane) {
  uint64_t base = w.value(reg, mode & 1, lane);
  if (mode & 2)
    base += w.frames[w.stack.back().frame].localBase;
  return base + uint64_t(offset);
}

Cta *sharedOwner(Warp &w, uint64_t address, uint32_t &offset) {
  uint32_t rank = uint32_t(address) >> clusterRankShift;
  offset = uint32_t(address) & ((1u << clusterRankShift) - 1);
  if (rank == 0)
    return w.cta;
  const auto &ctas = w.cta->cluster->ctas;
  return rank - 1 < ctas.size() ? ctas[rank - 1].get() : nullptr;
}

uint8_t *globalPointer(Warp &w, const Inst &inst, int lane, uint64_t address,
                       uint32_t bytes, bool write) {
  thread_local MemoryRange cache{1, 0, false};
  thread_local const MemoryMap *owner = nullptr;
  thread_local const LaunchState *ownerLaunch = nullptr;
  const MemoryMap *map = w.launch->memory;
  if (owner != map || ownerLaunch != w.launch) {
    owner = map;
    ownerLaunch = w.launch;
    cache = {1, 0, false};
  }
  if (address < cache.begin || address + bytes > cache.end ||
      address + bytes < address) {
    const MemoryRange *range = map->find(address);
    if (!range || bytes > range->end - address) {
      report(w, &inst, lane, ReportKind::OutOfBounds, address,
             std::string(write ? "write" : "read") + " of " +
                 std::to_string(bytes) + " bytes of global memory at " +
                 hex(address) +
                 (range
                      ? ", past the end of an allocation of " +
                            std::to_string(range->end - range->begin) + " bytes"
                      : ", outside of every allocation"));
      return nullptr;
    }
    cache = *range;
  }
  if (write && cache.readOnly) {
    report(w, &inst, lane, ReportKind::OutOfBounds, address,
           "write of read-only memory");
    return nullptr;
  }
  return reinterpret_cast<uint8_t *>(address);
}

Target resolve(Warp &w, const Inst &inst, int lane, Space space,
               uint64_t address, uint32_t bytes, uint32_t align,
               AccessKind kind) {
  Target t;
  bool write = kind != AccessKind::Read && kind != AccessKind::StrongRead;
  bool cluster = inst.cluster;
  if (space == Space::Generic) {
    switch (address >> windowShift) {
    case 1:
      space = Space::Shared;
      address = uint32_t(address);
      cluster = true;
      break;
    case 2:
      space = Space::Local;
      address &= (uint64_t(1) << windowShift) - 1;
      break;
    case 3:
      space = Space::Param;
      address &= (uint64_t(1) << windowShift) - 1;
      break;
    default:
      space = Space::Global;
    }
  }
  if (address & (align - 1)) {
    report(w, &inst, lane, ReportKind::Misaligned, address,
           "address " + hex(address) + " is not a multiple of " +
               std::to_string(align));
    return t;
  }
  switch (space) {
  case Space::Shared: {
    uint32_t offset;
    Cta *owner = sharedOwner(w, address, offset);
    if (!owner || (owner != w.cta && !cluster) || address >> 32 ||
        offset < sharedBase || offset > owner->sharedEnd ||
        bytes > owner->sharedEnd - offset) {
      report(w, &inst, lane, ReportKind::OutOfBounds, address,
             std::string(write ? "write" : "read") + " of " +
                 std::to_string(bytes) + " bytes of shared memory at " +
                 hex(address) + ", which reaches from " + hex(sharedBase) +
                 " to " + hex(w.cta->sharedEnd));
      return t;
    }
    t.cta = owner;
    t.offset = offset;
    t.bytes = owner->shared.data() + offset;
    if (write)
      ++owner->events;
    if (owner->shadow) {
      bool strong = kind != AccessKind::Read && kind != AccessKind::Write;
      if (write)
        owner->shadow->write(w, inst, lane, offset, bytes, strong);
      else
        owner->shadow->read(w, inst, lane, offset, bytes, strong);
    }
    return t;
  }
  case Space::Local: {
    const Frame &f = w.frames[w.stack.back().frame];
    if (address >= uint64_t(f.localBase) + f.fn->localBytes ||
        bytes > f.localBase + f.fn->localBytes - address) {
      report(w, &inst, lane, ReportKind::OutOfBounds, address,
             "access of " + std::to_string(bytes) +
                 " bytes of local memory at " + hex(address) + " of " +
                 std::to_string(f.localBase + f.fn->localBytes));
      return t;
    }
    // Granules of 8 bytes are interleaved over the lanes: an access of at
    // most 8 aligned bytes never crosses one.
    t.bytes = w.localPointer(lane, address);
    return t;
  }
  case Space::Param:
    if (write || address > w.launch->params.size() ||
        bytes > w.launch->params.size() - address) {
      report(w, &inst, lane, ReportKind::OutOfBounds, address,
             std::string(write ? "write" : "read") +
                 " outside of the kernel's parameters");
      return t;
    }
    t.bytes = const_cast<uint8_t *>(w.launch->params.data()) + address;
    return t;
  default:
    t.bytes = globalPointer(w, inst, lane, address, bytes, write);
    t.global = true;
    if (t.bytes && write)
      ++w.cta->events;
    if (t.bytes && w.launch->globalShadow) {
      GlobalShadow::Access access =
          kind == AccessKind::Read         ? GlobalShadow::Read
          : kind == AccessKind::Write      ? GlobalShadow::Write
          : kind == AccessKind::StrongRead ? GlobalShadow::StrongRead
                                           : GlobalShadow::Atomic;
      w.launch->globalShadow->access(w, inst, lane, address, bytes, access);
    }
    return t;
  }
}

//===- Statistics ---------------------------------------------------------===//

/// Wavefronts of a shared request: lanes are served in groups of 128 bytes;
/// each needs as many cycles as its busiest bank has different words.
void countSharedWavefronts(const uint32_t *offsets, uint32_t mask,
                           uint32_t bytes) {
  Counters &s = *counted.current;
  uint32_t perGroup = bytes <= 4 ? 32 : std::max(1u, 128 / bytes);
  ++s.sharedRequests;
  for (uint32_t begin = 0; begin < 32; begin += perGroup) {
    std::vector<uint32_t> words;
    for (uint32_t l = begin; l < std::min(32u, begin + perGroup); ++l)
      if (mask >> l & 1)
        for (uint32_t b = 0; b < bytes; b += 4)
          words.push_back((offsets[l] + b) / 4);
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    uint32_t banks[32] = {}, most = 0;
    for (uint32_t word : words)
      most = std::max(most, ++banks[word % 32]);
    s.sharedWavefronts += most;
    s.sharedIdealWavefronts += uint32_t(words.size() + 31) / 32;
  }
}

/// 32-byte sectors that a global request touches.
void countGlobalSectors(const uint64_t *addresses, uint32_t mask,
                        uint32_t bytes, bool write) {
  Counters &s = *counted.current;
  std::vector<uint64_t> sectors;
  for (uint32_t l = 0; l < 32; ++l)
    if (mask >> l & 1)
      for (uint64_t a = addresses[l] / 32; a <= (addresses[l] + bytes - 1) / 32;
           ++a)
        sectors.push_back(a);
  std::sort(sectors.begin(), sectors.end());
  sectors.erase(std::unique(sectors.begin(), sectors.end()), sectors.end());
  ++s.globalRequests;
  s.globalSectors += sectors.size();
  (write ? s.globalBytesWritten : s.globalBytesRead) +=
      uint64_t(__builtin_popcount(mask)) * bytes;
}

namespace {

void countAccess(Warp &w, const Inst &inst, uint32_t mask, bool write) {
  uint64_t addresses[32];
  uint32_t offsets[32], shared = 0, global = 0;
  uint32_t bytes = uint32_t(inst.bytes) * inst.vec;
  for (int l = 0; l < 32; ++l) {
    if (!(mask >> l & 1))
      continue;
    uint64_t a = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    addresses[l] = a;
    offsets[l] = uint32_t(a) & 0xffffff;
    Space space = inst.space;
    if (space == Space::Generic)
      space = a >> windowShift == 0   ? Space::Global
              : a >> windowShift == 1 ? Space::Shared
                                      : Space::Local;
    if (space == Space::Shared)
      shared |= 1u << l;
    else if (space == Space::Global || space == Space::Const)
      global |= 1u << l;
  }
  if (shared)
    countSharedWavefronts(offsets, shared, bytes);
  if (global)
    countGlobalSectors(addresses, global, bytes, write);
}

template <typename T> T loadAs(const uint8_t *p) {
  T v;
  std::memcpy(&v, p, sizeof(T));
  return v;
}

uint64_t loadElement(const uint8_t *p, uint32_t bytes, bool isSigned) {
  switch (bytes) {
  case 1:
    return isSigned ? uint64_t(int64_t(loadAs<int8_t>(p))) : *p;
  case 2:
    return isSigned ? uint64_t(int64_t(loadAs<int16_t>(p)))
                    : loadAs<uint16_t>(p);
  case 4:
    return isSigned ? uint64_t(int64_t(loadAs<int32_t>(p)))
                    : loadAs<uint32_t>(p);
  default:
    return loadAs<uint64_t>(p);
  }
}

/// Order of a strong access: acquire before what follows, release before it.
void orderGlobal(Warp &w, uint64_t address, bool reads, bool writes,
                 uint8_t order) {
  if (GlobalShadow *shadow = w.launch->globalShadow.get())
    shadow->synchronise(*w.cta, address, reads, writes,
                        order == orderAcquire || order == orderAcqRel,
                        order == orderRelease || order == orderAcqRel);
}

/// The same for a shared location.
void orderShared(Warp &w, const Target &t, bool reads, bool writes,
                 uint8_t order) {
  if (!w.launch->config->sanitize)
    return;
  Clock &location = w.cta->cluster->sanitizer
                        ->locations[uint64_t(t.cta->rank) << 32 | t.offset];
  if (reads) {
    if (order == orderAcquire || order == orderAcqRel)
      warpAcquire(w, location);
    else
      w.clock.acquired.join(location);
  }
  if (writes) {
    if (order == orderRelease || order == orderAcqRel)
      memoryFence(w);
    location.join(w.clock.atFence);
  }
}

} // namespace

//===- Instructions -------------------------------------------------------===//

namespace {

/// Host addresses of a weak access of all lanes at once, when nothing needs a
/// closer look: no sanitizer, all lanes aligned and inside one allocation (or
/// the CTA's shared memory). False: take the lanes one by one.
bool quickAddresses(Warp &w, const Inst &inst, uint32_t mask, uint32_t total,
                    bool write, uint8_t *pointers[32]) {
  bool shared = inst.space == Space::Shared;
  if ((!shared && inst.space != Space::Global && inst.space != Space::Const) ||
      w.launch->config->sanitize || inst.mode[2] != orderWeak ||
      inst.mode[0] & 2)
    return false;
  uint64_t least = ~uint64_t(0), most = 0, all = 0, addresses[32];
  if (inst.mode[0]) {
    const uint64_t *base = w.reg<uint64_t>(inst.a);
    for (int l = 0; l < 32; ++l)
      addresses[l] = base[l] + uint64_t(inst.offset);
  } else {
    const uint32_t *base = w.reg<uint32_t>(inst.a);
    for (int l = 0; l < 32; ++l)
      addresses[l] = base[l] + uint64_t(inst.offset);
  }
  for (int l = 0; l < 32; ++l) {
    uint64_t a = mask >> l & 1 ? addresses[l] : addresses[__builtin_ctz(mask)];
    least = std::min(least, a);
    most = std::max(most, a);
    all |= a;
  }
  if (all & (total - 1))
    return false;
  uint8_t *origin;
  if (shared) {
    if (least < sharedBase || most + total > w.cta->sharedEnd)
      return false;
    origin = w.cta->shared.data();
  } else {
    const MemoryRange *range = w.launch->memory->find(least);
    if (!range || most >= range->end || total > range->end - most ||
        (write && range->readOnly))
      return false;
    origin = nullptr;
  }
  for (int l = 0; l < 32; ++l)
    pointers[l] = reinterpret_cast<uint8_t *>(
        reinterpret_cast<uint64_t>(origin) + addresses[l]);
  if (write)
    ++w.cta->events;
  return true;
}

template <typename T, typename R>
void gatherLanes(R *to, uint8_t *const pointers[32], uint32_t offset,
                 uint32_t mask) {
  for (int l = 0; l < 32; ++l)
    if (mask >> l & 1)
      to[l] = R(loadAs<T>(pointers[l] + offset));
}

bool quickLoad(Warp &w, const Inst &inst, uint32_t mask) {
  uint8_t *pointers[32];
  uint32_t bytes = inst.bytes;
  if (bytes < 4 ||
      !quickAddresses(w, inst, mask, bytes * inst.vec, false, pointers))
    return false;
  for (uint32_t i = 0; i < inst.vec; ++i)
    if (bytes == 8)
      gatherLanes<uint64_t>(w.reg<uint64_t>(inst.list[i]), pointers, i * 8,
                            mask);
    else if (inst.listBytes[i] == 4)
      gatherLanes<uint32_t>(w.reg<uint32_t>(inst.list[i]), pointers, i * 4,
                            mask);
    else if (inst.mode[1])
      gatherLanes<int32_t>(w.reg<int64_t>(inst.list[i]), pointers, i * 4, mask);
    else
      gatherLanes<uint32_t>(w.reg<uint64_t>(inst.list[i]), pointers, i * 4,
                            mask);
  return true;
}

bool quickStore(Warp &w, const Inst &inst, uint32_t mask) {
  uint8_t *pointers[32];
  uint32_t bytes = inst.bytes;
  if (bytes != 4 ||
      !quickAddresses(w, inst, mask, 4u * inst.vec, true, pointers))
    return false;
  for (int l = 0; l < 32; ++l) {
    if (!(mask >> l & 1))
      continue;
    for (uint32_t i = 0; i < inst.vec; ++i) {
      uint32_t v = uint32_t(w.value(inst.list[i], inst.listBytes[i] == 8, l));
      std::memcpy(pointers[l] + i * 4, &v, 4);
    }
  }
  return true;
}

} // namespace

void execLoad(Warp &w, const Inst &inst, uint32_t mask) {
  if (counted.current)
    countAccess(w, inst, mask, false);
  if (quickLoad(w, inst, mask))
    return;
  const uint32_t bytes = inst.bytes, vec = inst.vec;
  const uint32_t total = bytes * vec;
  const bool strong = inst.mode[2] != orderWeak;
  const bool isSigned = inst.mode[1];
  // All addresses first: a destination may be the address register.
  uint64_t addresses[32];
  for (int l = 0; l < 32; ++l)
    if (mask >> l & 1)
      addresses[l] = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
  const bool perElement =
      inst.space == Space::Local || inst.space == Space::Generic;
  for (int l = 0; l < 32; ++l) {
    if (!(mask >> l & 1))
      continue;
    Target t = resolve(w, inst, l, inst.space, addresses[l], total, total,
                       strong ? AccessKind::StrongRead : AccessKind::Read);
    if (strong && t.global)
      orderGlobal(w, addresses[l], true, false, inst.mode[2]);
    else if (strong && t.cta)
      orderShared(w, t, true, false, inst.mode[2]);
    for (uint32_t i = 0; i < vec; ++i) {
      const uint8_t *p = t.bytes ? t.bytes + i * bytes : nullptr;
      if (p && perElement && !t.global && !t.cta && i &&
          (inst.space == Space::Local || addresses[l] >> windowShift == 2))
        p = w.localPointer(l, (addresses[l] & 0xffffffff) + i * bytes);
      uint64_t v = p ? loadElement(p, bytes, isSigned) : 0;
      if (inst.listBytes[i] == 8)
        w.reg<uint64_t>(inst.list[i])[l] = v;
      else
        w.reg<uint32_t>(inst.list[i])[l] = uint32_t(v);
    }
  }
}

void execStore(Warp &w, const Inst &inst, uint32_t mask) {
  if (counted.current)
    countAccess(w, inst, mask, true);
  if (quickStore(w, inst, mask))
    return;
  const uint32_t bytes = inst.bytes, vec = inst.vec;
  const uint32_t total = bytes * vec;
  const bool strong = inst.mode[2] != orderWeak;
  for (int l = 0; l < 32; ++l) {
    if (!(mask >> l & 1))
      continue;
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    Target t = resolve(w, inst, l, inst.space, address, total, total,
                       strong ? AccessKind::StrongWrite : AccessKind::Write);
    if (!t.bytes)
      continue;
    if (strong && t.global)
      orderGlobal(w, address, false, true, inst.mode[2]);
    else if (strong && t.cta)
      orderShared(w, t, false, true, inst.mode[2]);
    bool isLocal = !t.global && !t.cta;
    for (uint32_t i = 0; i < vec; ++i) {
      uint8_t *p = t.bytes + i * bytes;
      if (isLocal && i)
        p = w.localPointer(l, (address & 0xffffffff) + i * bytes);
      uint64_t v = w.value(inst.list[i], inst.listBytes[i] == 8, l);
      std::memcpy(p, &v, bytes);
    }
  }
}

void execAtomic(Warp &w, const Inst &inst, uint32_t mask) {
  if (counted.current)
    countAccess(w, inst, mask, true);
  const uint32_t bytes = inst.bytes, vec = inst.vec, total = bytes * vec;
  AtomicOp op = AtomicOp(inst.mode[1]);
  AtomicType type = AtomicType(inst.mode[3]);
  bool wide = bytes == 8, returns = !inst.mode[4];
  for (int l = 0; l < 32; ++l) {
    if (!(mask >> l & 1))
      continue;
    uint64_t address = laneAddress(w, inst.a, inst.offset, inst.mode[0], l);
    Target t = resolve(w, inst, l, inst.space, address, total, total,
                       AccessKind::Atomic);
    if (!t.bytes)
      continue;
    if (t.global)
      orderGlobal(w, address, true, true, inst.mode[2]);
    else if (t.cta)
      orderShared(w, t, true, true, inst.mode[2]);
    for (uint32_t i = 0; i < vec; ++i) {
      uint8_t *p = t.bytes + i * bytes;
      uint64_t value = w.value(inst.list[i], wide, l);
      uint64_t value2 = op == AtomicOp::Cas ? w.value(inst.c, wide, l) : 0;
      // CTAs on other host threads may be at the same address.
      uint64_t old;
      if (bytes == 8) {
        auto *q = reinterpret_cast<uint64_t *>(p);
        uint64_t seen = __atomic_load_n(q, __ATOMIC_SEQ_CST);
        while (!__atomic_compare_exchange_n(
            q, &seen, atomicApply(op, type, seen, value, value2), false,
            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        }
        old = seen;
      } else if (bytes == 4) {
        auto *q = reinterpret_cast<uint32_t *>(p);
        uint32_t seen = __atomic_load_n(q, __ATOMIC_SEQ_CST);
        while (!__atomic_compare_exchange_n(
            q, &seen, uint32_t(atomicApply(op, type, seen, value, value2)),
            false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        }
        old = seen;
      } else {
        auto *q = reinterpret_cast<uint16_t *>(p);
        uint16_t seen = __atomic_load_n(q, __ATOMIC_SEQ_CST);
        while (!__atomic_compare_exchange_n(
            q, &seen, uint16_t(atomicApply(op, type, seen, value, value2)),
            false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        }
        old = seen;
      }
      if (!returns)
        continue;
      uint32_t d = inst.list[vec + i];
      if (wide)
        w.reg<uint64_t>(d)[l] = old;
      else
        w.reg<uint32_t>(d)[l] = uint32_t(old);
    }
  }
}

} // namespace ptxemu
