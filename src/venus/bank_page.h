#pragma once
// The single batteries within the service of the bank: the page "Individual battery info" and the cells of all.
// Source: core/aggregation.md section 6.6.
#include <span>
#include <string>
#include <vector>

#include "bank/values.h"
#include "venus/paths.h"

namespace bmsd::venus {

struct PageLeaf {
    std::string path;
    char type;  // 'i', 'd', 's'
    bus::Format format;
    Sample value;
};

/// /Battery/<n>/...; a battery that is not online has no values but its name. Texts point into `member`.
std::vector<PageLeaf> member_page(const bank::Member& member, std::size_t n);

/// "/Voltages/<name>_Cell<c>" and its value, of all batteries.
std::vector<std::pair<std::string, Number>> member_cells(std::span<const bank::Member> members);

/// The status bits of the page, from the alarms.
std::int64_t page_status(const bank::Values& values);

}  // namespace bmsd::venus
