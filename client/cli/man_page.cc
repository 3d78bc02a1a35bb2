#include "client/cli/man_page.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/cli/version.h"

namespace netbuf::client {
namespace {

// Text that roff prints as it is.
std::string Escape(absl::string_view text) {
  std::string escaped =
      absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}, {"~", "\\(ti"}});
  if (absl::StartsWith(escaped, ".") || absl::StartsWith(escaped, "'")) {
    escaped = absl::StrCat("\\&", escaped);
  }
  return escaped;
}

std::string Bold(absl::string_view text) {
  return absl::StrCat("\\fB", Escape(text), "\\fR");
}

std::string Italic(absl::string_view text) {
  return absl::StrCat("\\fI", Escape(text), "\\fR");
}

// "--policy=automatic|manual", "-q, --quiet"
std::string OptionTitle(const OptionReference& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(Bold(name));
  std::string title = absl::StrJoin(names, ", ");
  if (!option.choices.empty()) {
    absl::StrAppend(&title, " ", Escape(absl::StrJoin(option.choices, "|")));
  } else if (!option.value.empty()) {
    absl::StrAppend(&title, " ", Italic(option.value));
  }
  return title;
}

void AddItem(absl::string_view title, absl::string_view text,
             std::string* page) {
  absl::StrAppend(page, ".TP\n", title, "\n", Escape(text), "\n");
}

void AddOptions(const std::vector<OptionReference>& options,
                std::string* page) {
  for (const OptionReference& option : options) {
    const bool every_command_has_it = option.names.back() == "--help";
    if (!every_command_has_it) {
      AddItem(OptionTitle(option), option.description, page);
    }
  }
}

// Lines that stand as they are.
void AddVerbatim(absl::string_view text, std::string* page) {
  absl::StrAppend(page, ".nf\n");
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(page, line.empty() ? "\\&" : Escape(line), "\n");
  }
  absl::StrAppend(page, ".fi\n");
}

void AddCommand(const CommandReference& command, std::string* page) {
  for (const CommandReference& part : command.commands) AddCommand(part, page);
  if (!command.commands.empty()) return;
  std::string title = Bold(absl::StrJoin(command.path, " "));
  for (const OptionReference& argument : command.arguments) {
    const std::string name = Italic(argument.names.front());
    absl::StrAppend(&title, " ",
                    argument.required ? name : absl::StrCat("[", name, "]"));
  }
  absl::StrAppend(page, ".SS \"", title, "\"\n", Escape(command.description),
                  "\n");
  for (const OptionReference& argument : command.arguments) {
    AddItem(Italic(argument.names.front()), argument.description, page);
  }
  AddOptions(command.options, page);
  if (!command.footer.empty()) {
    absl::StrAppend(page, ".PP\n");
    AddVerbatim(command.footer, page);
  }
}

}  // namespace

std::string ManPage(const CommandReference& program) {
  std::string page = absl::StrCat(
      ".\\\" Written by: netbufctl man\n"
      ".TH NETBUFCTL 1 \"\" \"netbufctl ",
      ProgramVersion(),
      "\" \"netbufd\"\n"
      ".SH NAME\n"
      "netbufctl \\- drive a running netbufd\n"
      ".SH SYNOPSIS\n"
      "\\fBnetbufctl\\fR [\\fIoption\\fR ...] \\fIcommand\\fR "
      "[\\fIargument\\fR ...]\n"
      ".SH DESCRIPTION\n",
      Escape(program.description),
      "\nNames may be whole (protocols/p1/bindings/b1) or ids alone (p1/b1).\n"
      ".SH OPTIONS\n"
      "They may stand anywhere on the command line.\n");
  AddOptions(program.options, &page);
  absl::StrAppend(&page,
                  ".SH COMMANDS\n"
                  "Each prints what it takes with \\fB\\-\\-help\\fR.\n");
  for (const CommandReference& command : program.commands) {
    AddCommand(command, &page);
  }
  absl::StrAppend(&page, ".SH EXAMPLES AND EXIT STATUS\n");
  AddVerbatim(program.footer, &page);
  absl::StrAppend(&page, ".SH ENVIRONMENT\n");
  AddItem(Bold("NETBUFCTL_ADDRESS"),
          "The server, where --address does not say.", &page);
  AddItem(Bold("NO_COLOR"), "When set: no colours.", &page);
  return page;
}

}  // namespace netbuf::client
