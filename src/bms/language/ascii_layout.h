#pragma once
// An INFO of the ASCII family that counts its cells and sensors, declared once and used in both directions:
//
//   ... | m | m cells | fixed bytes | n | n sensors | fixed bytes
//
// Two forms: two bytes for each cell and sensor are their values, one byte is a code (normal, low, high).
#include "bms/language/ascii_frame.h"
#include "bms/language/told.h"

namespace bmsd::bms::ascii {

/// At `at` the number of cells, then `size` bytes for each, `between` bytes of other content, the number of sensors,
/// `size` bytes for each, and at least `rest` bytes.
struct Shape {
    std::size_t at, size, between;
    std::size_t most_cells;
    std::size_t least_sensors, most_sensors;
    std::size_t rest;
};

struct Counted {
    std::size_t cells, sensors;
    std::size_t sensors_at;  // the first one
    std::size_t end;         // what follows the last one
};

/// Refused when a number is outside the shape's limits or the INFO too short for it.
Reply<Counted> count(ByteView info, const Shape& shape);

/// The counted positions of an INFO that is yet to be filled; its size is `end` + the shape's `rest`.
Counted counted(const Shape& shape, std::size_t cells, std::size_t sensors);

/// What stands where. Words are made of single bytes: the one at places[i] gives the bits from 8 * i on.
struct InfoLayout {
    Shape shape;
    const Shape* codes = nullptr;                  // of the type's reply with codes, when this one has values
    std::span<const Field> head = {};              // from the start
    const ListField* cells = nullptr;              // none: there are codes
    std::span<const Field> middle = {};            // from behind the last cell
    std::span<const Field> sensors = {};           // from the first sensor; where there are codes only to count them
    std::span<const Field> tail = {};              // this and the following: from behind the last sensor
    std::span<const Bit> bits = {};                //
    std::span<const std::uint8_t> status = {};     // places of the word that has the alarms
    std::span<const AlarmBit> alarms = {};         //
    std::span<const std::uint8_t> balancing = {};  // places of the balancing cells; absent when the first is not sent
    std::size_t more = 0;                          // bytes the device side sends beyond the least
};

/// Decodes all of it, when the numbers fit. Refused, too, is a reply of the type's other form that came late: codes in
/// the place of voltages, or the reverse; nothing but their content tells them apart.
Reply<Counted> decode(const InfoLayout& layout, ByteView info, Telemetry& telemetry);

/// The same, for a battery whose replies must all speak of as many cells: the first one tells cell_count.
Reply<void> take(const InfoLayout& layout, ByteView info, Telemetry& telemetry);

/// Makes absent what the layout tells.
void forget(const InfoLayout& layout, Telemetry& telemetry);

/// The INFO of the device side; what the layout does not name is 0.
Bytes encode(const InfoLayout& layout, const Telemetry& telemetry);

/// What the layouts tell, and `others`, for Entry::delivers.
constexpr Told told(std::initializer_list<const InfoLayout*> layouts, std::initializer_list<std::string_view> others)
{
    const AlarmWord some_alarms{0, u8, {}};
    Told told(others);
    for (const InfoLayout* layout : layouts) {
        for (const auto& table : {layout->head, layout->middle, layout->tail}) told = told.add(Layout{.fields = table});
        if (layout->cells != nullptr)
            told = told.add(Layout{.fields = layout->sensors, .lists = std::span(layout->cells, 1)});
        told = told.add(Layout{.bits = layout->bits});
        if (!layout->alarms.empty()) told = told.add(Layout{.alarms = std::span(&some_alarms, 1)});
    }
    return told;
}

/// Two alarm tables of one word behind each other: what several types share, and what one has of its own.
template <std::size_t A, std::size_t B>
constexpr std::array<AlarmBit, A + B> joined(const std::array<AlarmBit, A>& first,
                                             const std::array<AlarmBit, B>& second)
{
    std::array<AlarmBit, A + B> all{};
    std::copy(first.begin(), first.end(), all.begin());
    std::copy(second.begin(), second.end(), all.begin() + A);
    return all;
}

}  // namespace bmsd::bms::ascii
