//===- Report.cpp - What the sanitizer says -------------------------------===//
#include "Exec/Machine.h"

namespace ptxemu {

const char *reportKindName(ReportKind kind) {
  switch (kind) {
  case ReportKind::OutOfBounds:
    return "out-of-bounds";
  case ReportKind::Misaligned:
    return "misaligned";
  case ReportKind::Uninitialised:
    return "uninitialised";
  case ReportKind::SharedRace:
    return "shared-race";
  case ReportKind::GlobalRace:
    return "global-race";
  case ReportKind::MissingWait:
    return "missing-wait";
  case ReportKind::MissingProxyFence:
    return "missing-proxy-fence";
  case ReportKind::BarrierMisuse:
    return "barrier-misuse";
  case ReportKind::Divergence:
    return "divergence";
  case ReportKind::ExitedLane:
    return "exited-lane";
  case ReportKind::Deadlock:
    return "deadlock";
  case ReportKind::StepLimit:
    return "step-limit";
  case ReportKind::Trap:
    return "trap";
  case ReportKind::InvalidOperation:
    return "invalid-operation";
  }
  return "unknown";
}

const char *statisticsClassName(size_t index) {
  static const char *const names[] = {
      "integer", "float32", "float64", "half",   "convert", "move",   "memory",
      "atomic",  "control", "warp",    "matrix", "async",   "barrier"};
  return index < sizeof(names) / sizeof(names[0]) ? names[index] : "";
}

std::string Report::text() const {
  std::string s = reportKindName(kind);
  s += ": " + kernel + " cta (" + std::to_string(cta[0]) + "," +
       std::to_string(cta[1]) + "," + std::to_string(cta[2]) + ")";
  if (warp >= 0)
    s += " warp " + std::to_string(warp);
  if (lane >= 0)
    s += " lane " + std::to_string(lane);
  s += " address " + hex(address) + ": " + message;
  s += " | PTX line " + std::to_string(ptxLine) + ": " + ptxText;
  if (sourceLine)
    s += " | " + sourceFile + ":" + std::to_string(sourceLine);
  if (repeats)
    s += " (and " + std::to_string(repeats) + " more there)";
  return s;
}

/// One report a kind and instruction; later ones only count.
void report(Warp &w, const Inst *inst, int lane, ReportKind kind,
            uint64_t address, const std::string &message) {
  LaunchState &launch = *w.launch;
  std::lock_guard<std::mutex> lock(launch.mutex);
  const Statement *source = inst ? inst->source : nullptr;
  auto key = std::make_pair(int(kind), source);
  auto known = launch.reportIndex.find(key);
  if (known != launch.reportIndex.end()) {
    ++launch.reports[known->second].repeats;
    return;
  }
  if (launch.reports.size() >= launch.config->maxReports)
    return;
  Report r;
  r.kind = kind;
  r.kernel = launch.program->entry->name;
  for (int i = 0; i < 3; ++i)
    r.cta[i] = w.cta->id[i];
  r.warp = w.index;
  r.lane = lane;
  r.address = address;
  r.message = message;
  if (source) {
    r.ptxLine = source->line;
    r.ptxText = source->text;
    r.sourceLine = source->location.line;
    auto file = launch.program->module->files.find(source->location.file);
    if (r.sourceLine && file != launch.program->module->files.end())
      r.sourceFile = file->second;
  }
  launch.reportIndex[key] = launch.reports.size();
  launch.reports.push_back(std::move(r));
}

} // namespace ptxemu
