//===- ptx-emulate.cpp - Run a kernel of a PTX file -----------------------===//
#include "Npy.h"
#include "ptxemu/Emulator.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace ptxemu;

namespace {

const char usage[] = R"(usage: ptx-emulate FILE.ptx [options]

Run one kernel on the CPU. Arguments are given in the kernel's order:
  --arg=in:FILE.npy          pointer to the array
  --arg=inout:FILE.npy,OUT   the same, written to OUT afterwards
  --arg=out:DTYPE:SHAPE,OUT  pointer to new memory filled with 0xFF, written to
                             OUT afterwards, as in out:f4:16x256,y.npy
  --arg=i32:5 u32: i64: u64: f32: f64:   a number
  --arg=map:DTYPE:EXTENTS:BOX:SWIZZLE,FILE.npy
                             tensor map of a dense array, extents innermost
                             first, swizzle 0, 32, 64 or 128, as in
                             map:f2:64x128:64x8:128,a.npy
  --arg=shared               shared address of the dynamic part (u32)
Options:
  --entry=NAME     kernel (may be left out when the file has one)
  --grid=X[,Y,Z]  --block=X[,Y,Z]  --cluster=X[,Y,Z]  --shared=BYTES
  --cooperative    all CTAs resident
  --sanitize       races, uninitialised reads, missing waits and fences
  --stats          instructions by class and loop, bank conflicts, sectors,
                   tensor operations
  --order=inorder|reverse|random  --async=late|eager|random  --seed=N
  --steps=N        limit on warp instructions
  --threads=N      host threads, 0 for one a core
  --device=NAME    sm_80, sm_86, sm_89, sm_90a, sm_100a or sm_120; without it
                   the least of them that runs the file's .target
  --list           list the kernels
Exit status: 0 clean, 1 with reports, 2 when it could not be run.
)";

[[noreturn]] void die(const std::string &message) {
  std::fprintf(stderr, "ptx-emulate: %s\n", message.c_str());
  std::exit(2);
}

uint64_t number(const std::string &text, const std::string &option) {
  char *end;
  uint64_t v = std::strtoull(text.c_str(), &end, 0);
  if (text.empty() || *end)
    die("'" + text + "' is not a number for " + option);
  return v;
}

void triple(const std::string &text, uint32_t *out, const std::string &option) {
  size_t at = 0;
  for (int i = 0; i < 3 && at <= text.size(); ++i) {
    size_t comma = text.find(',', at);
    out[i] = uint32_t(number(text.substr(at, comma - at), option));
    if (comma == std::string::npos)
      return;
    at = comma + 1;
  }
}

struct Output {
  uint64_t address;
  NpyArray array;
  std::string path;
};

/// 64x128x2 as numbers; at most five.
unsigned extents(const std::string &text, uint64_t *out) {
  unsigned n = 0;
  for (size_t at = 0; n < 5 && at <= text.size();) {
    size_t x = text.find('x', at);
    out[n++] = number(text.substr(at, x - at), "--arg=map");
    if (x == std::string::npos)
      break;
    at = x + 1;
  }
  return n;
}

