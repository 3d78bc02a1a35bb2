// Compares what the adapter transmitted with what was sent.

#ifndef NETBUFD_CLIENT_DEMO_VERIFY_OUTPUT_H_
#define NETBUFD_CLIENT_DEMO_VERIFY_OUTPUT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/demo/send_pass.h"

namespace netbuf::client {

// OK when `output` holds, pass after pass and in order, each frame of `capture`
// that reported SUCCESS, byte for byte behind the pass's headers, and nothing
// else. Else DATA_LOSS names the first record that differs. Reads both captures
// as streams; memory does not grow with them.
absl::Status VerifyOutput(const std::string& capture, const std::string& output,
                          absl::Span<const SendPass* const> passes);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_DEMO_VERIFY_OUTPUT_H_
