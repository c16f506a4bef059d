#pragma once
// Several services as one battery. Source: core/aggregation.md section 4.4.
#include <map>
#include <span>

#include "bank/selector.h"

namespace bmsd::bank {

/// Steps of a limit: the value of the highest threshold at or below the present value.
struct Steps {
    Item limit, by;
    std::vector<std::pair<double, double>> points;  // threshold V or degC, limit A; rising
};

struct VirtualLine {
    enum class Kind : std::uint8_t { source, fixed, steps } kind = Kind::source;
    SourceLine source;
    Slot slot;         // of `fixed`
    Number number;     // its value; with no text either: the path has none
    std::string text;  // likewise
    Steps steps{};
};

struct VirtualMember {
    std::string name;  // NAME of the key
    bool publish = false;
    std::vector<VirtualLine> lines;     // by priority
    std::vector<std::string> unusable;  // lines that cannot be read
};

/// One line, without the name. False: it cannot be read.
bool read_virtual_line(std::string_view line, VirtualMember& out);
/// All of AGGREGATE_VIRTUAL_<NAME>.
std::vector<VirtualMember> read_virtual(const std::vector<std::string>& lines);

/// What the services make together: of each path the first line that gives a value.
Values compose(const VirtualMember& member, std::span<const Service> services);
/// Whether the service is one of its sources.
bool uses(const VirtualMember& member, const Service& service);

}  // namespace bmsd::bank
