#include "bms/language/layout.h"

#include <charconv>

#include "bms/language/identity.h"
#include "model/fields.h"

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

/// The name of a member in `fields`, a table of the model.
template <class Fields, class Member>
std::string_view name_of(const Fields& fields, Member member)
{
    for (const auto& field : fields)
        if (field.member == decltype(field.member)(member)) return field.name;
    return {};
}

std::string_view name_of(const Target& target)
{
    return std::visit(
        [](auto member) -> std::string_view {
            if constexpr (requires { TelemetryMember(member); }) return name_of(telemetry_fields(), member);
            if constexpr (std::is_same_v<decltype(member), std::array<Number, sensor_count> Telemetry::*>)
                return "temperatures";
            return {};
        },
        target.member);
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

Reply<void> take(const Layout& layout, ByteView data, Reading& reading)
{
    if (data.size() < layout.least) return refuse(Refusal::bad_length);
    Telemetry& t = reading.telemetry;
    decode(layout.fields, data, t);
    decode(layout.bits, data, t);
    decode(layout.alarms, data, t.alarms);
    decode(layout.texts, data, reading.identity);
    for (const DateField& field : layout.dates) {
        Text& text = reading.identity.*field.member;
        text.reset();
        if (field.offset + field.code.size <= data.size()) text = field.code.get(&data[field.offset]);
    }
    const std::size_t cells = cells_of(t);
    for (const ListField& list : layout.lists) decode(list, data, cells, t);
    for (const BalanceMask& mask : layout.balancing)
        if (mask.offset + mask.size <= data.size()) decode_balancing(mask.get(&data[mask.offset], mask.size), cells, t);
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
    encode(layout.texts, data, reading.identity);
    for (const DateField& field : layout.dates) put_date(field, data, reading.identity);
    for (const ListField& list : layout.lists) encode(list, data, t);
    for (const BalanceMask& mask : layout.balancing) mask.put(&data[mask.offset], mask.size, encode_balancing(t));
    if (layout.fill != nullptr) layout.fill(data, reading);
    return data;
}

void forget(const Layout& layout, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    decode(layout.fields, {}, t);
    decode(layout.bits, {}, t);
    decode(layout.alarms, {}, t.alarms);
    decode(layout.texts, {}, reading.identity);
    for (const DateField& field : layout.dates) (reading.identity.*field.member).reset();
    for (const ListField& list : layout.lists) (t.*list.member).clear();
    if (!layout.balancing.empty()) t.cell_balancing.clear();
}

std::vector<std::string_view> told_by(std::initializer_list<const Layout*> layouts,
                                      std::initializer_list<std::string_view> others)
{
    std::vector<std::string_view> names;
    const auto add = [&](std::string_view name) {
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const std::string_view name : others) add(name);
    for (const Layout* layout : layouts) {
        for (const TextField& field : layout->texts) add(name_of(identity_fields(), field.member));
        for (const DateField& field : layout->dates) add(name_of(identity_fields(), field.member));
        for (const Field& field : layout->fields) add(name_of(field.target));
        for (const Bit& bit : layout->bits) add(name_of(telemetry_fields(), bit.member));
        for (const ListField& list : layout->lists) add(name_of(telemetry_fields(), list.member));
        if (!layout->balancing.empty()) add("cell_balancing");
        if (!layout->alarms.empty()) add("alarms");
    }
    return names;
}

}  // namespace bmsd::bms
