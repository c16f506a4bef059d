#include "bms/language/layout.h"

#include <algorithm>
#include <charconv>

#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

std::size_t cells_of(const Telemetry& t)
{
    return static_cast<std::size_t>(t.cell_count.value_or(0));
}

/// A part of `YYYYMMDD`.
int number_in(std::string_view text, std::size_t at, std::size_t size)
{
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
}

void put_date(const DateField& field, Bytes& data, const Identity& identity)
{
    const std::string& text = (identity.*field.member).value_or("");
    if (text.size() != 8 || field.offset + field.code.size > data.size()) return;
    field.code.put(&data[field.offset], number_in(text, 0, 4), number_in(text, 4, 2), number_in(text, 6, 2));
}

/// The place of sensor `index` of the list, as a row.
Field sensor_row(const SensorList& list, std::size_t index, const Target& target)
{
    return {list.offset + index * list.stride, list.wire, list.scale, target, list.zero, list.absent};
}

Target numbered(std::size_t index)
{
    return sensor(static_cast<int>(index + 1));
}

Reply<void> judge_cells(const Layout& layout, ByteView data, Telemetry& t)
{
    if (layout.cell_places != 0) {
        const auto counted = count_cells(layout.lists.front(), data, layout.cell_places, t);
        if (!counted) return counted;
    }
    const std::int64_t cells = t.cell_count.value_or(0);
    if (layout.most_cells == 0) return {};
    if (cells < 1 || cells > layout.most_cells) return refuse(Refusal::bad_content);
    const auto beyond = [&](const ListField& list) {
        return list.offset + list.stride * static_cast<std::size_t>(cells - 1) + list.wire.size > data.size();
    };
    const bool cut = std::any_of(layout.lists.begin(), layout.lists.end(), beyond);
    return cut ? refuse(Refusal::bad_length) : Reply<void>{};
}

}  // namespace

Reply<void> decode(const SensorList& list, ByteView data, Telemetry& t)
{
    t.temperatures = {};
    for (const Target& target : list.behind) store(target, std::nullopt, t);
    if (list.count_at + list.count.size > data.size()) return {};
    const auto count = static_cast<std::size_t>(list.count.get(&data[list.count_at]));
    if (count > list.most) return refuse(Refusal::bad_content);
    for (std::size_t i = 0; i < std::min(count, sensor_count); ++i) {
        const Field row = sensor_row(list, i, numbered(i));
        decode(std::span(&row, 1), data, t);
    }
    for (std::size_t i = 0; i < list.behind.size(); ++i) {
        const Field row = sensor_row(list, count + i, list.behind[i]);
        decode(std::span(&row, 1), data, t);
    }
    return {};
}

/// Up to the last one that is there.
static std::size_t sensors_told(const Telemetry& t)
{
    std::size_t count = sensor_count;
    while (count > 0 && !t.temperatures[count - 1]) --count;
    return count;
}

void encode(const SensorList& list, MutableBytes data, const Telemetry& t)
{
    const std::size_t count = sensors_told(t);
    list.count.put(&data[list.count_at], static_cast<std::int64_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
        const Field row = sensor_row(list, i, numbered(i));
        encode(std::span(&row, 1), data, t);
    }
    for (std::size_t i = 0; i < list.behind.size(); ++i) {
        const Field row = sensor_row(list, count + i, list.behind[i]);
        encode(std::span(&row, 1), data, t);
    }
}

Reply<void> count_cells(const ListField& list, ByteView data, std::size_t places, Telemetry& t)
{
    Telemetry told;
    ListField raw = list;
    raw.absent = 0;
    decode(raw, data, places, told);
    const Cells& cells = told.*list.member;
    std::size_t count = cells.size();
    while (count > 0 && !cells[count - 1]) --count;
    const auto counted = static_cast<std::int64_t>(count);
    if (count == 0 || counted < t.cell_count.value_or(0)) return refuse(Refusal::bad_content);
    if (!t.cell_count) t.cell_count = counted;
    return {};
}

const DateCode packed_date{2,
                           [](const std::uint8_t* data) {
                               const auto word = static_cast<int>(read_be(data, 2));
                               return date_text(2000 + (word >> 9), word >> 5 & 15, word & 31);
                           },
                           [](std::uint8_t* data, int year, int month, int day) {
                               write_be(data, 2, static_cast<std::uint64_t>((year - 2000) << 9 | month << 5 | day));
                           }};
const DateCode three_bytes{3, [](const std::uint8_t* data) { return date_text(2000 + data[0], data[1], data[2]); },
                           [](std::uint8_t* data, int year, int month, int day) {
                               data[0] = static_cast<std::uint8_t>(year - 2000);
                               data[1] = static_cast<std::uint8_t>(month);
                               data[2] = static_cast<std::uint8_t>(day);
                           }};

