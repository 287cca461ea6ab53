//===- Npy.cpp ------------------------------------------------------------===//
#include "Npy.h"

#include <cctype>
#include <cstring>
#include <fstream>
#include <iterator>

namespace ptxemu {
namespace {

/// Text after `'key':` in the header's dictionary.
std::string field(const std::string &header, const std::string &key) {
  size_t at = header.find("'" + key + "'");
  if (at == std::string::npos)
    return "";
  at = header.find(':', at);
  if (at == std::string::npos)
    return "";
  ++at;
  while (at < header.size() && header[at] == ' ')
    ++at;
  return header.substr(at);
}

} // namespace

unsigned NpyArray::itemBytes() const {
  unsigned n = 0;
  for (char c : descr)
    if (c >= '0' && c <= '9' && n < 1000)
      n = n * 10 + unsigned(c - '0');
  return n;
}

bool readNpy(const std::string &path, NpyArray &array, std::string &error) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> file((std::istreambuf_iterator<char>(in)),
                         std::istreambuf_iterator<char>());
  auto fail = [&](const char *why) {
    error = path + ": " + why;
    return false;
  };
  if (!in && file.empty())
    return fail("cannot be read");
  if (file.size() < 12 || std::memcmp(file.data(), "\x93NUMPY", 6))
    return fail("is not a .npy file");
  bool wide = file[6] >= 2;
  size_t length = uint8_t(file[8]) | size_t(uint8_t(file[9])) << 8, start = 10;
  if (wide) {
    length |= size_t(uint8_t(file[10])) << 16 | size_t(uint8_t(file[11])) << 24;
    start = 12;
  }
  if (length > file.size() - start)
    return fail("has a damaged header");
  std::string header(file.data() + start, length);
  std::string descr = field(header, "descr"),
              order = field(header, "fortran_order"),
              shape = field(header, "shape");
  if (descr.size() < 4 || descr[0] != '\'' || order.rfind("False", 0) != 0 ||
      shape.empty() || shape[0] != '(')
    return fail("must be a little-endian array in C order");
  array.descr = descr.substr(1, descr.find('\'', 1) - 1);
  if (array.descr[0] == '>' || !array.itemBytes())
    return fail("must be a little-endian array in C order");
  array.shape.clear();
  uint64_t count = 1;
  for (size_t i = 1; i < shape.size() && shape[i] != ')';) {
    if (!std::isdigit(uint8_t(shape[i]))) {
      ++i;
      continue;
    }
    uint64_t n = 0;
    for (; i < shape.size() && std::isdigit(uint8_t(shape[i])); ++i)
      n = n * 10 + uint64_t(shape[i] - '0');
    array.shape.push_back(n);
    if (n && count > file.size() / n)
      return fail("is shorter than its shape");
    count *= n;
  }
  uint64_t bytes = count * array.itemBytes();
  if (bytes != file.size() - start - length)
    return fail("does not have the size of its shape");
  array.data.assign(file.begin() + long(start + length), file.end());
  return true;
}

bool writeNpy(const std::string &path, const NpyArray &array,
              std::string &error) {
  std::string header =
      "{'descr': '" + array.descr + "', 'fortran_order': False, 'shape': (";
  for (uint64_t n : array.shape)
    header += std::to_string(n) + ",";
  header += "), }";
  header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::ofstream out(path, std::ios::binary);
  char prefix[10] = {'\x93',
                     'N',
                     'U',
                     'M',
                     'P',
                     'Y',
                     1,
                     0,
                     char(header.size() & 0xff),
                     char(header.size() >> 8)};
  out.write(prefix, 10);
  out.write(header.data(), long(header.size()));
  out.write(reinterpret_cast<const char *>(array.data.data()),
            long(array.data.size()));
  if (!out) {
    error = path + ": cannot be written";
    return false;
  }
  return true;
}

} // namespace ptxemu
