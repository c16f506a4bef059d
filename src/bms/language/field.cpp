#include "bms/language/field.h"

namespace bmsd::bms {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang 16 asks for it

template <class T>
std::optional<double> as_number(const std::optional<T>& value)
{
    return value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}

std::optional<double> load(const Target& target, const Telemetry& t)
{
    return std::visit(
        Overloaded{
            [&](std::array<Number, sensor_count> Telemetry::*member) { return (t.*member)[target.index]; },
            [&](Number History::*member) { return t.history.*member; },
            [&](Count History::*member) { return as_number(t.history.*member); },
            [&](auto member) { return as_number(t.*member); },
        },
        target.member);
}

}  // namespace

void store(const Target& target, Number value, Telemetry& t)
{
    std::visit(
        Overloaded{
            [&](Number Telemetry::*member) { t.*member = value; },
            [&](Count Telemetry::*member) { t.*member = value ? Count(std::llround(*value)) : std::nullopt; },
            [&](Flag Telemetry::*member) { t.*member = value ? Flag(*value != 0) : std::nullopt; },
            [&](Number History::*member) { t.history.*member = value; },
            [&](Count History::*member) { t.history.*member = value ? Count(std::llround(*value)) : std::nullopt; },
            [&](std::array<Number, sensor_count> Telemetry::*member) { (t.*member)[target.index] = value; },
        },
        target.member);
}

std::int64_t unscaled(double value, double scale, const Wire& wire, std::int64_t zero)
{
    const double raw = std::round(value / scale) + static_cast<double>(zero);
    return static_cast<std::int64_t>(std::clamp(raw, static_cast<double>(wire.least), static_cast<double>(wire.most)));
}

void decode(std::span<const Field> table, ByteView data, Telemetry& telemetry)
{
    for (const Field& field : table) {
        std::optional<double> value;
        if (field.offset + field.wire.size <= data.size()) {
            const std::int64_t raw = field.wire.get(data.data() + field.offset);
            if (raw != field.absent) value = scaled(raw, field.scale, field.zero);
        }
        store(field.target, value, telemetry);
    }
}

void encode(std::span<const Field> table, MutableBytes data, const Telemetry& telemetry)
{
    for (const Field& field : table) {
        if (field.offset + field.wire.size > data.size()) continue;
        const auto value = load(field.target, telemetry);
        field.wire.put(data.data() + field.offset, value ? unscaled(*value, field.scale, field.wire, field.zero)
                                                         : field.absent.value_or(field.zero));
    }
}

void decode(std::span<const TextField> table, ByteView data, Identity& identity)
{
    for (const TextField& field : table) {
        Text& member = identity.*field.member;
        member.reset();
        if (field.offset + field.size > data.size()) continue;
        auto text = printable(data.subspan(field.offset, field.size));
        if (!text.empty()) member = std::move(text);
    }
}

void encode(std::span<const TextField> table, MutableBytes data, const Identity& identity, std::uint8_t pad)
{
    for (const TextField& field : table) {
        if (field.offset + field.size > data.size()) continue;
        const auto place = data.subspan(field.offset, field.size);
        std::fill(place.begin(), place.end(), pad);
        const Text& text = identity.*field.member;
        if (text) std::copy_n(text->begin(), std::min(text->size(), field.size), place.begin());
    }
}

void decode(const ListField& list, ByteView data, std::size_t count, Telemetry& telemetry)
{
    Cells& cells = telemetry.*list.member;
    cells.assign(count, std::nullopt);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::size_t offset = list.offset + i * list.stride;
        if (offset + list.wire.size > data.size()) return;
        const std::int64_t raw = list.wire.get(data.data() + offset);
        if (raw != list.absent) cells[i] = scaled(raw, list.scale, list.zero);
    }
}

void encode(const ListField& list, MutableBytes data, const Telemetry& telemetry)
{
    const Cells& cells = telemetry.*list.member;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::size_t offset = list.offset + i * list.stride;
        if (offset + list.wire.size > data.size()) return;
        list.wire.put(data.data() + offset, cells[i] ? unscaled(*cells[i], list.scale, list.wire, list.zero)
                                                     : list.absent.value_or(list.zero));
    }
}

