// What scrapes cost, and what they cost those who send:
//
//   ./dev bench scrape
//
// A thousand pools, a thousand bindings, one thread that sends frame after
// frame, and every 100 ms a scrape over HTTP. Spells with and without scrapes
// alternate, so that what else the machine does meets both.
//
//   SCRAPE ms=31.0 cpu_ms=29.0 gzip_ms=42.1 bytes=5700000
//   RATIO scrape ours=512.0 peer=509.0 ratio=0.99 reach=0.97 ok
//
// The medians of the times of single scrapes, and the processor time of all of
// it, the client's part included. Then nanoseconds a send, with scrapes (ours)
// and without (peer); ratio is the median of peer over ours of neighbouring
// spells, which what else the machine does disturbs less than the two medians.
//
// Of a send's time, what the thread waited for a processor is left out: the
// scraping threads take one, and on a machine with none to spare that is what
// would be measured. What it waited for locks, or for memory, counts.

#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/monitoring/many_resources.h"

namespace netbuf {
namespace {

constexpr int kResources = 1000;
constexpr int kScrapes = 15;
// Two scrapes a spell. Many short ones: what else the machine does changes from
// second to second, and neighbours meet the same.
constexpr absl::Duration kSpell = absl::Milliseconds(200);
constexpr int kSpells = 60;
constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr double kReach = 0.97;

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double ProcessorMilliseconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) +
         1e-6 * static_cast<double>(now.tv_nsec);
}

// How long the calling thread has been ready to run and without a processor.
absl::Duration WaitedForProcessor() {
  int64_t ran = 0;
  int64_t waited = 0;
  std::ifstream("/proc/thread-self/schedstat") >> ran >> waited;
  return absl::Nanoseconds(waited);
}

struct ScrapeCost {
  double milliseconds;
  double processor_milliseconds;
  size_t bytes;
};

ScrapeCost MeasureScrape(ManyResources& resources, bool gzip) {
  std::vector<double> times;
  std::vector<double> processor;
  size_t bytes = 0;
  for (int i = 0; i < kScrapes; ++i) {
    const absl::Time start = absl::Now();
    const double processor_start = ProcessorMilliseconds();
    bytes = resources.Scrape(gzip).size();
    times.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
    processor.push_back(ProcessorMilliseconds() - processor_start);
  }
  return {Median(times), Median(processor), bytes};
}

// Nanoseconds a send, over one spell.
double SendSpell(ManyResources& resources) {
  const absl::Duration waited = WaitedForProcessor();
  const absl::Time start = absl::Now();
  int64_t sends = 0;
  absl::Duration time;
  do {
    for (int i = 0; i < 1000; ++i) resources.Send();
    sends += 1000;
    time = absl::Now() - start;
  } while (time < kSpell);
  time -= WaitedForProcessor() - waited;
  return absl::ToDoubleNanoseconds(time) / static_cast<double>(sends);
}

double ScrapedSpell(ManyResources& resources) {
  std::atomic<bool> stop{false};
  std::thread scraper([&] {
    for (absl::Time next = absl::Now(); !stop.load(); next += kInterval) {
      absl::SleepFor(next - absl::Now());
      resources.Scrape(/*gzip=*/false);
    }
  });
  const double nanoseconds = SendSpell(resources);
  stop.store(true);
  scraper.join();
  return nanoseconds;
}

int Run() {
  ManyResources resources(kResources);
  const ScrapeCost gzip = MeasureScrape(resources, true);
  const ScrapeCost plain = MeasureScrape(resources, false);
  std::printf("SCRAPE ms=%.1f cpu_ms=%.1f gzip_ms=%.1f bytes=%zu\n",
              plain.milliseconds, plain.processor_milliseconds,
              gzip.milliseconds, plain.bytes);
  SendSpell(resources);  // Warms up.
  std::vector<double> scraped;
  std::vector<double> alone;
  std::vector<double> ratios;
  for (int i = 0; i < kSpells; ++i) {
    scraped.push_back(ScrapedSpell(resources));
    alone.push_back(SendSpell(resources));
    ratios.push_back(alone.back() / scraped.back());
  }
  const double ratio = Median(ratios);
  const bool reached = ratio >= kReach;
  std::printf("RATIO scrape ours=%.1f peer=%.1f ratio=%.2f reach=%.2f %s\n",
              Median(scraped), Median(alone), ratio, kReach,
              reached ? "ok" : "short");
  return reached ? 0 : 1;
}

}  // namespace
}  // namespace netbuf

int main() { return netbuf::Run(); }
