#include "client/text/table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace netbuf::client {
namespace {

std::string Printable(absl::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  for (const char c : text) {
    // Bytes above 0x7f belong to UTF-8 characters.
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&printable, "\\x%02x", byte);
    } else {
      printable.push_back(c);
    }
  }
  return printable;
}

void AppendCell(const std::string& cell, size_t width, Column::Align align,
                std::string* line) {
  const std::string padding(width - std::min(width, cell.size()), ' ');
  if (align == Column::Align::kRight) {
    absl::StrAppend(line, padding, cell);
  } else {
    absl::StrAppend(line, cell, padding);
  }
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(const std::vector<std::string>& cells) {
  std::vector<std::string> row;
  row.reserve(columns_.size());
  for (const std::string& cell : cells) {
    row.push_back(cell.empty() ? "-" : Printable(cell));
  }
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::ToString() const {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::vector<const std::vector<std::string>*> lines = {&titles};
  for (const std::vector<std::string>& row : rows_) lines.push_back(&row);

  std::vector<size_t> widths(columns_.size());
  for (const auto* cells : lines) {
    for (size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], (*cells)[i].size());
    }
  }
  std::string text;
  for (const auto* cells : lines) {
    std::string line;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (i > 0) line += "  ";
      AppendCell((*cells)[i], widths[i], columns_[i].align, &line);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

void FactList::Add(absl::string_view name, absl::string_view value) {
  facts_.emplace_back(absl::StrCat(name, ":"),
                      value.empty() ? "-" : Printable(value));
}

void FactList::AddIfAny(absl::string_view name, absl::string_view value) {
  if (!value.empty()) Add(name, value);
}

std::string FactList::ToString() const {
  size_t width = 0;
  for (const auto& fact : facts_) width = std::max(width, fact.first.size());
  std::string text;
  for (const auto& [name, value] : facts_) {
    AppendCell(name, width + 2, Column::Align::kLeft, &text);
    absl::StrAppend(&text, value, "\n");
  }
  return text;
}

}  // namespace netbuf::client
