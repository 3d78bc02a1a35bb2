#include "client/cli/completion.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace netbuf::client {
namespace {

// In single quotes, as bash and zsh read them.
std::string Quote(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// As fish reads them.
std::string FishQuote(absl::string_view text) {
  return absl::StrCat(
      "'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// "/adapter/create"; empty for the program.
std::string Place(const CommandReference& command) {
  std::string place;
  for (const std::string& name : command.path) {
    absl::StrAppend(&place, "/", name);
  }
  return place;
}

// The program, its nouns, their verbs.
std::vector<const CommandReference*> All(const CommandReference& command) {
  std::vector<const CommandReference*> all = {&command};
  for (const CommandReference& part : command.commands) {
    for (const CommandReference* below : All(part)) all.push_back(below);
  }
  return all;
}

// What may stand at a command: its own options and the program's.
std::vector<const OptionReference*> OptionsAt(const CommandReference& command,
                                              const CommandReference& program) {
  std::vector<const OptionReference*> options;
  for (const OptionReference& option : command.options) {
    options.push_back(&option);
  }
  if (&command == &program) return options;
  for (const OptionReference& option : program.options) {
    const bool own = option.names.back() == "--help";
    if (!own) options.push_back(&option);
  }
  return options;
}

std::string ChoicesOf(const OptionReference& option) {
  return absl::StrJoin(option.choices, " ");
}

// "    /adapter/create | /adapter/get)": the words that lead further.
std::string Places(const CommandReference& program) {
  std::vector<std::string> places;
  for (const CommandReference* command : All(program)) {
    if (!command->path.empty()) places.push_back(Place(*command));
  }
  return absl::StrJoin(places, " | ");
}

// Cases for "PLACE OPTION", the option before the cursor, that set `offer`. An
// argument with choices is a case of its place alone.
std::string ChoiceCases(const CommandReference& program,
                        absl::string_view open) {
  std::string cases;
  for (const CommandReference* command : All(program)) {
    for (const OptionReference* option : OptionsAt(*command, program)) {
      if (option->value.empty()) continue;
      for (const std::string& name : option->names) {
        absl::StrAppend(&cases, "    ", open,
                        Quote(absl::StrCat(Place(*command), " ", name)),
                        ") offer=", Quote(ChoicesOf(*option)),
                        "; value=1 ;;\n");
      }
    }
  }
  return cases;
}

// What may follow at each command.
std::string BashCases(const CommandReference& program) {
  std::string cases;
  for (const CommandReference* command : All(program)) {
    std::vector<std::string> words;
    for (const CommandReference& part : command->commands) {
      words.push_back(part.path.back());
    }
    for (const OptionReference& argument : command->arguments) {
      words.insert(words.end(), argument.choices.begin(),
                   argument.choices.end());
    }
    for (const OptionReference* option : OptionsAt(*command, program)) {
      words.push_back(option->names.back());
    }
    absl::StrAppend(&cases, "    ", Quote(Place(*command)),
                    ") offer=", Quote(absl::StrJoin(words, " ")), " ;;\n");
  }
  return cases;
}

// The same for zsh, with descriptions.
std::string ZshCases(const CommandReference& program) {
  // _describe takes "word:description".
  const auto entry = [](absl::string_view word, absl::string_view description) {
    return absl::StrCat(
        " ", Quote(absl::StrCat(absl::StrReplaceAll(word, {{":", "\\:"}}), ":",
                                description)));
  };
  std::string cases;
  for (const CommandReference* command : All(program)) {
    std::string commands, options;
    for (const CommandReference& part : command->commands) {
      absl::StrAppend(&commands, entry(part.path.back(), part.description));
    }
    for (const OptionReference& argument : command->arguments) {
      for (const std::string& choice : argument.choices) {
        absl::StrAppend(&commands, entry(choice, argument.description));
      }
    }
    for (const OptionReference* option : OptionsAt(*command, program)) {
      absl::StrAppend(&options,
                      entry(option->names.back(), option->description));
    }
    absl::StrAppend(&cases, "    (", Quote(Place(*command)),
                    ")\n      commands=(", commands, " )\n      options=(",
                    options, " ) ;;\n");
  }
  return cases;
}

// The same for fish, which wants a line each.
std::string FishLines(const CommandReference& command,
                      const CommandReference& program) {
  std::string lines;
  const std::string begin = absl::StrCat(
      "complete -c netbufctl -n ",
      FishQuote(absl::StrCat("__netbufctl_at ", FishQuote(Place(command)))));
  for (const CommandReference& part : command.commands) {
    absl::StrAppend(&lines, begin, " -f -a ", FishQuote(part.path.back()),
                    " -d ", FishQuote(part.description), "\n");
  }
  for (const OptionReference& argument : command.arguments) {
    if (argument.choices.empty()) continue;
    absl::StrAppend(&lines, begin, " -f -a ", FishQuote(ChoicesOf(argument)),
                    " -d ", FishQuote(argument.description), "\n");
  }
  for (const OptionReference* option : OptionsAt(command, program)) {
    absl::StrAppend(&lines, begin);
    for (absl::string_view name : option->names) {
      const bool is_long = absl::StartsWith(name, "--");
      absl::StrAppend(&lines, is_long ? " -l " : " -s ",
                      name.substr(is_long ? 2 : 1));
    }
    if (!option->choices.empty()) {
      absl::StrAppend(&lines, " -x -a ", FishQuote(ChoicesOf(*option)));
    } else if (!option->value.empty()) {
      absl::StrAppend(&lines, " -r");
    }
    absl::StrAppend(&lines, " -d ", FishQuote(option->description), "\n");
  }
  return lines;
}

}  // namespace

std::string BashCompletion(const CommandReference& program) {
  return absl::StrCat(
      "# bash completion of netbufctl: source <(netbufctl completion bash)\n"
      "_netbufctl() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" at='' word offer=''"
      " value=''\n"
      "  COMPREPLY=()\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$at/$word\" in\n"
      "      ",
      Places(program),
      ") at=\"$at/$word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$at ${COMP_WORDS[COMP_CWORD-1]}\" in\n",
      ChoiceCases(program, ""),
      "  esac\n"
      "  [[ -n \"$value\" ]] || case \"$at\" in\n",
      BashCases(program),
      "  esac\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$offer\" -- \"$current\")\n"
      "}\n"
      "complete -o default -F _netbufctl netbufctl\n");
}

std::string ZshCompletion(const CommandReference& program) {
  return absl::StrCat(
      "#compdef netbufctl\n"
      "# zsh completion of netbufctl: source <(netbufctl completion zsh)\n"
      "_netbufctl() {\n"
      "  local at='' word value=''\n"
      "  local -a commands options choices before_cursor\n"
      "  before_cursor=(\"${(@)words[2,CURRENT-1]}\")\n"
      "  for word in \"${(@)before_cursor}\"; do\n"
      "    case \"$at/$word\" in\n"
      "      (",
      Places(program),
      ") at=\"$at/$word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  local before=\"$at ${words[CURRENT-1]}\" offer=''\n"
      "  case \"$before\" in\n",
      ChoiceCases(program, "("),
      "  esac\n"
      "  if [[ -n \"$value\" ]]; then\n"
      "    choices=(${=offer})\n"
      "    if (( $#choices )); then compadd -a choices; else _files; fi\n"
      "    return\n"
      "  fi\n"
      "  case \"$at\" in\n",
      ZshCases(program),
      "  esac\n"
      "  if [[ \"$PREFIX\" == -* ]]; then\n"
      "    _describe -o option options\n"
      "  elif (( $#commands )); then\n"
      "    _describe command commands\n"
      "  else\n"
      "    _files\n"
      "  fi\n"
      "}\n"
      "compdef _netbufctl netbufctl\n");
}

std::string FishCompletion(const CommandReference& program) {
  std::vector<std::string> places;
  std::string lines;
  for (const CommandReference* command : All(program)) {
    if (!command->path.empty()) places.push_back(FishQuote(Place(*command)));
    absl::StrAppend(&lines, FishLines(*command, program));
  }
  return absl::StrCat(
      "# fish completion of netbufctl: netbufctl completion fish | source\n"
      "function __netbufctl_at --description 'Is the command line at a "
      "command?'\n"
      "  set -l at ''\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    if contains -- \"$at/$word\" ",
      absl::StrJoin(places, " "),
      "\n"
      "      set at \"$at/$word\"\n"
      "    end\n"
      "  end\n"
      "  test \"$at\" = \"$argv[1]\"\n"
      "end\n",
      lines);
}

}  // namespace netbuf::client
