//===- Draw.cpp - Draw a plan ---------------------------------------------===//

#include "conv/Plan/Draw.h"

#include "conv/Plan/TensorPlan.h"

#include <algorithm>
#include <cstdio>

namespace conv::plan {

const char *name(Kind kind) {
  switch (kind) {
  case Kind::causal:
    return "causal";
  case Kind::circular:
    return "circular";
  case Kind::bidirectional:
    return "bidirectional";
  }
  return "";
}

const char *name(Algorithm algorithm) {
  switch (algorithm) {
  case Algorithm::direct:
    return "direct";
  case Algorithm::rightAngle:
    return "right_angle";
  case Algorithm::toeplitz:
    return "toeplitz";
  }
  return "";
}

const char *name(Arithmetic arithmetic) {
  switch (arithmetic) {
  case Arithmetic::f32:
    return "f32";
  case Arithmetic::f16:
    return "f16";
  case Arithmetic::bf16:
    return "bf16";
  }
  return "";
}

const char *name(Place place) {
  switch (place) {
  case Place::column:
    return "column";
  case Place::slot:
    return "slot";
  case Place::fragment:
    return "fragment";
  case Place::lane:
    return "lane";
  }
  return "";
}

namespace {

std::string text(int64_t value) { return std::to_string(value); }

std::string decimal(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

std::string list(const std::vector<int64_t> &values) {
  std::string result = "[";
  for (size_t i = 0; i < values.size(); ++i)
    result += (i ? ", " : "") + text(values[i]);
  return result + "]";
}

/// Where the digits lie between two steps.
class Layout {
public:
  Layout(const Plan &plan) : plan(plan), frequency(plan.digits.size(), false) {
    for (size_t i = 0; i < plan.digits.size(); ++i)
      order.push_back(static_cast<int>(i));
  }

  void run(const Step &step) {
    if (step.kind == StepKind::exchange)
      std::iter_swap(std::find(order.begin(), order.end(), step.digit),
                     std::find(order.begin(), order.end(), step.partner));
    if (step.kind == StepKind::forward || step.kind == StepKind::inverse)
      frequency[step.digit] = step.kind == StepKind::forward;
  }

  /// "column n0, slot k1 k2, lane n3 n4".
  std::string str() const {
    std::string result;
    for (size_t p = 0; p < order.size(); ++p) {
      if (p == 0 || plan.places[p] != plan.places[p - 1])
        result += (p ? ", " : "") + std::string(name(plan.places[p]));
      result += frequency[order[p]] ? " k" : " n";
      result += text(order[p]);
    }
    return result;
  }

private:
  const Plan &plan;
  std::vector<int> order;
  std::vector<bool> frequency;
};

} // namespace

std::string toDot(const Plan &plan) {
  const Problem &problem = plan.problem;
  std::string dot = "digraph plan {\n  node [shape=box];\n  label=\"";
  dot += std::string(name(problem.kind)) + ", " + text(problem.length) +
         " samples, " + text(problem.taps) + " taps: ";
  dot += name(plan.choice.algorithm);
  if (plan.choice.algorithm == Algorithm::rightAngle)
    dot += ", " + text(plan.choice.blocks) + " blocks of " +
           text(plan.block()) + ", factors " + list(plan.choice.factors);
  dot += "\";\n";
  Layout layout(plan);
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step &step = plan.steps[i];
    std::string label = describe(step);
    if (step.kind == StepKind::forward || step.kind == StepKind::inverse)
      label += "\\nradix " + text(plan.digits[step.digit].radix);
    if (step.kind == StepKind::product)
      label += "\\ndistances " + text(plan.firstDistance()) + ".." +
               text(plan.lastDistance());
    dot += "  s" + text(i) + " [label=\"" + label + "\"];\n";
    layout.run(step);
    if (i + 1 < plan.steps.size())
      dot += "  s" + text(i) + " -> s" + text(i + 1) + " [label=\"" +
             layout.str() + "\"];\n";
  }
  if (plan.steps.empty())
    dot += "  s0 [label=\"sum over " + text(problem.taps) + " taps\"];\n";
  return dot + "}\n";
}

/// What a row is predicted to cost, as an object.
static std::string toJson(const Cost &cost, const Device &device) {
  std::string json = std::string("{\"device\": \"") + device.name() + "\"";
  auto add = [&](const char *key, double value) {
    json += std::string(", \"") + key + "\": " + decimal(value);
  };
  add("nanoseconds", cost.nanoseconds);
  add("flops", cost.flops);
  add("bytes", cost.bytes);
  add("scratch_bytes", cost.scratchBytes);
  if (device.gpu) {
    const KernelCounts &kernel = cost.kernel;
    add("floor_nanoseconds", cost.floorNanoseconds);
    add("mma", kernel.mma);
    add("half2", kernel.half2);
    add("conversions", kernel.conversions);
    add("matrix_moves", kernel.matrixMoves);
    add("instructions", kernel.instructions);
    add("shared_wavefronts", kernel.sharedWavefronts);
    add("l2_bytes", kernel.l2Bytes);
  }
  return json + "}";
}

std::string toJson(const Plan &plan, const Device &device) {
  const Problem &problem = plan.problem;
  std::string json = "{\n  \"problem\": {\"kind\": \"";
  json += std::string(name(problem.kind)) +
          "\", \"length\": " + text(problem.length) +
          ", \"taps\": " + text(problem.taps) +
          ", \"batch\": " + text(problem.batch) +
          ", \"channels\": " + text(problem.channels) + "},\n";
  json += "  \"choice\": {\"algorithm\": \"" +
          std::string(name(plan.choice.algorithm)) + "\", \"arithmetic\": \"" +
          name(plan.choice.arithmetic) +
          "\", \"blocks\": " + text(plan.choice.blocks) +
          ", \"factors\": " + list(plan.choice.factors);
  const TensorChoice &tensor = plan.choice.tensor;
  if (plan.choice.isTensor())
    json += std::string(", \"family\": \"") +
            name(tensorShape(plan.choice).family) +
            "\", \"warps\": " + text(tensor.warps) +
            ", \"buffers\": " + text(tensor.buffers) + ", \"accumulate\": \"" +
            name(tensor.accumulate) + "\"";
  json += "},\n";
  json += "  \"digits\": [";
  for (size_t i = 0; i < plan.digits.size(); ++i) {
    const Digit &digit = plan.digits[i];
    json += std::string(i ? ", " : "") + "{\"radix\": " + text(digit.radix) +
            ", \"weight\": " + text(digit.weight) +
            ", \"frequency_weight\": " + text(digit.frequencyWeight) +
            ", \"place\": \"" + name(plan.places[i]) + "\"}";
  }
  json += "],\n  \"steps\": [";
  Layout layout(plan);
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    layout.run(plan.steps[i]);
    json += std::string(i ? "," : "") + "\n    {\"step\": \"" +
            describe(plan.steps[i]) + "\", \"layout\": \"" + layout.str() +
            "\"}";
  }
  json += std::string(plan.steps.empty() ? "" : "\n  ") + "],\n";
  bool blocked = plan.choice.algorithm == Algorithm::rightAngle;
  json += "  \"block\": " + text(blocked ? plan.block() : problem.length) +
          ",\n  \"spectrum_size\": " + text(plan.spectrumSize());
  if (device)
    json += ",\n  \"cost\": " + toJson(estimate(plan, device), device);
  return json + "\n}\n";
}

} // namespace conv::plan
