// The demo's command line. Exit: 0 every frame came back exactly once and the
// output is right; 1 something failed; 2 the command line is wrong.

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/demo/demo.h"
#include "client/lib/client.h"
#include "client/lib/error.h"
#include "client/text/progress.h"

int main(int argc, char** argv) {
  // Debian's Abseil has it on, and gRPC pays for it at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  netbuf::client::DemoOptions options;
  options.address = "127.0.0.1:50051";
  CLI::App app(
      "Tells the life of a protocol driver's send buffers on a running server.",
      "demo");
  app.add_option("--address", options.address, "The server")
      ->capture_default_str();
  app.add_option("--metrics_address", options.metrics_address,
                 "Where the server shows its metrics, for the story");
  app.add_option("--capture", options.capture,
                 "The frames to send: any Ethernet capture")
      ->required();
  app.add_option("--capture_dir", options.capture_dir,
                 "The server's capture directory, as seen from here")
      ->required();
  app.add_option("--output", options.output,
                 "Copy the transmitted frames to this pcap file");
  app.add_option("--id", options.id, "Of the adapter and the protocol")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }

  std::error_code ignored;
  if (std::filesystem::equivalent(options.capture, options.output, ignored)) {
    std::cerr << "error: --output would overwrite --capture\n";
    return 2;
  }
  const netbuf::Client client = netbuf::Client::Connect(
      {.address = options.address,
       .timeout = absl::Seconds(30),
       // Only the pause and restart of a filter insertion is watched.
       .stream_timeout = absl::Minutes(1)});
  netbuf::client::Demo demo(client, options, std::cout, std::cerr,
                            netbuf::client::ProgressStyleOfStderr());
  const absl::Status status = demo.Run();
  if (status.ok()) return EXIT_SUCCESS;
  std::cerr << netbuf::client::RenderError(status);
  return EXIT_FAILURE;
}
