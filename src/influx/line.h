#pragma once
// The line protocol of InfluxDB, with what its servers refuse kept out: empty tags, NaN, fields without a type of their
// own. Pure. Source: core/outputs.md section 4.1.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/telemetry.h"

namespace bmsd::influx {

using Tag = std::pair<std::string, std::string>;

/// One point; append_to() writes its line when it has a field.
class Point {
  public:
    /// An empty value is no tag. They are sorted here: a table of version 3 keeps the order of the first one.
    Point(std::string_view measurement, std::vector<Tag> tags);

    /// Always with a decimal point, so that the type never changes; nothing where it is absent or no number.
    Point& field(std::string_view name, const Number& value, int decimals);
    Point& field(std::string_view name, const Flag& value);
    Point& field(std::string_view name, std::string_view text);
    bool empty() const { return fields_.empty(); }
    /// `seconds` since 1970. False: there was nothing to write.
    bool append_to(std::string& lines, std::int64_t seconds) const;

  private:
    void begin(std::string_view name);

    std::string head_;
    std::string fields_;
};

}  // namespace bmsd::influx
