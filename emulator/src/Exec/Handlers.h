//===- Handlers.h - The functions behind the instructions -----------------===//
#ifndef PTXEMU_EXEC_HANDLERS_H
#define PTXEMU_EXEC_HANDLERS_H

#include <cstdint>
#include <string>

namespace ptxemu {

struct Warp;
struct Inst;

enum : uint8_t {
  orderWeak,
  orderRelaxed,
  orderAcquire,
  orderRelease,
  orderAcqRel
};
enum : uint8_t {
  fenceMemory, ///< CTA or cluster scope
  fenceGlobal, ///< device or system scope
  fenceProxyAsync,
  fenceProxyTensormap,
  fenceMbarrierInit
};
enum : uint8_t { bulkGlobalToShared, bulkSharedToGlobal, bulkSharedToShared };

enum class AtomicOp : uint8_t {
  Add,
  Min,
  Max,
  And,
  Or,
  Xor,
  Exch,
  Cas,
  Inc,
  Dec
};
enum class AtomicType : uint8_t {
  None,
  U32,
  S32,
  U64,
  S64,
  F32,
  F64,
  F16,
  BF16,
  F16x2,
  BF16x2,
  B16
};
AtomicType atomicType(const std::string &type);
bool atomicSupported(AtomicOp op, AtomicType type);
unsigned atomicBytes(AtomicType type);
/// What memory holds after the operation.
uint64_t atomicApply(AtomicOp op, AtomicType type, uint64_t old, uint64_t value,
                     uint64_t value2);

#define PTXEMU_HANDLERS(X)                                                     \
  X(PredicateLogic)                                                            \
  X(Bfi32)                                                                     \
  X(Bfi64)                                                                     \
  X(SetpCombined) X(Set) X(Carry32) X(Carry64) X(Pack) X(Unpack)               \
      X(FrameAddress) X(Clock) X(Convert) X(Cvta) X(IsSpace) X(Mapa)           \
          X(GetCtaRank) X(Load) X(Store) X(Atomic) X(Nop) X(Assert) X(Trap)    \
              X(Nanosleep) X(Shfl) X(Vote) X(Match) X(Redux) X(Elect) X(       \
                  ActiveMask) X(WarpSync) X(ClusterArrive) X(Ldmatrix)         \
                  X(Stmatrix) X(Movmatrix) X(MmaHalf) X(MmaTf32) X(MmaInteger) \
                      X(MmaF64) X(WmmaLoad) X(WmmaStore) X(WmmaMma) X(Fence)   \
                          X(CpAsync) X(CpCommit) X(CpWait) X(CpMbarrierArrive) \
                              X(BulkCopy) X(BulkCommit) X(BulkWait)            \
                                  X(TensorLoad) X(TensorStore) X(MbarrierInit) \
                                      X(MbarrierInval) X(MbarrierArrive)       \
                                          X(MbarrierTx) X(MbarrierWait)        \
                                              X(MbarrierPending) X(StAsync)    \
                                                  X(Wgmma) X(WgmmaFence)       \
                                                      X(WgmmaCommit)           \
                                                          X(WgmmaWait)
#define X(name) void exec##name(Warp &w, const Inst &inst, uint32_t mask);
PTXEMU_HANDLERS(X)
#undef X

} // namespace ptxemu

#endif
