// An INFO with counted cells and sensors, in both directions.
#include "bms/language/ascii_layout.h"

#include <algorithm>

namespace bmsd::bms::ascii {
namespace {

constexpr std::size_t code_size = 1;  // of a cell or sensor, instead of a value

/// 0 normal, 1 low, 2 high, from 80 on other. The high byte of a voltage is none.
bool is_code(std::uint8_t byte)
{
    return byte <= 2 || byte >= 0x80;
}

/// The parts of an INFO; `Span` is of constant bytes or not.
template <class Span>
struct Parts {
    Span cells, middle, sensors, tail;

    Parts(Span info, const Shape& shape, const Counted& counted)
        : cells(info.subspan(shape.at + 1, shape.size * counted.cells)),
          middle(info.subspan(counted.sensors_at - 1 - shape.between, shape.between)),
          sensors(info.subspan(counted.sensors_at, shape.size * counted.sensors)),
          tail(info.subspan(counted.end))
    {
    }
};

/// Whether an INFO is of this shape and has codes for all cells and sensors.
bool has_codes(ByteView info, const Shape& shape)
{
    const auto counted = count(info, shape);
    if (!counted) return false;
    const Parts parts(info, shape, *counted);
    return std::all_of(parts.cells.begin(), parts.cells.end(), is_code) &&
           std::all_of(parts.sensors.begin(), parts.sensors.end(), is_code);
}

/// The number of sensors that makes room for everything of `sensors` that is there: 1 + the last one.
std::size_t sensors_needed(std::span<const Field> sensors, const Telemetry& telemetry)
{
    std::size_t needed = 0;
    for (std::size_t i = 0; i < sensors.size(); ++i)
        if (present(sensors[i], telemetry)) needed = i + 1;
    return needed;
}

void take_balancing(const InfoLayout& layout, ByteView tail, std::size_t cells, Telemetry& t)
{
    if (layout.balancing.empty()) return;
    t.cell_balancing.clear();
    t.balancing.reset();
    if (layout.balancing.front() >= tail.size()) return;
    decode_balancing(gather(tail, layout.balancing), cells, t);
    t.balancing = any(t.cell_balancing);
}

}  // namespace

Reply<Counted> count(ByteView info, const Shape& shape)
{
    if (info.size() <= shape.at) return refuse(Refusal::bad_length);
    const std::size_t cells = info[shape.at];
    if (cells == 0 || cells > shape.most_cells) return refuse(Refusal::bad_content);
    const std::size_t second = shape.at + 1 + shape.size * cells + shape.between;
    if (info.size() <= second) return refuse(Refusal::bad_length);
    const std::size_t sensors = info[second];
    if (sensors < shape.least_sensors || sensors > shape.most_sensors) return refuse(Refusal::bad_content);
    const Counted counted = ascii::counted(shape, cells, sensors);
    if (info.size() < counted.end + shape.rest) return refuse(Refusal::bad_length);
    return counted;
}

Counted counted(const Shape& shape, std::size_t cells, std::size_t sensors)
{
    const std::size_t first = shape.at + 1 + shape.size * cells + shape.between + 1;
    return {cells, sensors, first, first + shape.size * sensors};
}

Reply<Counted> decode(const InfoLayout& layout, ByteView info, Telemetry& t)
{
    const auto counted = count(info, layout.shape);
    if (!counted) return counted;
    const Shape* codes = layout.shape.size == code_size ? &layout.shape : layout.codes;
    if (codes != nullptr && has_codes(info, *codes) != (codes == &layout.shape)) return refuse(Refusal::bad_content);
    const Parts parts(info, layout.shape, *counted);
    decode(layout.head, info, t);
    if (layout.cells != nullptr) {
        decode(*layout.cells, parts.cells, counted->cells, t);
        decode(layout.sensors, parts.sensors, t);
    }
    decode(layout.middle, parts.middle, t);
    decode(layout.tail, parts.tail, t);
    decode(layout.bits, parts.tail, t);
    decode(layout.alarms, gather(parts.tail, layout.status), t.alarms);
    take_balancing(layout, parts.tail, counted->cells, t);
    return counted;
}

Reply<void> take(const InfoLayout& layout, ByteView info, Telemetry& t)
{
    const auto counted = decode(layout, info, t);
    if (!counted) return refuse(counted.error());
    const auto cells = static_cast<std::int64_t>(counted->cells);
    if (t.cell_count.value_or(cells) != cells) return refuse(Refusal::bad_content);
    t.cell_count = cells;
    return {};
}

void forget(const InfoLayout& layout, Telemetry& t)
{
    for (const auto& table : {layout.head, layout.middle, layout.tail}) decode(table, {}, t);
    if (layout.cells != nullptr) {
        decode(*layout.cells, {}, 0, t);
        decode(layout.sensors, {}, t);
    }
    decode(layout.bits, {}, t);
    for (const AlarmBit& bit : layout.alarms) t.alarms[bit.alarm].reset();
    take_balancing(layout, {}, 0, t);
}

Bytes encode(const InfoLayout& layout, const Telemetry& t)
{
    const Shape& shape = layout.shape;
    const Counted counted =
        ascii::counted(shape, t.cell_voltages.size(), std::max(shape.least_sensors, sensors_needed(layout.sensors, t)));
    Bytes info(counted.end + shape.rest + layout.more);
    info[shape.at] = static_cast<std::uint8_t>(counted.cells);
    info[counted.sensors_at - 1] = static_cast<std::uint8_t>(counted.sensors);
    const Parts parts(MutableBytes(info), shape, counted);
    encode(layout.head, info, t);
    if (layout.cells != nullptr) {
        encode(*layout.cells, parts.cells, t);
        encode(layout.sensors, parts.sensors, t);
    }
    encode(layout.middle, parts.middle, t);
    encode(layout.tail, parts.tail, t);
    encode(layout.bits, parts.tail, t);
    const std::uint64_t bits = gather(parts.tail, layout.status);
    scatter(bits | encode(layout.alarms, t.alarms), layout.status, parts.tail);
    scatter(encode_balancing(t), layout.balancing, parts.tail);
    return info;
}

}  // namespace bmsd::bms::ascii
