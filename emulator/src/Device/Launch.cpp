//===- Launch.cpp - Clusters of a grid over host threads ------------------===//
#include "Device/Launch.h"

#include <algorithm>
#include <deque>
#include <thread>

namespace ptxemu {
namespace {

/// Warp instructions a cluster runs before another gets its turn: CTAs that
/// wait for one another through global memory still make progress.
constexpr uint64_t quantum = uint64_t(1) << 20;
constexpr uint64_t maxParameterBytes = 32764;
/// A thread starts another cluster only while this few are unfinished, unless
/// the launch is cooperative: no device has more resident.
constexpr size_t maxResident = 2112;

std::unique_ptr<Cluster> makeCluster(LaunchState &launch, uint64_t number) {
  const LaunchConfig &config = *launch.config;
  auto cluster = std::make_unique<Cluster>();
  cluster->launch = &launch;
  uint64_t rest = number;
  for (int i = 0; i < 3; ++i) {
    cluster->dims[i] = launch.clusterDims[i];
    uint64_t count = config.grid[i] / cluster->dims[i];
    cluster->id[i] = uint32_t(rest % count);
    rest /= count;
  }
  cluster->rng = (config.seed * 0x9e3779b97f4a7c15ull) ^
                 (number * 0xd1342543de82ef95ull + 0x2545f4914f6cdd1dull);
  if (!cluster->rng)
    cluster->rng = 1;
  if (config.sanitize)
    cluster->sanitizer = std::make_unique<ClusterSanitizer>();
  uint32_t total = cluster->dims[0] * cluster->dims[1] * cluster->dims[2];
  uint32_t threads = config.block[0] * config.block[1] * config.block[2];
  uint32_t warps = (threads + 31) / 32;
  cluster->agents = total * warps;
  for (uint32_t rank = 0; rank < total; ++rank) {
    auto cta = std::make_unique<Cta>();
    cta->cluster = cluster.get();
    cta->rank = rank;
    uint32_t r = rank;
    for (int i = 0; i < 3; ++i) {
      cta->id[i] = cluster->id[i] * cluster->dims[i] + r % cluster->dims[i];
      r /= cluster->dims[i];
    }
    cta->linear = uint32_t(
        cta->id[0] + uint64_t(config.grid[0]) *
                         (cta->id[1] + uint64_t(config.grid[1]) * cta->id[2]));
    cta->sharedEnd = sharedBase + launch.program->sharedBytes +
                     uint32_t(launch.dynamicShared);
    // What nothing wrote reads as a pattern that is a NaN in every format.
    cta->shared.assign(cta->sharedEnd, 0xFF);
    if (config.sanitize)
      cta->shadow =
          std::make_unique<SharedShadow>(*cluster->sanitizer, cta->sharedEnd);
    for (uint32_t i = 0; i < warps; ++i)
      cta->warps.push_back(std::make_unique<Warp>());
    cluster->clusterArrived.emplace_back(warps, 0u);
    cluster->ctas.push_back(std::move(cta));
  }
  for (const std::unique_ptr<Cta> &cta : cluster->ctas)
    for (uint32_t i = 0; i < warps; ++i) {
      Warp &w = *cta->warps[i];
      w.start(*cta, int(i));
      w.clock.self = cta->rank * warps + i;
      if (config.sanitize)
        w.clock.clock.raise(w.clock.self, 1);
    }
  return cluster;
}

/// What is still under way when the CTAs have exited.
void finishCluster(Cluster &cluster) {
  for (const std::unique_ptr<Cta> &cta : cluster.ctas)
    for (BulkStore &store : cta->bulk) {
      if (!store.sourceRead && cluster.launch->config->sanitize)
        report(*store.warp, nullptr, store.lane, ReportKind::MissingWait,
               store.ranges.empty() ? 0 : store.ranges[0].first,
               "the kernel ended before a bulk store had read its shared "
               "memory; cp.async.bulk.wait_group.read is missing");
      store.finish();
    }
}

void work(LaunchState &launch, std::atomic<uint64_t> &next, uint64_t count) {
  std::vector<Counters> mine;
  if (launch.config->statistics)
    mine.resize(launch.program->instructions);
  InstructionCounters saved = counted;
  counted.first = mine.data();
  counted.current = mine.data();
  std::deque<std::unique_ptr<Cluster>> active;
  size_t limit = launch.config->cooperative ? ~size_t(0) : maxResident;
  auto startOne = [&]() {
    if (active.size() >= limit)
      return false;
    uint64_t number = next.fetch_add(1);
    if (number >= count)
      return false;
    if (launch.config->order == Order::Reverse)
      number = count - 1 - number;
    active.push_back(makeCluster(launch, number));
    return true;
  };
  if (launch.config->cooperative)
    while (startOne()) {
    }
  while (!launch.stop) {
    if (active.empty() && !startOne())
      break;
    std::unique_ptr<Cluster> cluster = std::move(active.front());
    active.pop_front();
    Cluster::Status status = cluster->run(quantum);
    if (status == Cluster::Status::Finished) {
      finishCluster(*cluster);
    } else if (status == Cluster::Status::Running) {
      startOne(); // it may be waiting for a CTA that has not started
      active.push_back(std::move(cluster));
    }
  }
  counted = saved;
  std::lock_guard<std::mutex> lock(launch.mutex);
  for (size_t i = 0; i < mine.size(); ++i)
    launch.counters[i].add(mine[i]);
}

} // namespace

std::string checkLaunch(const Program &p, const LaunchConfig &c,
                        const DeviceFacts &facts) {
  const Function &f = *p.entry;
  uint64_t threads = 1, blocks = 1;
  for (int i = 0; i < 3; ++i) {
    if (c.grid[i] == 0 || c.block[i] == 0)
      return "grid and block extents must be at least 1";
    threads *= c.block[i];
    blocks *= c.grid[i];
    if (threads > maxThreadsPerBlock)
      return "a block has at most 1024 threads";
    if (blocks > (uint64_t(1) << 31))
      return "the grid has more than 2^31 blocks";
  }
  if (f.requiredThreads[0]) {
    for (int i = 0; i < 3; ++i)
      if (c.block[i] != f.requiredThreads[i])
        return "the kernel requires a block of " +
               std::to_string(f.requiredThreads[0]) + " x " +
               std::to_string(f.requiredThreads[1]) + " x " +
               std::to_string(f.requiredThreads[2]) + " threads";
  }
  if (f.maxThreads[0] &&
      threads > uint64_t(f.maxThreads[0]) * f.maxThreads[1] * f.maxThreads[2])
    return "the kernel is limited to " +
           std::to_string(uint64_t(f.maxThreads[0]) * f.maxThreads[1] *
                          f.maxThreads[2]) +
           " threads a block, not " + std::to_string(threads);
  uint64_t shared = uint64_t(p.declaredSharedBytes) + c.dynamicSharedBytes;
  if (shared > facts.sharedBytesPerBlockOptin)
    return "the kernel needs " + std::to_string(shared) +
           " bytes of shared memory, more than the " +
           std::to_string(facts.sharedBytesPerBlockOptin) + " a block has on " +
           facts.name;
  uint64_t clusterSize = 1;
  for (int i = 0; i < 3; ++i) {
    uint32_t dim = c.cluster[i]       ? c.cluster[i]
                   : f.clusterDims[i] ? f.clusterDims[i]
                                      : 1;
    if (f.clusterDims[0] && c.cluster[i] && c.cluster[i] != f.clusterDims[i])
      return "the kernel declares other cluster extents";
    if (c.grid[i] % dim)
      return "the grid is not a multiple of the cluster";
    clusterSize *= dim;
  }
  if (clusterSize > facts.maxClusterSize)
    return std::string("a cluster has at most ") +
           std::to_string(facts.maxClusterSize) + " CTAs on " + facts.name +
           ", not " + std::to_string(clusterSize);
  if (c.arguments.size() != f.params.size())
    return "the kernel takes " + std::to_string(f.params.size()) +
           " arguments, not " + std::to_string(c.arguments.size());
  for (size_t i = 0; i < f.params.size(); ++i)
    if (c.arguments[i].size() != f.params[i].size)
      return "argument " + std::to_string(i) + " has " +
             std::to_string(f.params[i].size) + " bytes, not " +
             std::to_string(c.arguments[i].size());
  if (f.paramBytes > maxParameterBytes)
    return "the kernel's parameters are larger than " +
           std::to_string(maxParameterBytes) + " bytes";
  return "";
}

LaunchResult runLaunch(const Program &program, const LaunchConfig &config,
                       const MemoryMap &memory, const DeviceFacts &facts) {
  LaunchResult result;
  result.error = checkLaunch(program, config, facts);
  if (!result.error.empty())
    return result;
  LaunchState launch;
  launch.program = &program;
  launch.config = &config;
  launch.memory = &memory;
  launch.facts = &facts;
  if (config.statistics)
    launch.counters.resize(program.instructions);
  launch.dynamicShared = config.dynamicSharedBytes;
  // The grid barrier of cooperative groups counts arrivals in a workspace.
  MemoryMap withWorkspace;
  std::vector<uint64_t> workspace;
  if (config.cooperative) {
    workspace.assign(32, 0);
    launch.gridWorkspace = reinterpret_cast<uint64_t>(workspace.data());
    withWorkspace = memory;
    withWorkspace.insert(
        {launch.gridWorkspace, launch.gridWorkspace + 256, false});
    launch.memory = &withWorkspace;
  }
  launch.params.resize(program.entry->paramBytes);
  for (size_t i = 0; i < config.arguments.size(); ++i)
    std::copy(config.arguments[i].begin(), config.arguments[i].end(),
              launch.params.begin() + long(program.entry->params[i].offset));
  uint64_t clusters = 1;
  for (int i = 0; i < 3; ++i) {
    launch.clusterDims[i] = config.cluster[i] ? config.cluster[i]
                            : program.entry->clusterDims[i]
                                ? program.entry->clusterDims[i]
                                : 1;
    clusters *= config.grid[i] / launch.clusterDims[i];
  }
  if (config.sanitize && clusters > 1)
    launch.globalShadow = std::make_unique<GlobalShadow>();
  unsigned threads = config.threads;
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  if (config.sanitize || config.cooperative)
    threads = 1;
  threads = unsigned(std::min<uint64_t>(threads, clusters));
  std::atomic<uint64_t> next{0};
  std::vector<std::thread> pool;
  for (unsigned i = 1; i < threads; ++i)
    pool.emplace_back([&] { work(launch, next, clusters); });
  work(launch, next, clusters);
  for (std::thread &t : pool)
    t.join();
  result.reports = std::move(launch.reports);
  if (config.statistics)
    result.statistics = summarise(program, launch.counters);
  result.statistics.warpInstructions = launch.steps;
  result.ok = result.reports.empty() && !launch.stop;
  if (!result.reports.empty())
    result.error = result.reports[0].text();
  return result;
}

} // namespace ptxemu