/// map:DTYPE:EXTENTS:BOX:SWIZZLE,FILE
void addTensorMap(Device &device, const std::string &value,
                  LaunchConfig &config) {
  static const std::pair<const char *, TensorType> types[] = {
      {"u1", TensorType::U8},  {"u2", TensorType::U16},
      {"u4", TensorType::U32}, {"i4", TensorType::S32},
      {"u8", TensorType::U64}, {"i8", TensorType::S64},
      {"f2", TensorType::F16}, {"f4", TensorType::F32},
      {"f8", TensorType::F64}};
  std::vector<std::string> parts;
  size_t comma = value.find(','), at = 0;
  std::string head = value.substr(0, comma), error;
  for (size_t colon; (colon = head.find(':', at)) != std::string::npos;
       at = colon + 1)
    parts.push_back(head.substr(at, colon - at));
  parts.push_back(head.substr(at));
  if (comma == std::string::npos || parts.size() != 4)
    die("--arg=map needs DTYPE:EXTENTS:BOX:SWIZZLE,FILE");
  NpyArray array;
  if (!readNpy(value.substr(comma + 1), array, error))
    die(error);
  TensorMapConfig map;
  bool known = false;
  for (auto &[name, type] : types)
    if (parts[0] == name) {
      map.type = type;
      known = true;
    }
  uint64_t box[5];
  map.rank = extents(parts[1], map.extent);
  if (!known || extents(parts[2], box) != map.rank)
    die("--arg=map: unknown type, or extents and box of different rank");
  uint64_t swizzle = number(parts[3], "--arg=map"),
           stride = uint64_t(parts[0][1] - '0');
  map.swizzle = swizzle == 32    ? Swizzle::Bytes32
                : swizzle == 64  ? Swizzle::Bytes64
                : swizzle == 128 ? Swizzle::Bytes128
                                 : Swizzle::None;
  for (unsigned i = 0; i < map.rank; ++i) {
    map.box[i] = uint32_t(box[i]);
    map.stride[i] = stride;
    if (map.extent[i] > array.data.size() / stride)
      die("--arg=map: the array is smaller than the extents");
    stride *= map.extent[i];
  }
  map.address = device.allocate(array.data.size());
  device.copyToDevice(map.address, array.data.data(), array.data.size());
  TensorMap bits;
  if (!encodeTensorMap(map, bits, error))
    die("--arg=map: " + error);
  config.addArgument(bits);
}

/// One --arg; outputs are remembered for after the launch.
void addArgument(Device &device, ModuleHandle module, const std::string &entry,
                 const std::string &text, LaunchConfig &config,
                 std::vector<Output> &outputs) {
  std::string error;
  size_t colon = text.find(':');
  std::string kind = text.substr(0, colon);
  std::string value = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (kind == "map") {
    addTensorMap(device, value, config);
  } else if (kind == "shared") {
    config.addArgument(device.dynamicSharedAddress(module, entry));
  } else if (kind == "i32" || kind == "u32") {
    config.addArgument(uint32_t(std::strtoll(value.c_str(), nullptr, 0)));
  } else if (kind == "i64" || kind == "u64") {
    config.addArgument(uint64_t(std::strtoll(value.c_str(), nullptr, 0)));
  } else if (kind == "f32") {
    config.addArgument(std::strtof(value.c_str(), nullptr));
  } else if (kind == "f64") {
    config.addArgument(std::strtod(value.c_str(), nullptr));
  } else if (kind == "in" || kind == "inout" || kind == "out") {
    std::string path = value, target;
    if (kind != "in") {
      size_t comma = value.find(',');
      if (comma == std::string::npos)
        die("--arg=" + text + " names no output file");
      path = value.substr(0, comma);
      target = value.substr(comma + 1);
    }
    NpyArray array;
    if (kind == "out") {
      size_t second = path.find(':');
      if (second == std::string::npos)
        die("--arg=" + text + " needs DTYPE:SHAPE");
      array.descr = "<" + path.substr(0, second);
      uint64_t count = 1;
      for (size_t at = second + 1; at < path.size();) {
        size_t x = path.find('x', at);
        array.shape.push_back(number(path.substr(at, x - at), "--arg"));
        count *= array.shape.back();
        if (x == std::string::npos)
          break;
        at = x + 1;
      }
      array.data.assign(count * array.itemBytes(), 0xFF);
    } else if (!readNpy(path, array, error)) {
      die(error);
    }
    uint64_t address = device.allocate(array.data.size());
    if (!address)
      die(device.lastError());
    device.copyToDevice(address, array.data.data(), array.data.size());
    config.addArgument(address);
    if (kind != "in")
      outputs.push_back({address, array, target});
  } else {
    die("unknown kind of argument '" + kind + "'; see --help");
  }
}

} // namespace

