//===- Draw.h - Draw a plan -------------------------------------*- C++ -*-===//

#ifndef CONV_PLAN_DRAW_H
#define CONV_PLAN_DRAW_H

#include "conv/Plan/Device.h"

namespace conv::plan {

/// A plan as a Graphviz digraph: a node a step, and on each edge where the
/// digits lie.
std::string toDot(const Plan &plan);

/// A plan as JSON: problem, choice, digits, steps with the layout after each,
/// and sizes; with a device also what a row is predicted to cost there, for a
/// plan for tensor cores with the counts of its kernels.
std::string toJson(const Plan &plan, const Device &device = {});

/// The words of the conv dialect for the enumerators.
const char *name(Kind kind);
const char *name(Algorithm algorithm);
const char *name(Arithmetic arithmetic);
const char *name(Place place);

} // namespace conv::plan

#endif // CONV_PLAN_DRAW_H
