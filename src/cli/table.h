#pragma once
// The live table of bmsd watch: what the services on the bus show, as text for a terminal. Pure.
#include <map>
#include <string>

#include "bus/monitor.h"

namespace bmsd::cli {

struct TableStyle {
    bool colour = true;
    std::size_t width = 120;  // columns; longer lines are cut
};

/// All batteries, sorted by bus name; `clock` stands in the head line.
std::string table(const std::map<std::string, bus::Monitor::Items>& services, const std::string& clock,
                  TableStyle style);

}  // namespace bmsd::cli
