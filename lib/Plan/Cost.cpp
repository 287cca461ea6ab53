//===- Cost.cpp - Predict the cost of a plan ------------------------------===//

#include "conv/Plan/Cost.h"

#include <algorithm>

namespace conv::plan {

const std::vector<DeviceFacts> &devices() {
  static const std::vector<DeviceFacts> table = {
#include "DeviceTable.inc"
  };
  return table;
}

const DeviceFacts *findDevice(const std::string &name) {
  for (const DeviceFacts &device : devices())
    if (name == device.name)
      return &device;
  return nullptr;
}

int64_t productCount(const Plan &plan) {
  // Block distance d occurs at J - |d| pairs of blocks.
  int64_t count = 0;
  for (int64_t d = plan.firstDistance(); d <= plan.lastDistance(); ++d)
    count += plan.choice.blocks - std::abs(d);
  return count;
}

namespace {

/// Real operations of a twisted complex butterfly for each of its points: a
/// radix-2 has one rotation and two additions, a radix-4 three and eight.
double butterflyFlops(int64_t radix) { return radix == 2 ? 5.0 : 8.5; }

Cost estimateDirect(const Plan &plan, const DeviceFacts &device) {
  double length = static_cast<double>(plan.problem.length);
  double taps = static_cast<double>(plan.problem.taps);
  double padded = std::max(length, device.lanes);
  Cost cost;
  cost.flops = 2 * taps * length;
  cost.bytes = 8 * length + 4 * taps;
  cost.nanoseconds = padded * (device.directRow + taps * device.directTap);
  return cost;
}

/// A product of tiles: 16 rows at once, and for every 64 outputs whole tiles of
/// 32 samples, as far as the filter's band reaches.
Cost estimateToeplitz(const Plan &plan, const DeviceFacts &device) {
  constexpr int64_t rows = 16, outputs = 64, depth = 32;
  const Problem &problem = plan.problem;
  int64_t samples = (problem.length + depth - 1) / depth * depth;
  int64_t reach = (lastLag(problem) + depth - 1) / depth * depth;
  int64_t ahead = (depth - 1 - firstLag(problem)) / depth * depth;
  double products = 0;
  for (int64_t start = 0; start < problem.length; start += outputs)
    products += static_cast<double>(
        outputs * (std::min(samples, start + outputs + ahead) -
                   std::max<int64_t>(0, start - reach)));
  double length = static_cast<double>(problem.length);
  double lags = static_cast<double>(lastLag(problem) - firstLag(problem) + 1);
  // Rows that a last group of 16 lacks are multiplied all the same.
  int64_t batch = problem.batch < 1 ? rows : problem.batch;
  int64_t multiplied = (batch + rows - 1) / rows * rows;
  double filled = static_cast<double>(batch) / static_cast<double>(multiplied);
  Cost cost;
  cost.flops = 2 * products / filled;
  cost.bytes = 8 * length + 4 * static_cast<double>(problem.taps) /
                                static_cast<double>(batch);
  // Rows in bf16, and the lines of the matrix, of 64 bytes for every other lag.
  cost.scratchBytes = 2 * rows * length + 32 * lags;
  cost.nanoseconds =
      length * device.toeplitzRow + products * device.toeplitzTap / filled;
  return cost;
}

} // namespace

Cost estimate(const Plan &plan, const DeviceFacts &device) {
  if (plan.choice.algorithm == Algorithm::toeplitz && device.toeplitzTap > 0)
    return estimateToeplitz(plan, device);
  if (plan.choice.algorithm != Algorithm::rightAngle)
    return estimateDirect(plan, device);

  double block = static_cast<double>(plan.block());
  double points = block * static_cast<double>(plan.choice.blocks);
  double perPoint = 0, flopsPerPoint = 0;
  Cost cost;
  int columnSteps = 0;
  bool isReal = true;
  for (const Step &step : plan.steps) {
    switch (step.kind) {
    case StepKind::load:
    case StepKind::store:
      perPoint += device.rowPass / 2;
      flopsPerPoint += step.kind == StepKind::store ? 3 : 0;
      break;
    case StepKind::forward:
    case StepKind::inverse: {
      int64_t radix = plan.digits[step.digit].radix;
      bool isColumn = step.digit < plan.columnDigits();
      flopsPerPoint += butterflyFlops(radix) / (isReal ? 2 : 1);
      isReal = false;
      perPoint += !isColumn    ? device.leafDigit
                  : radix == 2 ? device.column2
                               : device.column4;
      columnSteps += isColumn;
      break;
    }
    case StepKind::exchange:
      perPoint += device.exchange;
      break;
    case StepKind::product: {
      double products = static_cast<double>(productCount(plan));
      cost.flops += 8 * products * block;
      cost.nanoseconds += device.product * products * block;
      break;
    }
    case StepKind::twiddle:
      perPoint += device.twiddle;
      flopsPerPoint += 6;
      break;
    }
  }
  double length = static_cast<double>(plan.problem.length);
  double spectrumBytes = 4 * static_cast<double>(plan.spectrumSize());
  double rows = std::max<double>(1, static_cast<double>(plan.problem.batch));
  cost.flops += flopsPerPoint * points;
  cost.bytes = 8 * length + spectrumBytes / rows;
  cost.scratchBytes = 8 * points;
  cost.nanoseconds += perPoint * points;

  // A row that leaves L2 is moved by the column steps (all of them in one pass
  // each way) and by the leaves: real samples in and out, and the complex tile
  // there and back twice. Columns are contracted 16 samples at a time, complex,
  // between two buffers; where that leaves L1 every column step moves the tile.
  double working = cost.scratchBytes + spectrumBytes;
  double byte = working > device.l3Bytes   ? device.byteMemory
                : working > device.l2Bytes ? device.byteL3
                                           : 0;
  double columnTile = 2 * 16 * 8 * static_cast<double>(plan.columns());
  double traffic = (8 + 4 * 8) * points + spectrumBytes;
  if (columnTile > device.l1Bytes)
    traffic += 16 * columnSteps * points;
  cost.nanoseconds += byte * traffic;
  return cost;
}

} // namespace conv::plan
