#include "server/metrics/gzip.h"

#include <libdeflate.h>

#include <new>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace netbuf {
namespace {

// The fastest that compresses. 5.3 MB of 50,000 samples take 6 ms and become
// 180 KB; level 6 takes twice as long to save a tenth of them, zlib's fastest
// twice as long for more bytes.
constexpr int kLevel = 1;

libdeflate_compressor* NewCompressor() {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(kLevel);
  if (compressor == nullptr) throw std::bad_alloc();
  return compressor;
}

// Of "gzip;q=0.5", what stands behind the name. Malformed: not wanted.
bool IsWanted(absl::string_view parameters) {
  parameters = absl::StripAsciiWhitespace(parameters);
  if (parameters.empty()) return true;
  double weight = 0;
  return (absl::ConsumePrefix(&parameters, "q=") ||
          absl::ConsumePrefix(&parameters, "Q=")) &&
         absl::SimpleAtod(parameters, &weight) && weight > 0;
}

}  // namespace

bool AcceptsGzip(absl::string_view accept_encoding) {
  bool any = false;
  for (absl::string_view coding : absl::StrSplit(accept_encoding, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(coding, absl::MaxSplits(';', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    // What is said of gzip itself counts more than what is said of all.
    if (absl::EqualsIgnoreCase(name, "gzip") ||
        absl::EqualsIgnoreCase(name, "x-gzip")) {
      return IsWanted(parts.second);
    }
    if (name == "*") any = IsWanted(parts.second);
  }
  return any;
}

GzipCompressor::GzipCompressor() : compressor_(NewCompressor()) {}

GzipCompressor::~GzipCompressor() { libdeflate_free_compressor(compressor_); }

absl::string_view GzipCompressor::Compress(absl::string_view text) {
  const size_t bound = libdeflate_gzip_compress_bound(compressor_, text.size());
  if (capacity_ < bound) {
    output_ = std::make_unique_for_overwrite<char[]>(bound);
    capacity_ = bound;
  }
  return {output_.get(),
          libdeflate_gzip_compress(compressor_, text.data(), text.size(),
                                   output_.get(), capacity_)};
}

}  // namespace netbuf
