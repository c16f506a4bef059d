#pragma once
// A battery as points: measurements, tags and fields of core/outputs.md section 4.2. Pure.
#include <string>
#include <vector>

#include "influx/line.h"
#include "model/snapshot.h"
#include "model/who.h"
#include "site/events.h"

namespace bmsd::influx {

struct Layout {
    bool wide = false;      // one line with a field a cell, instead of one line a cell
    std::vector<Tag> tags;  // with every point, such as the site
};

/// Appends the lines of what is known; the number of them.
std::size_t append_points(std::string& lines, const Who& who, const Snapshot& now, const Layout& layout,
                          std::int64_t seconds);

bool append_event(std::string& lines, const Who& who, const site::Event& event, const Layout& layout,
                  std::int64_t seconds);

}  // namespace bmsd::influx