/// What was told of more cells than there are now was told of none of these.
void drop_beyond(std::size_t cells, Telemetry& t)
{
    for (Cells* list : {&t.cell_voltages, &t.cell_temperatures})
        if (list->size() > cells) list->clear();
    if (t.cell_balancing.size() > cells) t.cell_balancing.clear();
}

void decode(const ProblemWord& word, ByteView data, Telemetry& t)
{
    Level& failure = t.alarms[Alarm::internal_failure];
    t.problem_code.reset();
    if (word.failures != 0) failure.reset();
    if (word.offset + word.wire.size > data.size()) return;
    const std::uint64_t bits = static_cast<std::uint64_t>(word.wire.get(&data[word.offset])) & word.mask;
    t.problem_code = bits;
    if (word.failures != 0) failure = static_cast<std::uint8_t>((bits & word.failures) != 0 ? 1 : 0);
}

void encode(const ProblemWord& word, MutableBytes data, const Telemetry& t)
{
    if (word.offset + word.wire.size > data.size()) return;
    const auto others = static_cast<std::uint64_t>(word.wire.get(&data[word.offset])) & ~word.mask;
    word.wire.put(&data[word.offset], static_cast<std::int64_t>(others | (t.problem_code.value_or(0) & word.mask)));
}

Reply<void> take(const Layout& layout, ByteView data, Reading& reading)
{
    if (data.size() < layout.least) return refuse(Refusal::bad_length);
    Telemetry& t = reading.telemetry;
    const Count before = t.cell_count;
    decode(layout.fields, data, t);
    decode(layout.bits, data, t);
    decode(layout.alarms, data, t.alarms);
    if (layout.problem != nullptr) decode(*layout.problem, data, t);
    decode(layout.texts, data, reading.identity);
    if (layout.whole_text != nullptr) {
        std::string text = printable(data);
        reading.identity.*layout.whole_text = text.empty() ? std::nullopt : Text(std::move(text));
    }
    for (const DateField& field : layout.dates) {
        Text& text = reading.identity.*field.member;
        text.reset();
        if (field.offset + field.code.size <= data.size()) text = field.code.get(&data[field.offset]);
    }
    if (const auto counted = judge_cells(layout, data, t); !counted) return counted;
    const std::size_t cells = cells_of(t);
    for (const ListField& list : layout.lists) decode(list, data, cells, t);
    if (layout.sensors != nullptr)
        if (const auto taken = decode(*layout.sensors, data, t); !taken) return taken;
    for (const BalanceMask& mask : layout.balancing)
        if (mask.offset + mask.wire.size <= data.size())
            decode_balancing(static_cast<std::uint64_t>(mask.wire.get(&data[mask.offset])), cells, t);
    if (layout.take != nullptr)
        if (const auto taken = layout.take(data, reading); !taken) return taken;
    if (before && t.cell_count != before) drop_beyond(cells_of(t), t);  // the same: all places may not have come yet
    return {};
}

Bytes fill(const Layout& layout, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    std::size_t size = layout.least;
    for (const ListField& list : layout.lists)
        size = std::max(size, list.offset + list.stride * (t.*list.member).size());
    if (const SensorList* list = layout.sensors; list != nullptr)
        size = std::max(size, list->offset + list->stride * (sensors_told(t) + list->behind.size()));
    Bytes data(size);
    encode(layout.fields, data, t);
    encode(layout.bits, data, t);
    encode(layout.alarms, data, t.alarms);
    if (layout.problem != nullptr) encode(*layout.problem, data, t);
    encode(layout.texts, data, reading.identity);
    for (const DateField& field : layout.dates) put_date(field, data, reading.identity);
    for (const ListField& list : layout.lists) encode(list, data, t);
    if (layout.sensors != nullptr) encode(*layout.sensors, data, t);
    for (const BalanceMask& mask : layout.balancing)
        mask.wire.put(&data[mask.offset], static_cast<std::int64_t>(encode_balancing(t)));
    if (layout.whole_text != nullptr) {
        const std::string& text = (reading.identity.*layout.whole_text).value_or("");
        data.assign(text.begin(), text.end());
    }
    if (layout.fill != nullptr) layout.fill(data, reading);
    return data;
}

void forget(const Layout& layout, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    decode(layout.fields, {}, t);
    decode(layout.bits, {}, t);
    decode(layout.alarms, {}, t.alarms);
    if (layout.problem != nullptr) decode(*layout.problem, {}, t);
    decode(layout.texts, {}, reading.identity);
    if (layout.whole_text != nullptr) (reading.identity.*layout.whole_text).reset();
    for (const DateField& field : layout.dates) (reading.identity.*field.member).reset();
    for (const ListField& list : layout.lists) (t.*list.member).clear();
    if (layout.sensors != nullptr) decode(*layout.sensors, {}, t);
    if (layout.cell_places != 0) t.cell_count.reset();
    if (!layout.balancing.empty()) t.cell_balancing.clear();
}

}  // namespace bmsd::bms
