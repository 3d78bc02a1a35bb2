// Prints the demo's steps: a numbered title each, and indented lines below it.
//
//    4. Make a pool of send buffers that fits.
//       protocols/demo/netBufferListPools/tx: 1,514 bytes of data each

#ifndef NETBUFD_CLIENT_DEMO_STORY_H_
#define NETBUFD_CLIENT_DEMO_STORY_H_

#include <ostream>

#include "absl/strings/string_view.h"

namespace netbuf::client {

class Story {
 public:
  explicit Story(std::ostream& out) : out_(out) {}

  // Begins the next step.
  void Step(absl::string_view title);

  // A line of the present step.
  void Line(absl::string_view text);

  // "name    value", the values of neighbouring lines below each other.
  void Fact(absl::string_view name, absl::string_view value);

  // A line of its own, outside the steps.
  void Plain(absl::string_view text);

 private:
  std::ostream& out_;
  int steps_ = 0;
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_DEMO_STORY_H_
