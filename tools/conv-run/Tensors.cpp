//===- Tensors.cpp - The tensors of one run -------------------------------===//

#include "Tensors.h"

#include "conv/Support/Half.h"

#include <cmath>
#include <limits>
#include <numeric>

using namespace conv;

static constexpr size_t alignment = 64;

/// Write a real number as an element.
static void store(char *to, llvm::StringRef dtype, double value) {
  auto put = [&](auto element) { std::memcpy(to, &element, sizeof element); };
  if (dtype == "f16")
    put(floatToF16(static_cast<float>(value)));
  else if (dtype == "bf16")
    put(floatToBF16(static_cast<float>(value)));
  else if (dtype == "f32" || dtype == "complex64")
    put(static_cast<float>(value));
  else if (dtype == "f64" || dtype == "complex128")
    put(value);
  else if (dtype == "i8" || dtype == "u8")
    put(static_cast<int8_t>(value));
  else if (dtype == "i16")
    put(static_cast<int16_t>(value));
  else if (dtype == "i32")
    put(static_cast<int32_t>(value));
  else
    put(static_cast<int64_t>(value));
}

template <typename T> static double loadAs(const char *from) {
  T element;
  std::memcpy(&element, from, sizeof element);
  return static_cast<double>(element);
}

/// Read an element, or one half of a complex one, as a number.
static double load(const char *from, llvm::StringRef dtype) {
  uint16_t half;
  std::memcpy(&half, from, std::min<size_t>(2, npyElementBytes(dtype)));
  if (dtype == "f16")
    return f16ToFloat(half);
  if (dtype == "bf16")
    return bf16ToFloat(half);
  if (dtype == "f32" || dtype == "complex64")
    return loadAs<float>(from);
  if (dtype == "f64" || dtype == "complex128")
    return loadAs<double>(from);
  if (dtype == "i8")
    return loadAs<int8_t>(from);
  if (dtype == "u8")
    return loadAs<uint8_t>(from);
  if (dtype == "i16")
    return loadAs<int16_t>(from);
  if (dtype == "i32")
    return loadAs<int32_t>(from);
  return loadAs<int64_t>(from);
}

static bool isComplex(llvm::StringRef dtype) {
  return dtype.starts_with("complex");
}
static bool isInteger(llvm::StringRef dtype) {
  return dtype.starts_with("i") || dtype.starts_with("u");
}

Tensor Tensor::poisoned(const convrt_argument &argument,
                        std::vector<int64_t> shape) {
  Tensor tensor;
  tensor.name = argument.dtype_name;
  tensor.type = argument.dtype;
  tensor.shape = std::move(shape);
  tensor.storage.resize(tensor.bytes() + alignment);
  size_t address = reinterpret_cast<size_t>(tensor.storage.data());
  tensor.offset = (alignment - address % alignment) % alignment;
  double value =
      isInteger(tensor.name) ? 0 : std::numeric_limits<double>::quiet_NaN();
  int64_t parts = isComplex(tensor.name) ? 2 : 1;
  size_t step = npyElementBytes(tensor.name) / parts;
  for (int64_t i = 0; i < tensor.size() * parts; ++i)
    store(tensor.data() + i * step, tensor.name, value);
  return tensor;
}

void Tensor::fillRandom(std::mt19937_64 &random, double scale) {
  std::normal_distribution<double> normal(0, scale);
  int64_t parts = isComplex(name) ? 2 : 1;
  size_t step = npyElementBytes(name) / parts;
  for (int64_t i = 0; i < size() * parts; ++i)
    store(data() + i * step, name,
          isInteger(name) ? std::round(100 * normal(random)) : normal(random));
}

void Tensor::fillFrom(const NpyArray &array) {
  std::copy(array.data.begin(), array.data.end(), data());
}

NpyArray Tensor::toNpy() const {
  return {name, shape, std::vector<char>(data(), data() + bytes())};
}

Array Tensor::toArray() const {
  Array array{shape, {}};
  array.values.reserve(size());
  size_t step = npyElementBytes(name);
  for (int64_t i = 0; i < size(); ++i) {
    const char *element = data() + i * step;
    array.values.push_back(
        {load(element, name),
         isComplex(name) ? load(element + step / 2, name) : 0});
  }
  return array;
}

DLTensor *Tensor::dlpack() {
  view = DLTensor{data(),
                  {kDLCPU, 0},
                  static_cast<int32_t>(shape.size()),
                  type,
                  shape.data(),
                  /*strides=*/nullptr,
                  /*byte_offset=*/0};
  return &view;
}

int64_t Tensor::size() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1},
                         std::multiplies<int64_t>());
}

int64_t Tensor::bytes() const {
  return size() * static_cast<int64_t>(npyElementBytes(name));
}

double conv::roundingError(const Array &want, llvm::StringRef dtype) {
  if (dtype != "f16" && dtype != "bf16")
    return 0;
  double error = 0, norm = 0;
  for (std::complex<double> value : want.values) {
    float exact = static_cast<float>(value.real());
    float rounded = dtype == "f16" ? f16ToFloat(floatToF16(exact))
                                   : bf16ToFloat(floatToBF16(exact));
    error += (rounded - value.real()) * (rounded - value.real());
    norm += value.real() * value.real();
  }
  // A handful of outputs may all happen to round well: never less than the root
  // mean square over the mantissas of a long signal.
  double typical = dtype == "f16" ? 2.8e-4 : 1.66e-3;
  return std::max(typical, norm > 0 ? std::sqrt(error / norm) : 0);
}
