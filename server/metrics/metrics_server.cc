#include "server/metrics/metrics_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "prometheus/metric_family.h"
#include "server/metrics/engine_collector.h"
#include "server/metrics/gzip.h"
#include "server/metrics/process_collector.h"
#include "server/metrics/scrape_metrics.h"
#include "server/metrics/text_format.h"

namespace netbuf {
namespace {

using absl::string_view;

// A Prometheus or two and people with curl. Those above wait to be accepted;
// each of them may hold a page that it does not read.
constexpr unsigned int kMaxConnections = 16;
// Of a client that neither sends nor reads. Prometheus's own default for a
// whole scrape: whoever waits longer has given up.
constexpr unsigned int kIdleSeconds = 10;

// Collects what somebody else owns.
class BorrowedCollectable : public prometheus::Collectable {
 public:
  explicit BorrowedCollectable(const prometheus::Collectable* target)
      : target_(target) {}
  std::vector<prometheus::MetricFamily> Collect() const override {
    return target_->Collect();
  }

 private:
  const prometheus::Collectable* const target_;
};

void AppendText(const prometheus::Collectable& collectable, std::string& text) {
  for (const prometheus::MetricFamily& family : collectable.Collect()) {
    AppendFamily(family, text);
  }
}

using Response = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;

Response CopyOf(string_view text) {
  // The library does not write to what it is given.
  return Response(
      MHD_create_response_from_buffer(
          text.size(), const_cast<char*>(text.data()), MHD_RESPMEM_MUST_COPY),
      &MHD_destroy_response);
}

}  // namespace

class MetricsServer::Impl {
 public:
  explicit Impl(Collectables collectables)
      : collectables_(std::move(collectables)) {}
  ~Impl() {
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }

  // 0, or the system's error.
  int Listen(const sockaddr_in& address);

  int port() const {
    return MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port;
  }

 private:
  // A text on its way to a client.
  struct Page {
    Impl* server;
    std::string text;
  };

  // As libmicrohttpd wants it: once with the head of a request, which leaves a
  // mark in `seen`, and once with all of it.
  static MHD_Result OnRequest(void* impl, MHD_Connection* connection,
                              const char* path, const char* method,
                              const char* version, const char* body,
                              size_t* body_size, void** seen);
  // A page has been sent, or its client is gone.
  static void OnPageSent(void* page);

  MHD_Result Answer(MHD_Connection* connection, string_view path);
  Response Scrape(bool gzip);
  Response PageOf(std::string text);
  void KeepBuffer(std::string buffer);

  const Collectables collectables_;
  // The library's one thread uses these.
  ScrapeMetrics scrape_metrics_;
  GzipCompressor gzip_;
  // Of the last page, for the next one: as large as the largest so far, so that
  // a scrape gets no memory from the system.
  std::string spare_;

  MHD_Daemon* daemon_ = nullptr;
};

int MetricsServer::Impl::Listen(const sockaddr_in& address) {
  errno = 0;
  // ITC: a descriptor to wake the thread by, so that it stops at once.
  daemon_ =
      MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC, /*port=*/0,
                       /*apc=*/nullptr, /*apc_cls=*/nullptr, &OnRequest, this,
                       MHD_OPTION_SOCK_ADDR, &address,                //
                       MHD_OPTION_CONNECTION_LIMIT, kMaxConnections,  //
                       MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,   //
                       MHD_OPTION_END);
  if (daemon_ != nullptr) return 0;
  return errno != 0 ? errno : EINVAL;
}

MHD_Result MetricsServer::Impl::OnRequest(void* impl,
                                          MHD_Connection* connection,
                                          const char* path, const char* method,
                                          const char* /*version*/,
                                          const char* /*body*/,
                                          size_t* body_size, void** seen) {
  const bool reads = strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
                     strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
  if (!reads) {
    const Response refusal = CopyOf("GET or HEAD only\n");
    MHD_add_response_header(refusal.get(), MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    return MHD_queue_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                              refusal.get());
  }
  if (*seen == nullptr) {
    *seen = impl;
    return MHD_YES;
  }
  if (*body_size != 0) return MHD_NO;  // Hangs up on it.
  return static_cast<Impl*>(impl)->Answer(connection, path);
}

MHD_Result MetricsServer::Impl::Answer(MHD_Connection* connection,
                                       string_view path) {
  if (path != "/metrics") {
    return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND,
                              CopyOf("see /metrics\n").get());
  }
  const char* const encodings = MHD_lookup_connection_value(
      connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
  const Response page = Scrape(encodings != nullptr && AcceptsGzip(encodings));
  MHD_add_response_header(page.get(), MHD_HTTP_HEADER_CONTENT_TYPE,
                          kTextFormatContentType);
  MHD_add_response_header(page.get(), MHD_HTTP_HEADER_VARY,
                          MHD_HTTP_HEADER_ACCEPT_ENCODING);
  return MHD_queue_response(connection, MHD_HTTP_OK, page.get());
}

Response MetricsServer::Impl::Scrape(bool gzip) {
  const auto start = std::chrono::steady_clock::now();
  std::string text = std::exchange(spare_, std::string());
  text.clear();
  for (const auto& collectable : collectables_) AppendText(*collectable, text);
  AppendText(scrape_metrics_, text);
  const string_view sent = gzip ? gzip_.Compress(text) : text;
  scrape_metrics_.Answered(
      absl::FromChrono(std::chrono::steady_clock::now() - start), sent.size());
  if (!gzip) return PageOf(std::move(text));
  KeepBuffer(std::move(text));
  Response page = CopyOf(sent);
  MHD_add_response_header(page.get(), MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
  return page;
}

Response MetricsServer::Impl::PageOf(std::string text) {
  auto page = std::make_unique<Page>(Page{this, std::move(text)});
  Response response(
      MHD_create_response_from_buffer_with_free_callback_cls(
          page->text.size(), page->text.data(), &OnPageSent, page.get()),
      &MHD_destroy_response);
  if (response != nullptr) (void)page.release();  // The library's now.
  return response;
}

void MetricsServer::Impl::OnPageSent(void* sent) {
  const std::unique_ptr<Page> page(static_cast<Page*>(sent));
  page->server->KeepBuffer(std::move(page->text));
}

void MetricsServer::Impl::KeepBuffer(std::string buffer) {
  if (buffer.capacity() > spare_.capacity()) spare_ = std::move(buffer);
}

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    string_view address, int port, Engine* engine, RpcMetrics* rpc) {
  return Start(address, port,
               {std::make_shared<EngineCollector>(
                    [engine] { return engine->Snapshot(); }),
                std::make_shared<BorrowedCollectable>(rpc),
                std::make_shared<ProcessCollector>()});
}

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    string_view address, int port, Collectables collectables) {
  if (port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("metrics port ", port,
                     " is not one of 0 to 65535; 0 takes a free one"));
  }
  const std::string host(address);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &target.sin_addr) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "metrics address \"", host,
        "\" is not an IPv4 address; 127.0.0.1 serves this machine only, "
        "0.0.0.0 all of its addresses"));
  }
  auto impl = std::make_unique<Impl>(std::move(collectables));
  const int error = impl->Listen(target);
  if (error != 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot serve metrics on ", host, ":", port,
        ": the port is in use or may not be listened on, or the address is not "
        "one of this machine. Choose another address or port (port 0 takes a "
        "free one), or stop what listens there; `ss -ltnp` shows it. (",
        std::generic_category().message(error), ")"));
  }
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const { return impl_->port(); }

}  // namespace netbuf
