//===- Npy.h - NumPy files of the tool ------------------------------------===//
#ifndef PTXEMU_TOOL_NPY_H
#define PTXEMU_TOOL_NPY_H

#include <cstdint>
#include <string>
#include <vector>

namespace ptxemu {

struct NpyArray {
  std::string descr; ///< `<f4`
  std::vector<uint64_t> shape;
  std::vector<uint8_t> data;
  unsigned itemBytes() const;
};

/// Little-endian C-order arrays of NumPy's format 1.0 to 3.0. False with a
/// reason in `error`.
bool readNpy(const std::string &path, NpyArray &array, std::string &error);
bool writeNpy(const std::string &path, const NpyArray &array,
              std::string &error);

} // namespace ptxemu

#endif
