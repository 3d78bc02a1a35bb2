#include "client/demo/verify_output.h"

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/lib/capture_reader.h"
#include "client/lib/status_macros.h"

namespace netbuf::client {
namespace {

// Whether `sent` is what stands in `written` behind the headers.
absl::Status CompareFrame(const CapturedFrame& sent,
                          const CapturedFrame& written, uint32_t header_bytes) {
  if (written.data.size() == header_bytes + sent.data.size() &&
      written.data.substr(header_bytes) == sent.data) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      "record ", written.record, " of the output (", written.data.size(),
      " bytes) is not record ", sent.record, " of the capture (",
      sent.data.size(), " bytes)",
      header_bytes > 0 ? absl::StrCat(" behind ", header_bytes, " header bytes")
                       : ""));
}

// Compares one pass with the output from where it stands.
absl::Status VerifyPass(const std::string& capture, const SendPass& pass,
                        CaptureReader& output) {
  ASSIGN_OR_RETURN(std::unique_ptr<CaptureReader> sent_frames,
                   CaptureReader::Open(capture));
  CapturedFrame sent;
  CapturedFrame written;
  for (size_t frame = 0; frame < pass.statuses.size();) {
    ASSIGN_OR_RETURN(const bool more_sent, sent_frames->Next(&sent));
    if (!more_sent) {
      return absl::DataLossError(
          absl::StrCat(capture, " became shorter while it was being sent"));
    }
    if (sent.truncated()) continue;
    if (pass.statuses[frame++] != v1::NDIS_STATUS_SUCCESS) continue;
    ASSIGN_OR_RETURN(const bool more_written, output.Next(&written));
    if (!more_written) {
      return absl::DataLossError(
          absl::StrCat("the output ends before record ", sent.record,
                       " of the capture, which reported SUCCESS"));
    }
    RETURN_IF_ERROR(CompareFrame(sent, written, pass.header_bytes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifyOutput(const std::string& capture, const std::string& output,
                          absl::Span<const SendPass* const> passes) {
  ASSIGN_OR_RETURN(std::unique_ptr<CaptureReader> written,
                   CaptureReader::Open(output));
  for (const SendPass* pass : passes) {
    RETURN_IF_ERROR(VerifyPass(capture, *pass, *written));
  }
  CapturedFrame frame;
  ASSIGN_OR_RETURN(const bool more, written->Next(&frame));
  if (more) {
    return absl::DataLossError(absl::StrCat(
        "record ", frame.record, " of the output was never reported as sent"));
  }
  return absl::OkStatus();
}

}  // namespace netbuf::client