int main(int argc, char **argv) {
  std::string file, entry, deviceName;
  std::vector<std::string> arguments;
  LaunchConfig config;
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    std::string a = argv[i];
    size_t equals = a.find('=');
    std::string name = a.substr(0, equals);
    std::string value = equals == std::string::npos ? "" : a.substr(equals + 1);
    if (a == "--help" || a == "-h") {
      std::fputs(usage, stdout);
      return 0;
    }
    if (a.rfind("--", 0) != 0) {
      if (!file.empty())
        die("more than one PTX file");
      file = a;
    } else if (name == "--entry") {
      entry = value;
    } else if (name == "--device") {
      deviceName = value;
    } else if (name == "--arg") {
      arguments.push_back(value);
    } else if (name == "--grid") {
      triple(value, config.grid, name);
    } else if (name == "--block") {
      triple(value, config.block, name);
    } else if (name == "--cluster") {
      config.cluster[1] = config.cluster[2] = 1;
      triple(value, config.cluster, name);
    } else if (name == "--shared") {
      config.dynamicSharedBytes = uint32_t(number(value, name));
    } else if (name == "--seed") {
      config.seed = number(value, name);
    } else if (name == "--steps") {
      config.stepLimit = number(value, name);
    } else if (name == "--threads") {
      config.threads = unsigned(number(value, name));
    } else if (name == "--sanitize") {
      config.sanitize = true;
    } else if (name == "--stats") {
      config.statistics = true;
    } else if (name == "--cooperative") {
      config.cooperative = true;
    } else if (name == "--list") {
      list = true;
    } else if (name == "--order" && (value == "inorder" || value == "reverse" ||
                                     value == "random")) {
      config.order = value == "inorder"   ? Order::InOrder
                     : value == "reverse" ? Order::Reverse
                                          : Order::Random;
    } else if (name == "--async" &&
               (value == "late" || value == "eager" || value == "random")) {
      config.async = value == "late"    ? AsyncMode::Late
                     : value == "eager" ? AsyncMode::Eager
                                        : AsyncMode::Random;
    } else {
      die("unknown option '" + a + "'; see --help");
    }
  }
  if (file.empty())
    die("no PTX file; see --help");
  std::ifstream in(file, std::ios::binary);
  if (!in)
    die(file + ": cannot be read");
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  const DeviceFacts *facts =
      deviceName.empty() ? deviceForModule(text) : findDevice(deviceName);
  if (!facts)
    die(deviceName.empty() ? file + ": no device runs its .target"
                           : "no device '" + deviceName + "'; see --help");
  Device device(*facts);
  ModuleHandle module = device.loadModule(text);
  if (module < 0)
    die(file + ": " + device.lastError());
  std::vector<std::string> kernels = device.kernels(module);
  if (list) {
    for (const std::string &k : kernels)
      std::printf("%s\n", k.c_str());
    return 0;
  }
  if (entry.empty() && kernels.size() == 1)
    entry = kernels[0];
  if (entry.empty())
    die("the file has " + std::to_string(kernels.size()) +
        " kernels; choose one with --entry");
  std::vector<Output> outputs;
  for (const std::string &a : arguments)
    addArgument(device, module, entry, a, config, outputs);
  auto start = std::chrono::steady_clock::now();
  LaunchResult result = device.launch(module, entry, config);
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  for (const Report &r : result.reports)
    std::fprintf(stderr, "%s\n", r.text().c_str());
  if (!result.ok && result.reports.empty())
    die(result.error);
  for (Output &o : outputs) {
    std::string error;
    device.copyToHost(o.array.data.data(), o.address, o.array.data.size());
    if (!writeNpy(o.path, o.array, error))
      die(error);
  }
  if (config.statistics)
    std::printf("%sseconds              %.3f (%.0f M thread instructions/s, "
                "%.2f tensor GFLOP/s)\n",
                result.statistics.text().c_str(), seconds,
                double(result.statistics.threadInstructions) / seconds * 1e-6,
                double(result.statistics.tensorOperations) / seconds * 1e-9);
  return result.ok ? 0 : 1;
}
