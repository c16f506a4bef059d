#include "inverter/frame.h"

#include <algorithm>
#include <cmath>

namespace bmsd::inverter {
namespace {

constexpr std::size_t frame_size = 8;

struct Shape {
    std::size_t size;
    double least, most;
    std::uint32_t absent;  // the raw value that means "not known" where a profile has one
};

constexpr Shape shape(Coding coding)
{
    switch (coding) {
        case Coding::u8:
            return {1, 0, 0xFF, 0xFF};
        case Coding::u16:
            return {2, 0, 0xFFFF, 0xFFFF};
        case Coding::s16:
            return {2, -0x8000, 0x7FFF, 0x8000};
        case Coding::u32:
            return {4, 0, 0xFFFFFFFF, 0xFFFFFFFF};
    }
    return {};
}

void put(const Frame& frame, CanFrame& out, std::size_t at, std::size_t size, std::uint64_t raw)
{
    (frame.big_endian ? write_be : write_le)(out.data.data() + at, size, raw);
}

std::uint32_t raw_of(const NumberRow& row, double value)
{
    constexpr double slack = 1e-6;  // 55.2 V in tenths is 552, whatever the binary fraction says
    const Shape form = shape(row.coding);
    const double exact = (value + row.offset) / row.unit;
    const double rounded = row.rounding == Rounding::down ? std::floor(exact + slack)
                           : row.rounding == Rounding::up ? std::ceil(exact - slack)
                                                          : std::round(exact);
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(std::clamp(rounded, form.least, form.most)));
}

bool put_numbers(const Frame& frame, const Values& values, CanFrame& out)
{
    for (const NumberRow& row : frame.numbers) {
        const Number& value = values.*row.member;
        const bool known = value && std::isfinite(*value);
        if (!known && row.needed) return false;
        const Shape form = shape(row.coding);
        put(frame, out, row.at, form.size, known ? raw_of(row, *value) : frame.mark_absent ? form.absent : 0);
    }
    return true;
}

bool put_cells(const Frame& frame, const Values& values, CanFrame& out)
{
    if (frame.cells.empty()) return true;
    bool any = false;
    for (const CellRow& row : frame.cells) {
        const Number& cell = values.cells[row.cell];
        if (!cell) continue;
        any = true;
        put(frame, out, row.at, 2, static_cast<std::uint64_t>(std::clamp(std::round(*cell * 1000), 0.0, 65535.0)));
    }
    return any;
}

void put_text(std::string_view text, CanFrame& out)
{
    for (std::size_t i = 0; i < frame_size; ++i) {
        const auto letter = i < text.size() ? static_cast<unsigned char>(text[i]) : ' ';
        out.data[i] = static_cast<std::uint8_t>(letter >= ' ' && letter < 0x7F ? letter : '?');
    }
}

bool put_texts(const Frame& frame, const Values& values, CanFrame& out)
{
    for (const TextRow& row : frame.texts) {
        const Text& text = values.*row.member;
        if (!text || text->size() <= row.from) return false;
        put_text(std::string_view(*text).substr(row.from), out);
    }
    return true;
}

std::uint8_t level_of(AlarmGroup alarms, const Alarms& levels)
{
    std::uint8_t highest = 0;
    for (std::size_t i = 0; i < alarm_count; ++i)
        if ((alarms >> i & 1) != 0) highest = std::max(highest, levels.levels[i].value_or(0));
    return highest;
}

void set(CanFrame& out, std::size_t at, unsigned bits)
{
    out.data[at] = static_cast<std::uint8_t>(out.data[at] | bits);
}

void put_bits(const Frame& frame, const Values& values, CanFrame& out)
{
    for (const FlagRow& row : frame.flags)
        if ((values.*row.member).value_or(false)) set(out, row.at, 1U << row.bit);
    for (const AlarmRow& row : frame.alarms)
        if (level_of(row.alarms, values.alarms) == row.level) set(out, row.at, 1U << row.bit);
    for (const PairRow& row : frame.pairs) {
        const bool active = row.alarms != 0 && level_of(row.alarms, values.alarms) == row.level;
        set(out, row.at, (active ? 1U : 2U) << row.shift);
    }
}

/// What a set of bits says of the group's first alarm: inverters do not tell more.
void take_alarm(AlarmGroup alarms, std::uint8_t level, Alarms& levels)
{
    for (std::size_t i = 0; i < alarm_count; ++i) {
        if ((alarms >> i & 1) == 0) continue;
        levels.raise(static_cast<Alarm>(i), level);
        return;
    }
}

void take_bits(const Frame& frame, ByteView data, Values& values)
{
    for (const FlagRow& row : frame.flags)
        if (row.at < data.size()) values.*row.member = (data[row.at] >> row.bit & 1) != 0;
    for (const AlarmRow& row : frame.alarms) {
        if (row.at >= data.size()) continue;
        take_alarm(row.alarms, (data[row.at] >> row.bit & 1) != 0 ? row.level : std::uint8_t{0}, values.alarms);
    }
    for (const PairRow& row : frame.pairs) {
        if (row.at >= data.size()) continue;
        const unsigned pair = data[row.at] >> row.shift & 3U;
        if (pair == 1 || pair == 2) take_alarm(row.alarms, pair == 1 ? row.level : std::uint8_t{0}, values.alarms);
    }
}

Number number_of(const Frame& frame, const NumberRow& row, ByteView data)
{
    const Shape form = shape(row.coding);
    if (row.at + form.size > data.size()) return std::nullopt;
    const auto raw = (frame.big_endian ? read_be : read_le)(data.data() + row.at, form.size);
    if (frame.mark_absent && raw == form.absent) return std::nullopt;
    const double counted = row.coding == Coding::s16 ? static_cast<std::int16_t>(raw) : static_cast<double>(raw);
    const double steps = 1 / row.unit;  // 552 tenths are 55.2, not 55.2 and a little
    return (steps >= 1 ? counted / std::round(steps) : counted * row.unit) - row.offset;
}

}  // namespace

std::optional<CanFrame> encode(const Frame& frame, const Values& values)
{
    CanFrame out{{frame.id, false}, frame_size, {}};
    if (!frame.literal.empty()) put_text(frame.literal, out);
    for (const ByteRow& row : frame.bytes) out.data[row.at] = row.value;
    if (!put_numbers(frame, values, out) || !put_cells(frame, values, out) || !put_texts(frame, values, out))
        return std::nullopt;
    put_bits(frame, values, out);
    if (frame.more != nullptr) frame.more(values, out);
    return out;
}

void decode(const Frame& frame, ByteView data, Values& values)
{
    for (const NumberRow& row : frame.numbers)
        if (const Number value = number_of(frame, row, data)) values.*row.member = value;
    for (const CellRow& row : frame.cells) {
        const Number cell = number_of(frame, {row.at, Coding::u16, 0.001, nullptr}, data);
        if (cell && *cell > 0) values.cells[row.cell] = cell;
    }
    for (const TextRow& row : frame.texts) {
        std::string text = (values.*row.member).value_or("").substr(0, row.from);
        text.resize(row.from, ' ');
        values.*row.member = text + printable(data);
    }
    take_bits(frame, data, values);
}

}  // namespace bmsd::inverter
