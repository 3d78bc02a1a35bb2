#include "engine/nic/capture_reader.h"

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/ndis/error.h"
#include "engine/ndis/status.h"
#include "engine/nic/capture_error.h"
#include "engine/nic/unique_fd.h"

namespace netbuf {
namespace {

std::string LinkTypeName(int link_type) {
  const char* const name = pcap_datalink_val_to_name(link_type);
  const char* const description = pcap_datalink_val_to_description(link_type);
  if (name == nullptr) return absl::StrCat("number ", link_type);
  if (description == nullptr) return name;
  return absl::StrCat(name, " (", description, ")");
}

}  // namespace

absl::StatusOr<std::unique_ptr<CaptureReader>> CaptureReader::Open(
    UniqueFd file, absl::string_view name, absl::string_view field) {
  std::FILE* const stream = ::fdopen(file.get(), "rb");
  if (stream == nullptr) return CaptureSystemError(errno, "read", name);
  (void)file.Release();  // The stream's from here on.
  char error[PCAP_ERRBUF_SIZE] = {};
  pcap_t* const handle = pcap_fopen_offline_with_tstamp_precision(
      stream, PCAP_TSTAMP_PRECISION_NANO, error);
  if (handle == nullptr) {
    std::fclose(stream);
    return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                        "CAPTURE_NOT_READABLE", NdisStatus::kInvalidData)
               .Field(field, "must be a pcap or pcapng file")
               .Metadata("captureFile", name)
               .Metadata("cause", error)
           << "cannot read capture file \"" << name << "\": " << error
           << "; use a pcap or pcapng file";
  }
  std::unique_ptr<CaptureReader> reader(new CaptureReader(handle, name));
  const int link_type = pcap_datalink(handle);
  if (link_type != DLT_EN10MB) {
    const std::string type = LinkTypeName(link_type);
    return ErrorBuilder(absl::StatusCode::kInvalidArgument,
                        "CAPTURE_NOT_ETHERNET", NdisStatus::kUnsupportedMedia)
               .Field(field, "must be a capture of Ethernet frames")
               .Metadata("captureFile", name)
               .Metadata("linkType", type)
           << "capture file \"" << name << "\" has link type " << type
           << "; only Ethernet (EN10MB) can be received";
  }
  return reader;
}

CaptureReader::CaptureReader(pcap* handle, absl::string_view name)
    : handle_(handle), name_(name) {}

CaptureReader::~CaptureReader() { pcap_close(handle_); }

CaptureReader::Result CaptureReader::Next(CapturedFrame* frame) {
  if (!status_.ok()) return Result::kError;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  switch (pcap_next_ex(handle_, &header, &bytes)) {
    case 1:
      break;
    case PCAP_ERROR_BREAK:
      return Result::kEnd;
    default:
      return Fail(pcap_geterr(handle_));
  }
  if (header->caplen > header->len) {
    return Fail(absl::StrCat("captured length ", header->caplen,
                             " is more than the frame's length ", header->len));
  }
  ++frames_read_;
  // pcap's 32 bits of seconds have no sign, but libpcap reads one into them.
  int64_t seconds = header->ts.tv_sec;
  if (seconds < 0) seconds += int64_t{1} << 32;
  // tv_usec holds nanoseconds, as asked for in Open().
  frame->timestamp =
      absl::FromUnixSeconds(seconds) + absl::Nanoseconds(header->ts.tv_usec);
  frame->bytes = absl::MakeConstSpan(reinterpret_cast<const std::byte*>(bytes),
                                     header->caplen);
  frame->original_length = header->len;
  return Result::kFrame;
}

CaptureReader::Result CaptureReader::Fail(absl::string_view what) {
  const uint64_t record = frames_read_ + 1;
  status_ = ErrorBuilder(absl::StatusCode::kDataLoss,
                         "CAPTURE_MALFORMED_RECORD", NdisStatus::kInvalidData)
                .Metadata("captureFile", name_)
                .Metadata("record", record)
                .Metadata("cause", what)
            << "capture file \"" << name_ << "\", record " << record << ": "
            << what;
  return Result::kError;
}

}  // namespace netbuf
