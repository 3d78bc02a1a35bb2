// Text in columns for people.
//
//   NAME         STATE    MTU
//   adapters/a1  RUNNING  1500

#ifndef NETBUFD_CLIENT_TEXT_TABLE_H_
#define NETBUFD_CLIENT_TEXT_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace netbuf::client {

struct Column {
  enum class Align { kLeft, kRight };

  std::string title;
  Align align = Align::kLeft;
};

// A column of numbers.
inline Column Numbers(absl::string_view title) {
  return {std::string(title), Column::Align::kRight};
}

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // One cell a column. Control characters come out as \xNN, so a cell cannot
  // break the table; an empty cell comes out as "-".
  void AddRow(const std::vector<std::string>& cells);

  // The titles, then a line a row; two spaces between columns, none at the end.
  std::string ToString() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "name:   adapters/a1": the facts of one thing, a line each, aligned.
class FactList {
 public:
  void Add(absl::string_view name, absl::string_view value);

  // Adds nothing for an empty value.
  void AddIfAny(absl::string_view name, absl::string_view value);

  std::string ToString() const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_TEXT_TABLE_H_
