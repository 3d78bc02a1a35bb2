// Prometheus's text format 0.0.4, from prometheus-cpp's families of metrics:
// https://prometheus.io/docs/instrumenting/exposition_formats/
//
// In place of prometheus::TextSerializer, which writes the same through a
// stream, character by character, and takes over ten times as long: a scrape of
// a large server has a hundred thousand label values.
//
// Thread safety: nothing is shared but the text.

#ifndef NETBUFD_SERVER_METRICS_TEXT_FORMAT_H_
#define NETBUFD_SERVER_METRICS_TEXT_FORMAT_H_

#include <string>

#include "prometheus/metric_family.h"

namespace netbuf {

inline constexpr char kTextFormatContentType[] =
    "text/plain; version=0.0.4; charset=utf-8";

// A family whole: its help, which stands as it is and must be one line without
// backslashes, its type, and its samples. A histogram without a bucket to
// infinity gets one.
void AppendFamily(const prometheus::MetricFamily& family, std::string& text);

// The value of a label, as it stands between the quotes: with backslashes,
// quotes and line feeds escaped.
void AppendLabelValue(const std::string& value, std::string& text);

// The value of a sample or a bound of a bucket: all digits of an integer to
// 2^53, else the fewest digits that give the same double back, with an exponent
// where printf's %g has one; "+Inf", "-Inf", "NaN".
void AppendNumber(double value, std::string& text);

}  // namespace netbuf

#endif  // NETBUFD_SERVER_METRICS_TEXT_FORMAT_H_
