//===- LowBitPlan.cpp - Choose the form of products by L-Mul --------------===//

#include "conv/Dialect/LowBit/IR/LowBitOps.h"
#include "conv/Dialect/LowBit/Transforms/Passes.h"
#include "conv/Plan/Cost.h"
#include "conv/Plan/GpuFacts.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace conv::lowbit {
#define GEN_PASS_DEF_LOWBITPLAN
#include "conv/Dialect/LowBit/Transforms/Passes.h.inc"
} // namespace conv::lowbit

using namespace mlir;
using namespace conv;
using namespace conv::lowbit;

static constexpr llvm::StringLiteral category = "lowbit-plan";

/// How full the last of the pieces of `step` is that a dimension is cut into;
/// an unknown size is taken as large.
static double padding(int64_t size, int64_t step) {
  if (ShapedType::isDynamic(size) || size == 0)
    return 1;
  return static_cast<double>((size + step - 1) / step * step) / size;
}

namespace {

/// A form with the cycles that 16 of its products take, or why it cannot be.
struct Candidate {
  Form form;
  int64_t rows, columns;
  double cycles = 0;
  std::string reason;
};

/// Writes plans, and says why.
struct LowBitPlanPass : conv::lowbit::impl::LowBitPlanBase<LowBitPlanPass> {
  using LowBitPlanBase::LowBitPlanBase;

  void runOnOperation() override {
    // The forms are a CPU's.
    if (plan::findGpu(device))
      return;
    facts = plan::findDevice(device);
    if (!facts) {
      getOperation()->emitError("lowbit-plan: device '")
          << device << "' is not known; see conv-plan for those that are";
      return signalPassFailure();
    }
    getOperation()->walk([&](LMulMatmulOp op) { choose(op); });
  }

private:
  Candidate integerForm(LMulMatmulOp op) {
    bool equation = op.getSemantics() == Semantics::equation;
    Candidate candidate{Form::integer, 0, 0, 0, ""};
    // Sums, and the words of b, fill the registers: 32 of 16 numbers, 16 of 8
    // or of 4. NEON's 32 of 4 hold more than the same tile needs.
    if (facts->lanes >= 16) {
      candidate.rows = equation ? 4 : 6;
      candidate.columns = 64;
    } else if (facts->lanes >= 8) {
      candidate.rows = equation ? 4 : 6;
      candidate.columns = 16;
    } else {
      candidate.rows = 2;
      candidate.columns = 16;
    }
    // An addition of words and one of floats for each term; the equation has
    // two terms, and takes four more for each word of b.
    double operations = equation ? 4 + 4.0 / candidate.rows : 2;
    constexpr double perCycle = 2;
    candidate.cycles = operations / perCycle * 16 / facts->lanes *
                       padding(rowsOf(op), candidate.rows) *
                       padding(columnsOf(op), candidate.columns);
    return candidate;
  }

  Candidate matrixUnit(LMulMatmulOp op) {
    Candidate candidate{Form::matrix_unit, 32, 32, 0, op.whyNoMatrixUnit()};
    if (candidate.reason.empty() && !tiles)
      candidate.reason = "this CPU has no tiles of bf16";
    // A tile product of 16 x 16 x 16 pairs takes 16 cycles.
    candidate.cycles =
        16 * 16.0 / (16 * 16 * 16) * padding(rowsOf(op), candidate.rows) *
        padding(columnsOf(op), candidate.columns) * padding(innerOf(op), 16);
    return candidate;
  }

  static int64_t rowsOf(LMulMatmulOp op) {
    return op.getAType().getDimSize(op.getRowDimOfA());
  }
  static int64_t columnsOf(LMulMatmulOp op) {
    return op.getBType().getDimSize(op.getColumnDimOfB());
  }
  static int64_t innerOf(LMulMatmulOp op) {
    return op.getAType().getDimSize(op.getInnerDimOfA());
  }

  void choose(LMulMatmulOp op) {
    Candidate candidates[] = {integerForm(op), matrixUnit(op)};
    if (LMulPlanAttr given = op.getPlanAttr()) {
      Candidate &chosen = candidates[given.getForm() == Form::matrix_unit];
      if (chosen.form == Form::integer && given.getRows())
        chosen.rows = given.getRows();
      if (chosen.form == Form::integer && given.getColumns())
        chosen.columns = given.getColumns();
      write(op, chosen);
      return report(op, chosen, " as given");
    }
    Candidate &integer = candidates[0], &matrix = candidates[1];
    bool takeMatrix = matrix.reason.empty() && matrix.cycles < integer.cycles;
    Candidate &chosen = takeMatrix ? matrix : integer;
    Candidate &other = takeMatrix ? integer : matrix;
    if (other.reason.empty())
      other.reason =
          llvm::formatv("{0:F2} cycles for 16 products, {1} takes {2:F2}",
                        other.cycles, stringifyForm(chosen.form), chosen.cycles)
              .str();
    write(op, chosen);
    report(op, chosen, "");
    reject(op, other);
  }

  void write(LMulMatmulOp op, const Candidate &chosen) {
    op.setPlanAttr(LMulPlanAttr::get(&getContext(), chosen.form, chosen.rows,
                                     chosen.columns));
  }

  static remark::RemarkOpts options(Operation *op, StringRef name) {
    auto function = op->getParentOfType<FunctionOpInterface>();
    return remark::RemarkOpts::name(name).category(category).function(
        function ? function.getName() : StringRef());
  }

  void report(LMulMatmulOp op, const Candidate &chosen, StringRef suffix) {
    std::string what = (stringifyForm(chosen.form) + suffix).str();
    remark::passed(op.getLoc(), options(op, "Plan"))
        << remark::add(what.c_str())
        << remark::metric("cycles_per_16_products", chosen.cycles);
    if (emitRemarks)
      mlir::emitRemark(op.getLoc())
          << what << ", predicted "
          << llvm::formatv("{0:F2}", chosen.cycles).str()
          << " cycles for 16 products";
  }

  void reject(LMulMatmulOp op, const Candidate &other) {
    std::string what = stringifyForm(other.form).str();
    remark::missed(op.getLoc(), options(op, what))
        << remark::add(("rejected " + what).c_str())
        << remark::reason(other.reason.c_str());
    if (emitRemarks)
      mlir::emitRemark(op.getLoc())
          << "rejected " << what << ": " << other.reason;
  }

  const plan::DeviceFacts *facts = nullptr;
};

} // namespace
