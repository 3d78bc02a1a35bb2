// Bindings and what happens to them, as text.

#ifndef NETBUFD_CLIENT_CLI_BINDING_TEXT_H_
#define NETBUFD_CLIENT_CLI_BINDING_TEXT_H_

#include <string>
#include <vector>

#include "netbuf/v1/binding_service.pb.h"

namespace netbuf::client {

std::string BindingTable(const std::vector<v1::Binding>& bindings);

std::string BindingFacts(const v1::Binding& binding);

// "2026-01-02T03:04:05.678Z  RUNNING -> PAUSING  filter attach\n"
std::string BindingEventLine(const v1::BindingEvent& event);

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_CLI_BINDING_TEXT_H_
