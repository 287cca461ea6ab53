//===- Pipeline.h - Pipelines of the CPU target -----------------*- C++ -*-===//

#ifndef CONV_TARGET_CPU_PIPELINE_H
#define CONV_TARGET_CPU_PIPELINE_H

#include "conv/Target/CPU/Levels.h"

#include <string>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace conv::cpu {

/// What the planner is told.
struct PlanOptions {
  /// Facts of the device that predict costs; see conv-plan.
  std::string device = "cpu-avx512";
  /// Arithmetic of transforms: f32, f16.
  std::string arithmetic = "f32";
  /// Whether the CPU has AMX tiles of bf16.
  bool tiles = false;
  /// Report choices and rejected candidates as remarks at the ops.
  bool emitRemarks = false;
};

/// What the planner is told for a level: f16 arithmetic only where the hardware
/// has it.
PlanOptions planOptions(const Level &level, llvm::StringRef arithmetic,
                        bool emitRemarks);

/// From conv ops on tensors to monarch ops on memrefs: the part of the pipeline
/// that plans.
void buildTargetIndependentPipeline(mlir::OpPassManager &manager,
                                    const PlanOptions &options);

/// To one-dimensional vector ops and scf loops. Of the level, only products of
/// bytes depend; with `tiles`, they and toeplitz plans become amx ops, which
/// not every CPU of a level has.
void buildVectorPipeline(mlir::OpPassManager &manager, const Level &level,
                         bool tiles);

/// The rest, for one level: to the LLVM dialect with kernel entries.
void buildLevelPipeline(mlir::OpPassManager &manager, const Level &level);

} // namespace conv::cpu

#endif // CONV_TARGET_CPU_PIPELINE_H
