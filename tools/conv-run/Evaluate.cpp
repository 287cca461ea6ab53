//===- Evaluate.cpp - Evaluate a function in float64 ----------------------===//

#include "Evaluate.h"

#include "ScalarEvaluator.h"

#include "conv/Dialect/Conv/IR/ConvOps.h"
#include "conv/Reference/Reference.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinAttributes.h"

#include "llvm/ADT/TypeSwitch.h"

#include <map>
#include <memory>
#include <numeric>

using namespace mlir;
using conv::Array;
using Complex = std::complex<double>;

int64_t Array::size() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1},
                         std::multiplies<int64_t>());
}

double Array::norm() const {
  double sum = 0;
  for (Complex value : values)
    sum += std::norm(value);
  return std::sqrt(sum);
}

static std::vector<double> realPart(const Array &array) {
  std::vector<double> result;
  result.reserve(array.values.size());
  for (Complex value : array.values)
    result.push_back(value.real());
  return result;
}

/// sqrt(sum over rows of (|y| + |postgate|_max |u pregate| (|k| + |skip|))^2).
static double errorScale(const conv::reference::LongConv &problem,
                         const std::vector<double> &y) {
  double result = 0;
  int64_t length = problem.length;
  int64_t group = problem.channels / std::max<int64_t>(1, problem.filterRows);
  for (int64_t row = 0; row < problem.batch * problem.channels; ++row) {
    int64_t channel = row % problem.channels;
    double output = 0, input = 0, filter = 0, gate = problem.postgate ? 0 : 1;
    for (int64_t i = row * length; i < (row + 1) * length; ++i) {
      double u = problem.input[i];
      if (problem.pregate)
        u *= problem.pregate[i];
      if (problem.postgate)
        gate = std::max(gate, std::abs(problem.postgate[i]));
      input += u * u;
      output += y[i] * y[i];
    }
    const double *k = problem.filter + channel / group * problem.taps;
    for (int64_t t = 0; t < problem.taps; ++t)
      filter += k[t] * k[t];
    double skip = problem.skip ? std::abs(problem.skip[channel]) : 0;
    double scale = std::sqrt(output) +
                   gate * std::sqrt(input) * (std::sqrt(filter) + skip);
    result += scale * scale;
  }
  return std::sqrt(result);
}

static conv::reference::Kind toReference(conv::Kind kind) {
  switch (kind) {
  case conv::Kind::causal:
    return conv::reference::Kind::causal;
  case conv::Kind::circular:
    return conv::reference::Kind::circular;
  case conv::Kind::bidirectional:
    return conv::reference::Kind::bidirectional;
  }
  llvm_unreachable("unknown kind");
}

namespace {

/// Evaluates one function.
class Evaluator {
public:
  FailureOr<std::vector<Array>> run(func::FuncOp function,
                                    const std::vector<Array> &arguments) {
    for (auto [value, array] :
         llvm::zip_equal(function.getArguments(), arguments))
      values[value] = std::make_shared<Array>(array);
    for (Operation &op : function.front()) {
      if (auto terminator = dyn_cast<func::ReturnOp>(op)) {
        std::vector<Array> results;
        for (Value operand : terminator.getOperands())
          results.push_back(get(operand));
        return results;
      }
      if (failed(evaluate(&op)))
        return failure();
    }
    return function.emitError("does not end in a return");
  }

private:
  const Array &get(Value value) { return *values.at(value); }

  void set(Value value, Array array) {
    values[value] = std::make_shared<Array>(std::move(array));
  }

  int64_t getIndex(Value value) {
    return static_cast<int64_t>(get(value).values.front().real());
  }

