// The signals that end netbufd: SIGTERM and SIGINT, taken by a thread that
// waits for them and not by handlers, in which hardly anything may be done.

#ifndef NETBUFD_SERVER_SIGNALS_H_
#define NETBUFD_SERVER_SIGNALS_H_

namespace netbuf {

// Blocks the two in this thread and in all that it starts. First thing in
// main().
void BlockEndSignals();

// Waits for the first of them, and returns its number. From then on the next
// one ends the process at once, with 128 + its number.
int WaitForEndSignal();

}  // namespace netbuf

#endif  // NETBUFD_SERVER_SIGNALS_H_
