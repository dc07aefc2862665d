// What the parts inside one process take, by Google Benchmark: reading, decoding, following,
// judging, telling, and letting a network go. Nothing here is a check: tests are.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/targets.h"
#include "judge/judge.h"
#include "observe/trace_decode.h"
#include "parse/files.h"
#include "parse/parse.h"
#include "report/told.h"
#include "run/fwproof.h"
#include "run/reaper.h"
#include "run/run_case.h"

namespace fwproof {
namespace {

namespace fs = std::filesystem;

const std::string kSource = FWPROOF_SOURCE_DIR;
const std::string kCase = kSource + "/cases/nat/port-forward.yaml";

Case the_case() { return parse::load_case(kCase, kSource + "/cases").front(); }

/// A file of so many rules, gone with this.
class Rules {
 public:
  Rules(int64_t count, bool nft)
      : path_(fs::temp_directory_path() /
              fmt::format("fwproof-bench-{}.{}", getpid(), nft ? "nft" : "rules")) {
    std::ofstream file(path_);
    file << (nft ? "table ip filter {\n  chain INPUT {\n    type filter hook input priority 0\n"
                 : "*filter\n:INPUT ACCEPT [0:0]\n");
    for (int64_t i = 0; i < count; ++i) {
      const std::string source = fmt::format("10.0.{}.{}", i / 256, i % 256);
      file << (nft ? "    ip saddr " + source + " tcp dport 22 drop\n"
                   : "-A INPUT -s " + source + "/32 -p tcp -m tcp --dport 22 -j DROP\n");
    }
    file << (nft ? "  }\n}\n" : "COMMIT\n");
  }
  ~Rules() { fs::remove(path_); }
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;
  Rules(Rules&&) = delete;
  Rules& operator=(Rules&&) = delete;

  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

void parse_a_case(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(the_case());
}
BENCHMARK(parse_a_case)->Unit(benchmark::kMicrosecond);

void read_rules(benchmark::State& state, bool nft) {
  const Rules rules(state.range(0), nft);
  for (auto _ : state) benchmark::DoNotOptimize(parse::load_rules(rules.path()));
}
BENCHMARK_CAPTURE(read_rules, iptables, false)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(read_rules, nft, true)->Arg(1000)->Arg(10000)->Unit(benchmark::kMicrosecond);

void decode_a_trace_message(benchmark::State& state) {
  const std::string text = parse::read_file(kSource + "/fixtures/fuzz/trace/jump", 1 << 20);
  const std::vector<uint8_t> bytes(text.begin(), text.end());
  for (auto _ : state) benchmark::DoNotOptimize(observe::decode_trace(bytes));
}
BENCHMARK(decode_a_trace_message)->Unit(benchmark::kMicrosecond);

/// The messages of one flow, as they were recorded, decoded and made walks of.
void follow_a_flow(benchmark::State& state) {
  const std::string text = parse::read_file(kSource + "/fixtures/fuzz/walk/nft", 1 << 20);
  const std::vector<uint8_t> bytes(text.begin(), text.end());
  for (auto _ : state) fuzz::take_walk(bytes);
}
BENCHMARK(follow_a_flow)->Unit(benchmark::kMicrosecond);

const CaseResult& the_result() {
  static const CaseResult result = run::run_case(the_case(), Backend::iptables_nft, {});
  return result;
}

void judge_a_case(benchmark::State& state) {
  const Case c = the_case();
  for (auto _ : state)
    benchmark::DoNotOptimize(judge::judge(c, Backend::iptables_nft, the_result().seen));
}
BENCHMARK(judge_a_case)->Unit(benchmark::kMicrosecond);

void report_a_case(benchmark::State& state) {
  const report::Telling telling{.style = {}, .walks = true, .junit = true, .json = true};
  for (auto _ : state) benchmark::DoNotOptimize(report::tell(the_result(), telling));
}
BENCHMARK(report_a_case)->Unit(benchmark::kMicrosecond);

/// In a network that stands: from the sentence to the walk that ends in a drop.
void prove_a_drop(benchmark::State& state) {
  Lab lab("lan", Backend::nft, {{"W", "policy-drop.nft"}});
  for (auto _ : state) {
    const Sent sent = lab.send("udp M -> W:53");
    if (sent.outcome != "dropped") state.SkipWithError(sent.outcome.c_str());
  }
}
BENCHMARK(prove_a_drop)->Unit(benchmark::kMicrosecond);

/// What the path of the next case waits for.
void let_a_network_go(benchmark::State& state) {
  run::Reaper reaper;
  for (auto _ : state) {
    auto lab = std::make_shared<Lab>("lan", Backend::nft, std::map<std::string, std::string>());
    const auto start = std::chrono::steady_clock::now();
    reaper.take(std::move(lab));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(took.count());
  }
}
BENCHMARK(let_a_network_go)->UseManualTime()->Iterations(100)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace fwproof

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  fwproof::parse::set_data_root(fwproof::kSource);
  fwproof::run::leave_host_network();
  benchmark::RunSpecifiedBenchmarks();
}
