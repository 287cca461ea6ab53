//===- Package.cpp - Write packages of compiled kernels -------------------===//

#include "conv/Package/Package.h"
#include "convrt/convrt.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/OffloadBinary.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace conv::package;
using llvm::object::OffloadBinary;

static constexpr size_t checksumDigits = 64;

std::vector<std::string>
conv::package::dynamicDimensions(const Kernel &kernel) {
  std::vector<std::string> symbols;
  for (const Argument &argument : kernel.arguments)
    for (const Dimension &dimension : argument.shape)
      if (!dimension.symbol.empty() &&
          !llvm::is_contained(symbols, dimension.symbol))
        symbols.push_back(dimension.symbol);
  return symbols;
}

//===----------------------------------------------------------------------===//
// Expressions and parameters
//===----------------------------------------------------------------------===//

Expression Expression::symbol(std::string name) {
  Expression expression(0);
  expression.terms = {std::move(name)};
  return expression;
}

static Expression apply(Expression a, const Expression &b, const char *word) {
  a.terms.insert(a.terms.end(), b.terms.begin(), b.terms.end());
  a.terms.emplace_back(std::string(word));
  return a;
}

Expression conv::package::operator+(Expression a, const Expression &b) {
  return apply(std::move(a), b, "+");
}
Expression conv::package::operator-(Expression a, const Expression &b) {
  return apply(std::move(a), b, "-");
}
Expression conv::package::operator*(Expression a, const Expression &b) {
  return apply(std::move(a), b, "*");
}
Expression conv::package::ceilDiv(Expression a, const Expression &b) {
  return apply(std::move(a), b, "ceildiv");
}
Expression conv::package::min(Expression a, const Expression &b) {
  return apply(std::move(a), b, "min");
}
Expression conv::package::max(Expression a, const Expression &b) {
  return apply(std::move(a), b, "max");
}

Parameter Parameter::buffer(unsigned index, unsigned alignment) {
  return {Kind::buffer, index, alignment, 0};
}
Parameter Parameter::workspace(Expression offset) {
  return {Kind::workspace, 0, 0, std::move(offset)};
}
Parameter Parameter::i32(Expression value) {
  return {Kind::i32, 0, 0, std::move(value)};
}
Parameter Parameter::i64(Expression value) {
  return {Kind::i64, 0, 0, std::move(value)};
}

//===----------------------------------------------------------------------===//
// Metadata
//===----------------------------------------------------------------------===//

/// The shortest decimal that reads back as `value`.
static std::string shortestDecimal(double value) {
  char text[32];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value)
      break;
  }
  return text;
}

static void writeArgument(llvm::json::OStream &json, const Argument &argument) {
  json.object([&] {
    json.attribute("name", argument.name);
    json.attribute("role", argument.role == Role::input ? "input" : "output");
    json.attribute("dtype", argument.dtype);
    json.attributeArray("shape", [&] {
      for (const Dimension &dimension : argument.shape) {
        if (dimension.symbol.empty())
          json.value(dimension.extent);
        else
          json.value(dimension.symbol);
      }
    });
  });
}

static void writeExpression(llvm::json::OStream &json,
                            const Expression &expression) {
  json.array([&] {
    for (const auto &term : expression.terms)
      std::visit([&](const auto &value) { json.value(value); }, term);
  });
}

static void writeParameter(llvm::json::OStream &json,
                           const Parameter &parameter) {
  json.object([&] {
    if (parameter.kind == Parameter::Kind::buffer) {
      json.attribute("buffer", parameter.index);
      if (parameter.alignment != Parameter::buffer(0).alignment)
        json.attribute("alignment", parameter.alignment);
      return;
    }
    json.attributeBegin(parameter.kind == Parameter::Kind::workspace
                            ? "workspace"
                        : parameter.kind == Parameter::Kind::i32 ? "i32"
                                                                 : "i64");
    writeExpression(json, parameter.value);
    json.attributeEnd();
  });
}

