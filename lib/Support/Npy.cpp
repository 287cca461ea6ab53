//===- Npy.cpp - Arrays in numpy's file format ----------------------------===//

#include "conv/Support/Npy.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cassert>

using llvm::StringRef;

namespace {

/// How numpy spells a dtype. The first spelling is the one that is written.
struct Spelling {
  StringRef dtype, descr;
  size_t bytes;
};

constexpr Spelling spellings[] = {
    {"f16", "<f2", 2},          {"bf16", "<V2", 2}, {"bf16", "|V2", 2},
    {"f32", "<f4", 4},          {"f64", "<f8", 8},  {"complex64", "<c8", 8},
    {"complex128", "<c16", 16}, {"i8", "|i1", 1},   {"i16", "<i2", 2},
    {"i32", "<i4", 4},          {"i64", "<i8", 8},  {"u8", "|u1", 1},
};

constexpr StringRef magic("\x93NUMPY", 6);

/// Numpy has no array of more dimensions.
constexpr size_t mostDimensions = 64;

/// Reads the Python dictionary of a header: three known keys with a string, a
/// boolean and a tuple of integers.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  bool parse() {
    if (!consume("{"))
      return false;
    while (!consume("}")) {
      std::string key;
      if (!parseString(key) || !consume(":"))
        return false;
      if (key == "descr"           ? !parseString(descr)
          : key == "fortran_order" ? !parseBool(fortranOrder)
          : key == "shape"         ? !parseShape()
                                   : true)
        return false;
      seen.push_back(key);
      if (!consume(",") && !rest.ltrim().starts_with("}"))
        return false;
    }
    llvm::sort(seen);
    return rest.trim().empty() &&
           seen == std::vector<std::string>{"descr", "fortran_order", "shape"};
  }

  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;

private:
  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  bool parseString(std::string &value) {
    rest = rest.ltrim();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
      return false;
    size_t end = rest.find(rest[0], 1);
    if (end == StringRef::npos)
      return false;
    value = rest.substr(1, end - 1).str();
    rest = rest.drop_front(end + 1);
    return true;
  }
  bool parseBool(bool &value) {
    value = consume("True");
    return value || consume("False");
  }
  bool parseShape() {
    if (!consume("("))
      return false;
    while (!consume(")")) {
      int64_t size;
      rest = rest.ltrim();
      if (rest.consumeInteger(10, size) || size < 0)
        return false;
      shape.push_back(size);
      if (!consume(",") && !rest.ltrim().starts_with(")"))
        return false;
    }
    return true;
  }

  StringRef rest;
  std::vector<std::string> seen;
};

} // namespace

size_t conv::npyElementBytes(StringRef dtype) {
  for (const Spelling &spelling : spellings)
    if (spelling.dtype == dtype)
      return spelling.bytes;
  return 0;
}

llvm::Expected<conv::NpyArray> conv::readNpy(StringRef path, StringRef dtype) {
  auto error = [&](const llvm::Twine &what) {
    return llvm::createStringError(path + ": " + what);
  };
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return error(file.getError().message());
  llvm::Expected<NpyArray> array = parseNpy((*file)->getBuffer(), dtype);
  if (!array)
    return error(llvm::toString(array.takeError()));
  return array;
}

llvm::Expected<conv::NpyArray> conv::parseNpy(StringRef bytes,
                                              StringRef dtype) {
  auto error = [](const llvm::Twine &what) {
    return llvm::createStringError(what);
  };
  if (!bytes.consume_front(magic) || bytes.size() < 4)
    return error("is not an .npy file; write it with numpy.save");
  unsigned major = static_cast<unsigned char>(bytes[0]);
  if (major < 1 || major > 3)
    return error("has .npy version " + llvm::Twine(major) +
                 "; versions 1 to 3 are known");
  size_t lengthBytes = major == 1 ? 2 : 4;
  if (bytes.size() < 2 + lengthBytes)
    return error("ends within its header");
  size_t headerBytes = lengthBytes == 2
                           ? llvm::support::endian::read16le(bytes.data() + 2)
                           : llvm::support::endian::read32le(bytes.data() + 2);
  bytes = bytes.drop_front(2 + lengthBytes);
  if (bytes.size() < headerBytes)
    return error("ends within its header");
  HeaderParser header(bytes.take_front(headerBytes));
  bytes = bytes.drop_front(headerBytes);
  if (!header.parse())
    return error("has a malformed header");
  if (header.shape.size() > mostDimensions)
    return error("has " + llvm::Twine(header.shape.size()) +
                 " dimensions; numpy has at most " +
                 llvm::Twine(mostDimensions));
  if (header.fortranOrder && header.shape.size() > 1)
    return error("is in Fortran order; save numpy.ascontiguousarray(...)");

  const Spelling *spelling = llvm::find_if(
      spellings, [&](const Spelling &s) { return s.descr == header.descr; });
  bool isBF16Bits = dtype == "bf16" && header.descr == "<u2";
  if (!isBF16Bits &&
      (spelling == std::end(spellings) || spelling->dtype != dtype)) {
    std::string held = spelling == std::end(spellings)
                           ? "dtype '" + header.descr + "'"
                           : spelling->dtype.str();
    return error("holds " + held + ", but " + dtype +
                 (dtype == "bf16" ? " (saved as '<V2' or '<u2')" : "") +
                 " is needed; convert it before saving");
  }
  uint64_t size = npyElementBytes(dtype);
  bool overflow = false;
  for (int64_t extent : header.shape) {
    bool here = false;
    size = llvm::SaturatingMultiply<uint64_t>(size, extent, &here);
    // Kept: an extent of zero later on would make even a huge array empty.
    overflow |= here;
  }
  if (overflow || size != bytes.size())
    return error("has " + llvm::Twine(bytes.size()) +
                 " bytes of data, but its shape needs " +
                 (overflow ? "more" : llvm::Twine(size).str()));
  return NpyArray{dtype.str(), header.shape,
                  std::vector<char>(bytes.begin(), bytes.end())};
}

void conv::printNpy(llvm::raw_ostream &stream, const NpyArray &array) {
  const Spelling *spelling = llvm::find_if(
      spellings, [&](const Spelling &s) { return s.dtype == array.dtype; });
  assert(spelling != std::end(spellings) &&
         array.shape.size() <= mostDimensions && "no array of numpy");
  std::string header = "{'descr': '" + spelling->descr.str() +
                       "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : array.shape)
    header += std::to_string(extent) + ",";
  header += "), }";
  // The data start at a multiple of 64 bytes.
  size_t preamble = magic.size() + 4;
  size_t total = llvm::alignTo(preamble + header.size() + 1, 64);
  header.append(total - preamble - header.size() - 1, ' ');
  header += '\n';
  stream << magic << '\x01' << '\0';
  char length[2];
  llvm::support::endian::write16le(length,
                                   static_cast<uint16_t>(header.size()));
  stream.write(length, 2);
  stream << header;
  stream.write(array.data.data(), array.data.size());
}

llvm::Error conv::writeNpy(StringRef path, const NpyArray &array) {
  if (npyElementBytes(array.dtype) == 0)
    return llvm::createStringError(path + ": numpy has no dtype " +
                                   array.dtype);
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &stream) {
    printNpy(stream, array);
    return llvm::Error::success();
  });
}
