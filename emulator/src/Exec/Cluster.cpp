//===- Cluster.cpp - Scheduling the warps of a cluster --------------------===//
#include "Exec/Machine.h"

#include <algorithm>

namespace ptxemu {
namespace {

constexpr uint64_t slice = 4096;
/// Rounds without any visible event after which an asynchronous operation
/// completes although some warp is still running (it may be spinning).
constexpr uint32_t quietRounds = 16;
/// Rounds in which every warp waited in vain before it is a deadlock.
constexpr uint32_t deadlockRounds = 64;

} // namespace

uint64_t Cluster::random() {
  rng ^= rng << 13;
  rng ^= rng >> 7;
  rng ^= rng << 17;
  return rng;
}

uint64_t Cluster::totalEvents() const {
  uint64_t sum = 0;
  for (const std::unique_ptr<Cta> &c : ctas)
    sum += c->events;
  return sum;
}

/// Let one queued copy take effect. False when there is none.
bool Cluster::completeOne(bool randomly) {
  if (async.empty())
    return false;
  size_t i = randomly ? random() % async.size() : 0;
  PendingCopy copy = std::move(async[i]);
  async.erase(async.begin() + long(i));
  copy.apply();
  return true;
}

void Cluster::checkClusterBarrier() {
  for (const std::unique_ptr<Cta> &c : ctas)
    for (const std::unique_ptr<Warp> &w : c->warps)
      if (w->alive & ~clusterArrived[c->rank][size_t(w->index)])
        return;
  for (const std::unique_ptr<Cta> &c : ctas)
    for (const std::unique_ptr<Warp> &w : c->warps) {
      clusterArrived[c->rank][size_t(w->index)] = 0;
      for (SimtEntry &e : w->stack)
        if (e.state == SimtEntry::AtCluster)
          e.state = SimtEntry::Ready;
    }
  ++ctas[0]->events;
}

Cluster::Status Cluster::run(uint64_t budget) {
  const LaunchConfig &config = *launch->config;
  bool randomOrder = config.order == Order::Random;
  std::vector<Warp *> warps;
  for (const std::unique_ptr<Cta> &c : ctas)
    for (const std::unique_ptr<Warp> &w : c->warps)
      warps.push_back(w.get());
  if (config.order == Order::Reverse)
    std::reverse(warps.begin(), warps.end());
  uint64_t spent = 0;
  while (spent < budget) {
    if (randomOrder)
      for (size_t i = warps.size(); i > 1; --i)
        std::swap(warps[i - 1], warps[random() % i]);
    bool unfinished = false, running = false, sleeping = false;
    for (Warp *w : warps) {
      if (w->allDone())
        continue;
      uint64_t before = w->instructions;
      uint64_t length = slice;
      if (randomOrder)
        length = random() % 8 ? 1 + random() % 48 : 1 + random() % 2048;
      RunStatus status = w->run(length);
      if (launch->stop)
        return Status::Stuck;
      uint64_t ran = w->instructions - before;
      spent += ran;
      uint64_t total =
          launch->steps.fetch_add(ran, std::memory_order_relaxed) + ran;
      if (total > config.stepLimit) {
        report(*w, w->current, -1, ReportKind::StepLimit, 0,
               "the launch ran more than " + std::to_string(config.stepLimit) +
                   " warp instructions; it may never end");
        reportDeadlock();
        launch->stop = true;
        return Status::Stuck;
      }
      if (status == RunStatus::Finished) {
        // Barriers may have been waiting for this warp only.
        for (uint32_t id = 0; id < 16; ++id)
          w->cta->checkBarrier(id);
        if (ctas.size() > 1)
          checkClusterBarrier();
        continue;
      }
      unfinished = true;
      running |= status == RunStatus::Running;
      sleeping |= w->sleeping;
      w->sleeping = false;
    }
    if (!unfinished) {
      while (completeOne(false)) {
      }
      return Status::Finished;
    }
    uint64_t events = totalEvents();
    idleRounds = events == lastEvents ? idleRounds + 1 : 0;
    lastEvents = events;
    if (config.async == AsyncMode::Random && random() % 4 == 0 &&
        completeOne(true))
      continue;
    if (running && idleRounds < quietRounds)
      continue;
    if (completeOne(config.async == AsyncMode::Random)) {
      idleRounds = 0;
      continue;
    }
    if (running && idleRounds >= 2 * quietRounds)
      return Status::Running; // spinning on global memory, perhaps
    if (running)
      continue;
    bool forced = false;
    for (Warp *w : warps)
      forced |= !forced && idleRounds > 2 && w->releaseCollectives(true);
    if (forced) {
      idleRounds = 0;
      continue;
    }
    if (sleeping)
      return Status::Running; // another cluster may wake it
    if (idleRounds > deadlockRounds) {
      reportDeadlock();
      launch->stop = true;
      return Status::Stuck;
    }
  }
  return Status::Running;
}

/// One report that says where every warp stands.
void Cluster::reportDeadlock() {
  std::string where;
  Warp *first = nullptr;
  const Inst *at = nullptr;
  for (const std::unique_ptr<Cta> &c : ctas)
    for (const std::unique_ptr<Warp> &w : c->warps) {
      if (w->allDone())
        continue;
      for (const SimtEntry &e : w->stack) {
        if (!(e.mask & w->alive))
          continue;
        const FunctionCode &fn = *w->frames[e.frame].fn;
        // A path parked at a barrier already points behind it.
        uint32_t pc = e.state == SimtEntry::AtBarrier ? e.pc - 1 : e.pc;
        if (pc >= fn.code.size())
          continue;
        const Inst &inst = fn.code[pc];
        bool leaf = &e == &w->stack.back() || e.state != SimtEntry::Ready;
        if (!leaf)
          continue;
        if (!first) {
          first = w.get();
          at = &inst;
        }
        const char *state =
            e.state == SimtEntry::AtBarrier      ? "at barrier"
            : e.state == SimtEntry::AtCluster    ? "at cluster barrier"
            : e.state == SimtEntry::AtCollective ? "at collective"
                                                 : "at";
        where += "\n    cta " + std::to_string(c->id[0]) + "," +
                 std::to_string(c->id[1]) + "," + std::to_string(c->id[2]) +
                 " warp " + std::to_string(w->index) + " lanes " +
                 hex(e.mask & w->alive) + " " + state + " line " +
                 std::to_string(inst.source ? inst.source->line : 0) + ": " +
                 (inst.source ? inst.source->text : "");
      }
    }
  if (first)
    report(*first, at, -1, ReportKind::Deadlock, 0,
           "no warp can go on" + where);
}

} // namespace ptxemu
