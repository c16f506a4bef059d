#include "bms/language/layout.h"

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

}  // namespace

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
    word.wire.put(&data[word.offset], static_cast<std::int64_t>(t.problem_code.value_or(0) & word.mask));
}

Reply<void> take(const Layout& layout, ByteView data, Reading& reading)
{
    if (data.size() < layout.least) return refuse(Refusal::bad_length);
    Telemetry& t = reading.telemetry;
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
    const std::size_t cells = cells_of(t);
    for (const ListField& list : layout.lists) decode(list, data, cells, t);
    for (const BalanceMask& mask : layout.balancing)
        if (mask.offset + mask.wire.size <= data.size())
            decode_balancing(static_cast<std::uint64_t>(mask.wire.get(&data[mask.offset])), cells, t);
    return layout.take != nullptr ? layout.take(data, reading) : Reply<void>{};
}

Bytes fill(const Layout& layout, const Reading& reading)
{
    const Telemetry& t = reading.telemetry;
    std::size_t size = layout.least;
    for (const ListField& list : layout.lists)
        size = std::max(size, list.offset + list.stride * (t.*list.member).size());
    Bytes data(size);
    encode(layout.fields, data, t);
    encode(layout.bits, data, t);
    encode(layout.alarms, data, t.alarms);
    if (layout.problem != nullptr) encode(*layout.problem, data, t);
    encode(layout.texts, data, reading.identity);
    for (const DateField& field : layout.dates) put_date(field, data, reading.identity);
    for (const ListField& list : layout.lists) encode(list, data, t);
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
    if (!layout.balancing.empty()) t.cell_balancing.clear();
}

}  // namespace bmsd::bms