static void writeLaunch(llvm::json::OStream &json, const Launch &launch) {
  auto extents = [&](const std::array<uint32_t, 3> &values) {
    for (uint32_t value : values)
      json.value(value);
  };
  json.object([&] {
    json.attribute("symbol", launch.symbol);
    json.attributeArray("grid", [&] {
      for (const Expression &extent : launch.grid)
        writeExpression(json, extent);
    });
    json.attributeArray("block", [&] { extents(launch.block); });
    if (launch.cluster)
      json.attributeArray("cluster", [&] { extents(*launch.cluster); });
    json.attribute("shared", launch.sharedBytes);
    json.attributeArray("parameters", [&] {
      for (const Parameter &parameter : launch.parameters)
        writeParameter(json, parameter);
    });
  });
}

static void writeProgram(llvm::json::OStream &json, const Program &program) {
  json.attributeObject("program", [&] {
    json.attributeBegin("workspace");
    writeExpression(json, program.workspace);
    json.attributeEnd();
    json.attributeArray("launches", [&] {
      for (const Launch &launch : program.launches)
        writeLaunch(json, launch);
    });
  });
}

static void writeKernel(llvm::json::OStream &json, const Kernel &kernel,
                        ImageKind kind) {
  json.object([&] {
    json.attribute("name", kernel.name);
    if (kind == ImageKind::object)
      json.attribute("symbol", kernel.symbol);
    else
      writeProgram(json, kernel.program);
    json.attribute("kind", kernel.kind);
    json.attributeArray("arguments", [&] {
      for (const Argument &argument : kernel.arguments)
        writeArgument(json, argument);
    });
    json.attributeArray("dims", [&] {
      for (const std::string &symbol : dynamicDimensions(kernel))
        json.value(symbol);
    });
    json.attributeObject("numerics", [&] {
      json.attribute("arithmetic", kernel.arithmetic);
      json.attributeBegin("relative_l2_bound");
      json.rawValue(shortestDecimal(kernel.relativeL2Bound));
      json.attributeEnd();
    });
    json.attribute("plan", kernel.plan);
  });
}

static std::string writeMetadata(const Image &image) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream);
  json.object([&] {
    if (!image.requiredFeatures.empty())
      json.attributeArray("requires", [&] {
        for (const std::string &feature : image.requiredFeatures)
          json.value(feature);
      });
    json.attributeArray("kernels", [&] {
      for (const Kernel &kernel : image.kernels)
        writeKernel(json, kernel, image.kind);
    });
  });
  return text;
}

/// A text that is not the caller's to choose freely would end early or be
/// changed on the way; say which one.
static llvm::Error checkText(llvm::StringRef what, llvm::StringRef text) {
  if (text.contains('\0') || !llvm::json::isUTF8(text))
    return llvm::createStringError(what + " is not UTF-8 text without NUL");
  return llvm::Error::success();
}

static llvm::Error checkTexts(const Expression &expression) {
  for (const auto &term : expression.terms)
    if (const auto *word = std::get_if<std::string>(&term))
      if (llvm::Error error = checkText("a term of an expression", *word))
        return error;
  return llvm::Error::success();
}

static llvm::Error checkTexts(const Program &program) {
  if (llvm::Error error = checkTexts(program.workspace))
    return error;
  for (const Launch &launch : program.launches) {
    if (llvm::Error error = checkText("a symbol", launch.symbol))
      return error;
    for (const Expression &extent : launch.grid)
      if (llvm::Error error = checkTexts(extent))
        return error;
    for (const Parameter &parameter : launch.parameters)
      if (llvm::Error error = checkTexts(parameter.value))
        return error;
  }
  return llvm::Error::success();
}

