#include "client/lib/capture_writer.h"

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace netbuf::client {
namespace {

// libpcap's own largest record; readers refuse more.
constexpr int kSnapshotLength = 262144;

}  // namespace

absl::StatusOr<std::unique_ptr<CaptureWriter>> CaptureWriter::Create(
    const std::string& path) {
  pcap_t* capture = pcap_open_dead_with_tstamp_precision(
      DLT_EN10MB, kSnapshotLength, PCAP_TSTAMP_PRECISION_NANO);
  pcap_dumper_t* dumper = pcap_dump_open(capture, path.c_str());
  if (dumper == nullptr) {
    const absl::Status status = absl::InvalidArgumentError(
        absl::StrCat("cannot write ", path, ": ", pcap_geterr(capture)));
    pcap_close(capture);
    return status;
  }
  return std::unique_ptr<CaptureWriter>(
      new CaptureWriter(path, capture, dumper));
}

CaptureWriter::CaptureWriter(std::string path, pcap* capture,
                             pcap_dumper* dumper)
    : path_(std::move(path)), capture_(capture), dumper_(dumper) {}

CaptureWriter::~CaptureWriter() {
  pcap_dump_close(dumper_);
  pcap_close(capture_);
}

void CaptureWriter::Write(absl::Time time, absl::string_view frame) {
  pcap_pkthdr header = {};
  const timespec ts = absl::ToTimespec(time);
  header.ts.tv_sec = ts.tv_sec;
  header.ts.tv_usec = ts.tv_nsec;  // Nanoseconds, by the file's precision.
  header.caplen = frame.size();
  header.len = frame.size();
  pcap_dump(reinterpret_cast<u_char*>(dumper_), &header,
            reinterpret_cast<const u_char*>(frame.data()));
}

absl::Status CaptureWriter::Flush() {
  errno = 0;
  if (pcap_dump_flush(dumper_) != 0 || std::ferror(pcap_dump_file(dumper_))) {
    return absl::DataLossError(
        absl::StrCat("cannot write ", path_, ": ",
                     errno != 0 ? std::generic_category().message(errno)
                                : "the file is not whole"));
  }
  return absl::OkStatus();
}

}  // namespace netbuf::client