void decode(std::span<const Bit> table, ByteView data, Telemetry& telemetry)
{
    for (const Bit& bit : table) {
        Flag& flag = telemetry.*bit.member;
        flag.reset();
        if (bit.offset < data.size()) flag = ((data[bit.offset] >> bit.bit & 1) != 0) != bit.inverted;
    }
}

void encode(std::span<const Bit> table, MutableBytes data, const Telemetry& telemetry)
{
    for (const Bit& bit : table) {
        if (bit.offset >= data.size()) continue;
        const bool set = (telemetry.*bit.member).value_or(false) != bit.inverted;
        const auto mask = static_cast<std::uint8_t>(1U << bit.bit);
        data[bit.offset] = static_cast<std::uint8_t>(set ? data[bit.offset] | mask : data[bit.offset] & ~mask);
    }
}

void decode(std::span<const AlarmBit> table, std::uint64_t word, Alarms& alarms)
{
    for (const AlarmBit& bit : table) alarms[bit.alarm] = std::uint8_t{0};
    for (const AlarmBit& bit : table) {
        if ((word >> bit.bit & 1) != 0) alarms.raise(bit.alarm, bit.level);
    }
}

std::uint64_t encode(std::span<const AlarmBit> table, const Alarms& alarms)
{
    std::uint64_t word = 0;
    std::array<bool, alarm_count> said{};
    for (const AlarmBit& bit : table) {
        auto& done = said[static_cast<std::size_t>(bit.alarm)];
        if (done || alarms[bit.alarm] != bit.level) continue;
        word |= std::uint64_t{1} << bit.bit;
        done = true;
    }
    return word;
}

void decode(std::span<const AlarmWord> words, ByteView data, Alarms& alarms)
{
    for (const AlarmWord& word : words)
        for (const AlarmBit& bit : word.bits) alarms[bit.alarm].reset();
    for (const AlarmWord& word : words) {
        if (word.offset + word.wire.size > data.size()) continue;
        Alarms told;
        decode(word.bits, static_cast<std::uint64_t>(word.wire.get(&data[word.offset])), told);
        for (const AlarmBit& bit : word.bits) alarms.raise(bit.alarm, *told[bit.alarm]);
    }
}

void encode(std::span<const AlarmWord> words, MutableBytes data, const Alarms& alarms)
{
    for (const AlarmWord& word : words) {
        if (word.offset + word.wire.size > data.size()) continue;
        const auto others = static_cast<std::uint64_t>(word.wire.get(&data[word.offset])) & ~known_bits(word.bits);
        word.wire.put(&data[word.offset], static_cast<std::int64_t>(others | encode(word.bits, alarms)));
    }
}

std::uint64_t gather(ByteView data, std::span<const std::uint8_t> places)
{
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < places.size(); ++i)
        if (places[i] < data.size()) word |= std::uint64_t{data[places[i]]} << 8 * i;
    return word;
}

void scatter(std::uint64_t word, std::span<const std::uint8_t> places, MutableBytes data)
{
    for (std::size_t i = 0; i < places.size(); ++i)
        if (places[i] < data.size()) data[places[i]] = static_cast<std::uint8_t>(word >> 8 * i);
}

bool present(const Field& field, const Telemetry& telemetry)
{
    return load(field.target, telemetry).has_value();
}

bool any(const CellFlags& flags)
{
    return std::any_of(flags.begin(), flags.end(), [](const Flag& flag) { return flag.value_or(false); });
}

void decode_balancing(std::uint64_t word, std::size_t count, Telemetry& telemetry)
{
    telemetry.cell_balancing.resize(count);
    for (std::size_t i = 0; i < telemetry.cell_balancing.size(); ++i)
        telemetry.cell_balancing[i] = i < 64 && (word >> i & 1) != 0;
}

std::uint64_t encode_balancing(const Telemetry& telemetry)
{
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < telemetry.cell_balancing.size() && i < 64; ++i) {
        if (telemetry.cell_balancing[i].value_or(false)) word |= std::uint64_t{1} << i;
    }
    return word;
}

}  // namespace bmsd::bms