static llvm::Error checkTexts(const Image &image) {
  if (llvm::Error error = checkText("the triple of an image", image.triple))
    return error;
  if (llvm::Error error = checkText("the level of an image", image.isa))
    return error;
  for (const std::string &feature : image.requiredFeatures)
    if (llvm::Error error = checkText("a required feature", feature))
      return error;
  for (const Kernel &kernel : image.kernels) {
    for (const std::string *text : {&kernel.name, &kernel.symbol, &kernel.kind,
                                    &kernel.plan, &kernel.arithmetic})
      if (llvm::Error error = checkText("a text of a kernel", *text))
        return error;
    if (llvm::Error error = checkTexts(kernel.program))
      return error;
    if (!std::isfinite(kernel.relativeL2Bound))
      return llvm::createStringError("the error bound of kernel '" +
                                     kernel.name + "' is not finite");
    for (const Argument &argument : kernel.arguments) {
      for (const std::string *text : {&argument.name, &argument.dtype})
        if (llvm::Error error = checkText("a text of an argument", *text))
          return error;
      for (const Dimension &dimension : argument.shape)
        if (llvm::Error error = checkText("a symbol", dimension.symbol))
          return error;
    }
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Records
//===----------------------------------------------------------------------===//

/// Where the value of `key` begins in a record.
static size_t findValue(llvm::ArrayRef<char> record, llvm::StringRef key) {
  using llvm::support::endian::read64le;
  const auto *header =
      reinterpret_cast<const OffloadBinary::Header *>(record.data());
  const char *entry = record.data() + read64le(&header->EntryOffset);
  uint64_t strings =
      read64le(entry + offsetof(OffloadBinary::Entry, StringOffset));
  uint64_t count = read64le(entry + offsetof(OffloadBinary::Entry, NumStrings));
  for (uint64_t i = 0; i < count; ++i) {
    const char *pair =
        record.data() + strings + i * sizeof(OffloadBinary::StringEntry);
    if (key == record.data() + read64le(pair))
      return read64le(pair + sizeof(uint64_t));
  }
  llvm_unreachable("the key was just written");
}

/// One record: the image, its texts, and the SHA-256 of it all, in which the
/// digits of the sum itself count as '0'.
static llvm::SmallString<0> writeRecord(const Image &image) {
  std::string metadata = writeMetadata(image);
  std::string placeholder(checksumDigits, '0');
  OffloadBinary::OffloadingImage parts;
  parts.TheImageKind =
      image.kind == ImageKind::object  ? llvm::object::IMG_Object
      : image.kind == ImageKind::cubin ? llvm::object::IMG_Cubin
                                       : llvm::object::IMG_PTX;
  parts.TheOffloadKind = image.kind == ImageKind::object
                             ? llvm::object::OFK_None
                             : llvm::object::OFK_Cuda;
  parts.StringData["format"] = "conv-1.1";
  parts.StringData["triple"] = image.triple;
  parts.StringData["arch"] = image.isa;
  parts.StringData["metadata"] = metadata;
  parts.StringData["sha256"] = placeholder;
  parts.Image = llvm::MemoryBuffer::getMemBuffer(
      image.bytes, /*BufferName=*/"", /*RequiresNullTerminator=*/false);
  llvm::SmallString<0> record = OffloadBinary::write(parts);
  auto hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(record));
  std::string digits = llvm::toHex(hash, /*LowerCase=*/true);
  std::copy(digits.begin(), digits.end(),
            record.begin() + findValue(record, "sha256"));
  return record;
}

void Writer::add(Image image) { images.push_back(std::move(image)); }

llvm::Expected<llvm::SmallVector<char, 0>> Writer::write() const {
  if (images.empty())
    return llvm::createStringError("a package needs at least one image");
  llvm::SmallVector<char, 0> package;
  for (const Image &image : images) {
    if (llvm::Error error = checkTexts(image))
      return std::move(error);
    llvm::SmallString<0> record = writeRecord(image);
    package.append(record.begin(), record.end());
  }
  // The reader knows the rules; asking it means that they are written once.
  if (convrt_package_verify(package.data(), package.size()) != CONVRT_OK)
    return llvm::createStringError(llvm::Twine("cannot write the package: ") +
                                   convrt_last_error());
  return package;
}

llvm::Error Writer::writeFile(llvm::StringRef path) const {
  llvm::Expected<llvm::SmallVector<char, 0>> package = write();
  if (!package)
    return package.takeError();
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &out) {
    out.write(package->data(), package->size());
    return llvm::Error::success();
  });
}
