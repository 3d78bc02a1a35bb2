// gzip for answers over HTTP: a whole text at once, as fast as can be.
//
// Not thread-safe.

#ifndef NETBUFD_SERVER_METRICS_GZIP_H_
#define NETBUFD_SERVER_METRICS_GZIP_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"

struct libdeflate_compressor;

namespace netbuf {

// Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3).
bool AcceptsGzip(absl::string_view accept_encoding);

class GzipCompressor {
 public:
  GzipCompressor();
  ~GzipCompressor();
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  // The compressed text; good until the next call.
  absl::string_view Compress(absl::string_view text);

 private:
  libdeflate_compressor* const compressor_;
  // Kept from call to call, for it is as large as the largest text. Only as
  // much of it as was ever written to is in memory.
  std::unique_ptr<char[]> output_;
  size_t capacity_ = 0;
};

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_GZIP_H_
