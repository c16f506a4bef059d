#include "fuzz/invariants.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "model/fields.h"

namespace bmsd::fuzz {
namespace {

struct Value {
    const bms::Entry& entry;
    std::string_view name;
    std::size_t cells;

    void operator()(const Number& number) const
    {
        if (number && !std::isfinite(*number)) finding(entry, fmt::format("{} is {}", name, *number));
    }
    void operator()(const Count& count) const
    {
        if (count && *count < 0 && name != "problem_code") finding(entry, fmt::format("{} is {}", name, *count));
    }
    void operator()(const Flag&) const {}
    void operator()(const Code&) const {}
    void operator()(const Cells& list) const
    {
        length(list.size());
        for (const Number& number : list) (*this)(number);
    }
    void operator()(const CellFlags& list) const { length(list.size()); }

  private:
    /// Fewer than there are cells is an answer that control takes for incomplete; more is nonsense.
    void length(std::size_t size) const
    {
        if (size > cells) finding(entry, fmt::format("{} has {} elements, cells: {}", name, size, cells));
    }
};

/// A type may carry the battery's address (HeltecModbus).
std::string without_digits(std::string text)
{
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
}

void check_texts(const bms::Entry& entry, const Identity& identity)
{
    if (without_digits(identity.type.value_or("")) != without_digits(std::string(entry.type)))
        finding(entry, "another type than its own");
    // a type may have no unique id of its own: then the port gives one
    if (identity.unique_id && identity.unique_id->empty()) finding(entry, "an empty unique id");
    for (const auto& field : identity_fields()) {
        const Text& text = identity.*field.member;
        if (!text) continue;
        for (const char c : *text)
            if (c < 0x20 || c >= 0x7F) finding(entry, fmt::format("{} holds character {:#04x}", field.name, c & 0xFF));
    }
}

}  // namespace

void finding(const bms::Entry& entry, const std::string& text)
{
    fmt::print(stderr, "FINDING in {}: {}\n", entry.name, text);
    std::abort();
}

void check(const bms::Entry& entry, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    const std::int64_t cells = t.cell_count.value_or(0);
    if (t.cell_count && (cells < 1 || cells > static_cast<std::int64_t>(max_cells)))
        finding(entry, fmt::format("cell_count is {}", cells));
    for (const auto& field : telemetry_fields()) {
        const Value value{entry, field.name, static_cast<std::size_t>(cells)};
        std::visit([&](auto member) { value(t.*member); }, field.member);
    }
    for (const auto& field : history_fields()) {
        const Value value{entry, field.name, static_cast<std::size_t>(cells)};
        std::visit([&](auto member) { value(t.history.*member); }, field.member);
    }
    for (const Number& sensor : t.temperatures) Value{entry, "temperatures", 0}(sensor);
    for (const Level& level : t.alarms.levels)
        if (level && *level > 2) finding(entry, fmt::format("an alarm has level {}", *level));
    check_texts(entry, reading.identity);
}

}  // namespace bmsd::fuzz
