#pragma once
// The live table of bmsd watch: what the services on the bus show, as text for a terminal. Pure.
#include <map>
#include <string>
#include <vector>

#include "bus/monitor.h"

namespace bmsd::cli {

using Services = std::map<std::string, bus::Monitor::Items>;  // by bus name

struct TableStyle {
    bool colour = true;
    std::size_t width = 120;    // columns; what does not fit is left out and marked with …
    std::string nobody = {};    // told below "no battery on the bus"
    std::string cells_of = {};  // bus name of the battery whose single cells are shown; empty: none
};

/// Bus names as people count: ttyUSB2 before ttyUSB10.
std::vector<std::string> in_order(const Services& services);

/// The first in that order whose bus name or custom name contains `text`; empty: none.
std::string battery_meant_by(const Services& services, const std::string& text);

/// A head of `head_lines` lines, then the lines of all batteries, in_order(). `clock` stands in the first one.
constexpr std::size_t head_lines = 2;
/// `cells_at`: set to the line below the head with which the battery whose cells are shown begins.
std::vector<std::string> table_lines(const Services& services, const std::string& clock, const TableStyle& style,
                                     std::size_t* cells_at = nullptr);

/// All of them, each with its line end.
std::string table(const Services& services, const std::string& clock, const TableStyle& style);

/// The part of `lines` a screen of `rows` rows shows when its batteries are scrolled down by `offset` lines, which is
/// brought into its range; where not all fit the last row tells which part it is.
std::vector<std::string> page(const std::vector<std::string>& lines, std::size_t rows, std::size_t& offset);

}  // namespace bmsd::cli
