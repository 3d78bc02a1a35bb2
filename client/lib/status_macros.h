// The two macros that carry an error up to the caller. For .cc files only:
// nothing a user of the client library includes defines macros.

#ifndef NETBUFD_CLIENT_LIB_STATUS_MACROS_H_
#define NETBUFD_CLIENT_LIB_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define NETBUF_CLIENT_CONCAT_INNER(a, b) a##b
#define NETBUF_CLIENT_CONCAT(a, b) NETBUF_CLIENT_CONCAT_INNER(a, b)

// Evaluates an absl::Status expression once; returns it when it is not OK.
#define RETURN_IF_ERROR(expression)                           \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration takes none.

// Evaluates an absl::StatusOr<T> expression once; returns its status when it is
// not OK, else assigns its value to `target`, which may be a declaration.
#define ASSIGN_OR_RETURN(target, expression)                               \
  auto NETBUF_CLIENT_CONCAT(status_or_, __LINE__) = (expression);          \
  if (!NETBUF_CLIENT_CONCAT(status_or_, __LINE__).ok()) {                  \
    return std::move(NETBUF_CLIENT_CONCAT(status_or_, __LINE__)).status(); \
  }                                                                        \
  target = *std::move(NETBUF_CLIENT_CONCAT(status_or_, __LINE__))

// NOLINTEND(bugprone-macro-parentheses)

#endif  // NETBUFD_CLIENT_LIB_STATUS_MACROS_H_
