//===- Pipeline.h - Pipelines of the CPU target -----------------*- C++ -*-===//

#ifndef CONV_TARGET_CPU_PIPELINE_H
#define CONV_TARGET_CPU_PIPELINE_H

#include "conv/Target/CPU/Levels.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace conv::cpu {

/// From conv ops on tensors to monarch ops on memrefs: the part of the pipeline
/// that plans.
void buildTargetIndependentPipeline(mlir::OpPassManager &manager);

/// To one-dimensional vector ops and scf loops, the same for every level.
void buildVectorPipeline(mlir::OpPassManager &manager);

/// The rest, for one level: to the LLVM dialect with kernel entries.
void buildLevelPipeline(mlir::OpPassManager &manager, const Level &level);

/// Register `conv-pipeline` and the pipelines it consists of.
void registerPipelines();

} // namespace conv::cpu

#endif // CONV_TARGET_CPU_PIPELINE_H
