//===- Report.cpp - What conv-run found out -------------------------------===//

#include "Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace conv;

bool Report::ok() const {
  return llvm::all_of(outputs,
                      [](const OutputReport &output) { return output.ok(); });
}

static void printText(const Report &report, llvm::raw_ostream &stream) {
  stream << "@" << report.entry << " for " << report.isa << ", "
         << report.machine << ", seed " << report.seed << "\n";
  if (!report.plan.empty())
    stream << "plan     " << report.plan << "\n";
  stream << llvm::format("compiled %.0f ms (", report.compileSeconds * 1e3);
  llvm::interleaveComma(report.stages, stream, [&](const auto &stage) {
    stream << stage.first << llvm::format(" %.0f", stage.second * 1e3);
  });
  stream << ")\n"
         << (report.emulated ? "emulated" : "ran     ")
         << llvm::format(" %.3f ms", report.medianSeconds * 1e3);
  if (report.repeat > 1)
    stream << llvm::format(" median of %u, %.3f ms best", report.repeat,
                           report.minimumSeconds * 1e3);
  if (!report.emulated)
    stream << llvm::format(", %.2f GB/s",
                           report.bytes / report.medianSeconds * 1e-9);
  stream << "\n";
  for (const OutputReport &output : report.outputs)
    stream << (output.ok() ? "checked  " : "WRONG    ") << output.name
           << llvm::format(": relative L2 error %.3g, tolerance %.3g\n",
                           output.relativeL2, output.tolerance);
}

static void printJSON(const Report &report, llvm::raw_ostream &stream) {
  llvm::json::OStream json(stream, 2);
  // JSON has no NaN: an error that is none is null.
  auto number = [](double value) {
    return std::isfinite(value) ? llvm::json::Value(value)
                                : llvm::json::Value(nullptr);
  };
  json.object([&] {
    json.attribute("entry", report.entry);
    json.attribute("isa", report.isa);
    json.attribute("plan", report.plan);
    json.attribute("seed", report.seed);
    json.attribute("machine", report.machine);
    json.attribute("emulated", report.emulated);
    json.attribute("threads", report.threads);
    json.attribute("repeat", report.repeat);
    json.attribute("bytes", report.bytes);
    json.attribute("median_seconds", report.medianSeconds);
    json.attribute("minimum_seconds", report.minimumSeconds);
    json.attribute("compile_seconds", report.compileSeconds);
    json.attributeObject("stages", [&] {
      for (const auto &[stage, seconds] : report.stages)
        json.attribute(stage, seconds);
    });
    json.attributeArray("outputs", [&] {
      for (const OutputReport &output : report.outputs)
        json.object([&] {
          json.attribute("name", output.name);
          json.attribute("relative_l2", number(output.relativeL2));
          json.attribute("tolerance", output.tolerance);
          json.attribute("ok", output.ok());
        });
    });
    json.attribute("ok", report.ok());
  });
  stream << "\n";
}

void Report::print(bool asJSON) const {
  (asJSON ? printJSON : printText)(*this, llvm::outs());
}