  LogicalResult evaluate(Operation *op) {
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](conv::LongConvOp conv) { return convolve(conv); })
        .Case([&](conv::ShortConvOp conv) { return convolve(conv); })
        .Case([&](conv::FilterSpectrumOp spectrum) {
          values[spectrum.getOutput()] = values.at(spectrum.getFilter());
          return success();
        })
        .Case([&](conv::DFTOp dft) { return transform(dft, false); })
        .Case([&](conv::IDFTOp idft) { return transform(idft, true); })
        .Case([&](linalg::GenericOp generic) { return loop(generic); })
        .Case([&](arith::ConstantOp constant) { return evaluate(constant); })
        .Case([&](tensor::EmptyOp empty) { return evaluate(empty); })
        .Case([&](tensor::DimOp dim) {
          const Array &source = get(dim.getSource());
          int64_t index = getIndex(dim.getIndex());
          set(dim.getResult(),
              {{}, {static_cast<double>(source.shape.at(index))}});
          return success();
        })
        .Case([&](tensor::CastOp cast) {
          values[cast.getResult()] = values.at(cast.getSource());
          return success();
        })
        .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
            [&](auto reshape) -> LogicalResult {
              auto type = cast<RankedTensorType>(reshape.getResult().getType());
              if (!type.hasStaticShape())
                return unsupported(op, "has a dynamic shape");
              set(reshape.getResult(),
                  {type.getShape().vec(), get(reshape.getSrc()).values});
              return success();
            })
        .Default([&](Operation *other) {
          return unsupported(other, "is not an op that --check knows");
        });
  }

  static LogicalResult unsupported(Operation *op, StringRef why) {
    return op->emitOpError("cannot be evaluated in float64: it ")
           << why
           << "; run without --check, or check the convolution by itself";
  }

  /// conv.long_conv and conv.short_conv.
  template <typename Op> LogicalResult convolve(Op op) {
    const Array &input = get(op.getInput());
    const Array &filter = get(op.getFilter());
    auto optional = [&](Value value) {
      return value ? realPart(get(value)) : std::vector<double>();
    };
    std::vector<double> u = realPart(input), k = realPart(filter),
                        pregate = optional(op.getPregate()),
                        postgate = optional(op.getPostgate()),
                        skip = optional(op.getSkip());
    conv::reference::LongConv problem;
    problem.kind = toReference(op.getKind());
    problem.batch = input.shape[0];
    problem.channels = input.shape[1];
    problem.length = input.shape[2];
    problem.filterRows = filter.shape[0];
    problem.taps = filter.shape[1];
    problem.input = u.data();
    problem.filter = k.data();
    problem.pregate = op.getPregate() ? pregate.data() : nullptr;
    problem.postgate = op.getPostgate() ? postgate.data() : nullptr;
    problem.skip = op.getSkip() ? skip.data() : nullptr;
    std::vector<double> y = conv::reference::longConv(problem);
    set(op.getOutput(),
        {input.shape, {y.begin(), y.end()}, errorScale(problem, y)});
    return success();
  }

  /// conv.dft and conv.idft.
  template <typename Op> LogicalResult transform(Op op, bool inverse) {
    Array result = {get(op.getInput()).shape, get(op.getInput()).values};
    int64_t length = result.shape.back();
    std::vector<int64_t> order(length);
    std::iota(order.begin(), order.end(), 0);
    if (op.getOrdering() == conv::Ordering::digit_reversed)
      order = conv::reference::digitReversed(op.getFactors().vec());
    for (size_t row = 0; row < result.values.size(); row += length) {
      std::vector<Complex> x(result.values.begin() + row,
                             result.values.begin() + row + length);
      std::vector<Complex> y(length);
      if (inverse) {
        for (int64_t i = 0; i < length; ++i)
          y[order[i]] = x[i];
        y = conv::reference::idft(y);
      } else {
        x = conv::reference::dft(x);
        for (int64_t i = 0; i < length; ++i)
          y[i] = x[order[i]];
      }
      std::copy(y.begin(), y.end(), result.values.begin() + row);
    }
    set(op.getOutput(), std::move(result));
    return success();
  }

  LogicalResult evaluate(arith::ConstantOp op) {
    auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!elements) {
      std::optional<double> value = conv::toDouble(op.getValue());
      if (!value)
        return unsupported(op, "is not a number");
      set(op.getResult(), {{}, {*value}});
      return success();
    }
    Array array{elements.getType().getShape().vec(), {}};
    for (Attribute element : elements.getValues<Attribute>()) {
      std::optional<double> value = conv::toDouble(element);
      if (!value)
        return unsupported(op, "is not a tensor of real numbers");
      array.values.push_back(*value);
    }
    set(op.getResult(), std::move(array));
    return success();
  }

  LogicalResult evaluate(tensor::EmptyOp op) {
    Array array;
    unsigned dynamic = 0;
    for (int64_t size : op.getType().getShape())
      array.shape.push_back(ShapedType::isDynamic(size)
                                ? getIndex(op.getDynamicSizes()[dynamic++])
                                : size);
    // Unspecified contents: a reader shows as NaN.
    array.values.assign(array.size(), std::nan(""));
    set(op.getResult(), std::move(array));
    return success();
  }

  /// linalg.generic, one iteration after another.
  LogicalResult loop(linalg::GenericOp op) {
    std::vector<Array> outputs;
    for (Value output : op.getOutputs())
      outputs.push_back({get(output).shape, get(output).values});
    auto operandArray = [&](unsigned i) -> Array & {
      unsigned inputs = op.getNumDpsInputs();
      return i < inputs ? *values.at(op.getInputs()[i]) : outputs[i - inputs];
    };
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    std::vector<int64_t> extents(op.getNumLoops(), 0);
    for (auto [i, map] : llvm::enumerate(maps))
      for (auto [dim, expression] : llvm::enumerate(map.getResults()))
        if (auto loopDim = dyn_cast<AffineDimExpr>(expression))
          extents[loopDim.getPosition()] = operandArray(i).shape[dim];

    conv::ScalarEvaluator body(op.getBody()->getTerminator()->getBlock());
    int64_t iterations = std::accumulate(
        extents.begin(), extents.end(), int64_t{1}, std::multiplies<int64_t>());
    std::vector<int64_t> point(extents.size(), 0);
    std::vector<double> operands(maps.size()), results;
    for (int64_t iteration = 0; iteration < iterations; ++iteration) {
      auto position = [&](unsigned i) {
        int64_t offset = 0;
        for (auto [dim, index] : llvm::enumerate(maps[i].compose(point)))
          offset = offset * operandArray(i).shape[dim] + index;
        return offset;
      };
      for (unsigned i = 0; i < maps.size(); ++i)
        operands[i] = operandArray(i).values[position(i)].real();
      if (Operation *unknown = body.run(operands, point, results))
        return unsupported(unknown, "is not an op that --check knows");
      for (auto [i, value] : llvm::enumerate(results))
        outputs[i].values[position(op.getNumDpsInputs() + i)] = value;
      for (size_t dim = point.size(); dim-- > 0;) {
        if (++point[dim] < extents[dim])
          break;
        point[dim] = 0;
      }
    }
    for (auto [i, output] : llvm::enumerate(outputs))
      set(op.getResult(i), std::move(output));
    return success();
  }

  llvm::DenseMap<Value, std::shared_ptr<Array>> values;
};

} // namespace

FailureOr<std::vector<Array>>
conv::evaluate(func::FuncOp function, const std::vector<Array> &arguments) {
  return Evaluator().run(function, arguments);
}
