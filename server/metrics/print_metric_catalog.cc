// Prints the tables of docs/metrics.md.

#include <iostream>

#include "server/metrics/metric_catalog.h"

int main() { std::cout << netbuf::MetricCatalogMarkdown(); }
