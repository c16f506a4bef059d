#pragma once
// The table language: a frame's layout is declared once, as constexpr tables, and used in both directions.
//
//   Field      a number, count or flag at an offset:  Field{0, u16be, 0.01, &Telemetry::voltage}
//   TextField  ASCII of fixed size:                    TextField{6, 16, &Identity::model_name}
//   ListField  equal elements one behind the other:    ListField{0, 2, u16be, 0.001, &Telemetry::cell_voltages}
//   Bit        a switch in a status byte:              Bit{20, 0, &Telemetry::charge_fet}
//   AlarmBit   a bit of a status word:                 AlarmBit{3, Alarm::low_voltage, 2}
//
// value = (raw - zero) * scale. `absent` is the raw value that means "not delivered". Decoding never reads outside the
// data: a field that does not fit is left absent; whether a reply is long enough is decided before, by its envelope.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <variant>

#include "bms/language/wire.h"
#include "model/telemetry.h"

namespace bmsd::bms {

/// Where a decoded number goes.
struct Target {
    std::variant<Number Telemetry::*, Count Telemetry::*, Flag Telemetry::*, Number History::*, Count History::*,
                 std::array<Number, sensor_count> Telemetry::*>
        member;
    std::uint8_t index = 0;  // of the sensor, from 0

    template <class M>
    constexpr Target(M pointer) : member(pointer)  // NOLINT: a member pointer is a target
    {
    }
    constexpr Target(std::array<Number, sensor_count> Telemetry::*pointer, std::uint8_t sensor)
        : member(pointer), index(sensor)
    {
    }
};

/// Temperature sensor "1".."4" of the model.
constexpr Target sensor(int number)
{
    return {&Telemetry::temperatures, static_cast<std::uint8_t>(number - 1)};
}

struct Field {
    std::size_t offset;  // bytes from the start of the payload
    Wire wire;
    double scale;  // unit of the model per step
    Target target;
    std::int64_t zero = 0;  // the raw value of 0
    std::optional<std::int64_t> absent = std::nullopt;
};

struct TextField {
    std::size_t offset, size;
    Text Identity::*member;
};

/// Elements `stride` bytes apart; how many is known only at run time.
struct ListField {
    std::size_t offset, stride;
    Wire wire;
    double scale;
    Cells Telemetry::*member;
    std::int64_t zero = 0;
    std::optional<std::int64_t> absent = std::nullopt;
};

struct Bit {
    std::size_t offset;
    std::uint8_t bit;  // 0 = least significant
    Flag Telemetry::*member;
    bool inverted = false;
};

struct AlarmBit {
    std::uint8_t bit;  // of the status word, 0 = least significant
    Alarm alarm;
    std::uint8_t level;  // 1 warning, 2 alarm
};

/// A status word of a reply and what its bits say.
struct AlarmWord {
    std::size_t offset;
    Wire wire;
    std::span<const AlarmBit> bits;
};

/// raw to the model's unit. Divides where the scale is a decimal fraction, so that 3909 mV is exactly 3.909 V.
constexpr double scaled(std::int64_t raw, double scale, std::int64_t zero = 0)
{
    const auto value = static_cast<double>(raw - zero);
    const double magnitude = scale < 0 ? -scale : scale;
    if (magnitude >= 1) return value * scale;
    const double inverse = 1 / magnitude;
    const auto whole = static_cast<double>(static_cast<std::int64_t>(inverse + 0.5));
    const double quotient = value / (inverse - whole < 1e-6 && whole - inverse < 1e-6 ? whole : inverse);
    return scale < 0 ? -quotient : quotient;
}

/// The model's unit to raw, rounded and limited to what the wire can carry.
std::int64_t unscaled(double value, double scale, const Wire& wire, std::int64_t zero = 0);

/// Puts a value, or its absence, where `target` says.
void store(const Target& target, Number value, Telemetry& telemetry);

void decode(std::span<const Field> table, ByteView data, Telemetry& telemetry);
void encode(std::span<const Field> table, MutableBytes data, const Telemetry& telemetry);

/// An empty text is absent.
void decode(std::span<const TextField> table, ByteView data, Identity& identity);
/// Padded with `pad`.
void encode(std::span<const TextField> table, MutableBytes data, const Identity& identity, std::uint8_t pad = 0);

/// The list gets `count` elements; those outside the data are absent.
void decode(const ListField& list, ByteView data, std::size_t count, Telemetry& telemetry);
void encode(const ListField& list, MutableBytes data, const Telemetry& telemetry);

void decode(std::span<const Bit> table, ByteView data, Telemetry& telemetry);
void encode(std::span<const Bit> table, MutableBytes data, const Telemetry& telemetry);

/// Every alarm of the table gets a level: the highest of its bits that are set, else 0.
void decode(std::span<const AlarmBit> table, std::uint64_t word, Alarms& alarms);
/// A word that decodes to the alarms' levels, as far as the table can say them.
std::uint64_t encode(std::span<const AlarmBit> table, const Alarms& alarms);

/// Several words of one reply; a word that is not all inside the data leaves its alarms absent.
void decode(std::span<const AlarmWord> words, ByteView data, Alarms& alarms);
void encode(std::span<const AlarmWord> words, MutableBytes data, const Alarms& alarms);

/// The bits of a status word the table names.
constexpr std::uint64_t known_bits(std::span<const AlarmBit> table)
{
    std::uint64_t word = 0;
    for (const AlarmBit& bit : table) word |= std::uint64_t{1} << bit.bit;
    return word;
}

/// A status word out of bytes in several places: the byte at places[i] gives the bits from 8 * i on; 0 where data ends.
std::uint64_t gather(ByteView data, std::span<const std::uint8_t> places);
void scatter(std::uint64_t word, std::span<const std::uint8_t> places, MutableBytes data);

/// Whether `telemetry` has a value for the field.
bool present(const Field& field, const Telemetry& telemetry);

/// Whether a flag of the list is set.
bool any(const CellFlags& flags);

/// cell_balancing from a word whose bit 0 is the first cell.
void decode_balancing(std::uint64_t word, std::size_t count, Telemetry& telemetry);
std::uint64_t encode_balancing(const Telemetry& telemetry);

/// Whether every field lies inside `size` bytes; for static_assert beside a table.
template <class Table>
constexpr bool fits(const Table& table, std::size_t size)
{
    return std::all_of(table.begin(), table.end(), [&](const Field& f) { return f.offset + f.wire.size <= size; });
}

/// Whether no field lies on another.
template <class Table>
constexpr bool apart(const Table& table)
{
    for (std::size_t i = 0; i < table.size(); ++i) {
        for (std::size_t k = i + 1; k < table.size(); ++k) {
            if (table[i].offset < table[k].offset + table[k].wire.size &&
                table[k].offset < table[i].offset + table[i].wire.size)
                return false;
        }
    }
    return true;
}

}  // namespace bmsd::bms
