#include "client/lib/capture_reader.h"

#include <pcap/pcap.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/lib/status_macros.h"

namespace netbuf::client {
namespace {

absl::Status OpenError(const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot read ", path, ": ",
                                        std::generic_category().message(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(text);
    case EACCES:
      return absl::PermissionDeniedError(text);
    default:
      return absl::InvalidArgumentError(text);
  }
}

// "LINUX_SLL (Linux cooked v1)", or the number of a type without a name.
std::string LinkTypeName(int link_type) {
  const char* name = pcap_datalink_val_to_name(link_type);
  if (name == nullptr) return absl::StrCat("link type ", link_type);
  const char* description = pcap_datalink_val_to_description(link_type);
  if (description == nullptr) return name;
  return absl::StrCat(name, " (", description, ")");
}

// The size of a regular file, or 0.
int64_t RegularFileSize(std::FILE* file) {
  struct stat info;
  if (fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  return info.st_size;
}

}  // namespace

std::string CapturedFrame::Description() const {
  return absl::StrCat("record ", record, ": captured ", data.size(), " of ",
                      original_length, " bytes");
}

absl::StatusOr<std::unique_ptr<CaptureReader>> CaptureReader::Open(
    const std::string& path) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) return OpenError(path, errno);
  struct stat info;
  if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
    std::fclose(file);
    return OpenError(path, EISDIR);
  }
  char error[PCAP_ERRBUF_SIZE] = "";
  pcap_t* capture = pcap_fopen_offline_with_tstamp_precision(
      file, PCAP_TSTAMP_PRECISION_NANO, error);
  if (capture == nullptr) {
    if (file != stdin) std::fclose(file);
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not a capture: ", error));
  }
  // Owns the file from here on.
  std::unique_ptr<CaptureReader> reader(
      new CaptureReader(path, capture, RegularFileSize(file)));
  if (const int link_type = pcap_datalink(capture); link_type != DLT_EN10MB) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not an Ethernet capture but ",
                     LinkTypeName(link_type), "; give one of Ethernet frames"));
  }
  return reader;
}

CaptureReader::CaptureReader(std::string path, pcap* capture, int64_t file_size)
    : path_(std::move(path)), capture_(capture), file_size_(file_size) {}

CaptureReader::~CaptureReader() { pcap_close(capture_); }

absl::StatusOr<bool> CaptureReader::Next(CapturedFrame* frame) {
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  const int result = pcap_next_ex(capture_, &header, &data);
  if (result == PCAP_ERROR_BREAK) return false;
  if (result != 1) {
    return absl::DataLossError(
        absl::StrCat(path_, ": record ", records_ + 1,
                     " is malformed: ", pcap_geterr(capture_)));
  }
  frame->record = ++records_;
  // The field is of nanoseconds, as asked for, despite its name.
  frame->time = absl::FromUnixSeconds(header->ts.tv_sec) +
                absl::Nanoseconds(header->ts.tv_usec);
  frame->data =
      absl::string_view(reinterpret_cast<const char*>(data), header->caplen);
  frame->original_length = header->len;
  return true;
}

double CaptureReader::Progress() const {
  if (file_size_ <= 0) return 0;
  const long position = std::ftell(pcap_file(capture_));
  return std::clamp(static_cast<double>(position) / file_size_, 0.0, 1.0);
}

absl::StatusOr<CaptureSummary> SummarizeCapture(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<CaptureReader> capture,
                   CaptureReader::Open(path));
  CaptureSummary summary;
  CapturedFrame frame;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, capture->Next(&frame));
    if (!more) return summary;
    if (frame.truncated()) {
      ++summary.truncated;
      continue;
    }
    ++summary.frames;
    summary.bytes += frame.data.size();
    summary.longest =
        std::max(summary.longest, static_cast<uint32_t>(frame.data.size()));
  }
}

}  // namespace netbuf::client
