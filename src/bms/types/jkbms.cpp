// JK boards with the "4E 57" protocol (GPS or RS485 port). What the bytes mean: docs/bms/jkbms.md
#include <algorithm>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/types/jk.h"
#include "util/checksum.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

// One frame form for both directions: 4E 57, length, terminal, command, source, type, data, record, 68, 0000, sum.
constexpr std::uint8_t start_0 = 0x4E, start_1 = 0x57, end_mark = 0x68, read_all = 0x06, from_bms = 0, from_pc = 3;
constexpr std::uint8_t type_request = 0, type_reply = 1;
constexpr std::size_t length_at = 2, command_at = 8, type_at = 10, head = 11, tail = 9;
constexpr std::size_t end_from_back = 5, least_length = 19, most_length = 1000;
constexpr std::size_t most_cells = 32;

// The data are items of a tag and a value; only the cells tell their size, that of the others belongs to the tag.
constexpr std::uint8_t first_tag = 0x79, last_tag = 0xC0, cells_tag = 0x79, current_tag = 0x84, soc_tag = 0x85;
constexpr std::uint8_t alarms_tag = 0x8B, state_tag = 0x8C, version_tag = 0xC0;
constexpr std::uint8_t label_tag = 0xB4, date_tag = 0xB5, versions_tag = 0xB7, maker_tag = 0xBA;
constexpr std::array required_tags{cells_tag, std::uint8_t{0x83}, current_tag, soc_tag, alarms_tag, state_tag};

struct TagRange {
    std::uint8_t first, last, size;
};
constexpr TagRange tag_sizes[]{
    {0x80, 0x84, 2}, {0x85, 0x86, 1},  {0x87, 0x87, 2}, {0x89, 0x89, 4},  {0x8A, 0x8C, 2},  {0x8E, 0x9C, 2},
    {0x9D, 0x9D, 1}, {0x9E, 0xA8, 2},  {0xA9, 0xA9, 1}, {0xAA, 0xAA, 4},  {0xAB, 0xAC, 1},  {0xAD, 0xAD, 2},
    {0xAE, 0xAF, 1}, {0xB0, 0xB0, 2},  {0xB1, 0xB1, 1}, {0xB2, 0xB2, 10}, {0xB3, 0xB3, 1},  {0xB4, 0xB4, 8},
    {0xB5, 0xB6, 4}, {0xB7, 0xB7, 15}, {0xB8, 0xB8, 1}, {0xB9, 0xB9, 4},  {0xBA, 0xBA, 24}, {0xBB, 0xBD, 1},
    {0xBE, 0xBF, 2}, {0xC0, 0xC0, 1},
};

/// 0 = an unknown tag.
constexpr std::size_t size_of(std::uint8_t tag)
{
    for (const TagRange& range : tag_sizes) {
        if (tag >= range.first && tag <= range.last) return range.size;
    }
    return 0;
}

// degC; above 100 the rest counts below zero (101 = -1).
constexpr Wire temperature_code{
    2,
    [](const std::uint8_t* data) {
        const std::int64_t raw = u16be.get(data);
        return raw > 100 ? 100 - raw : raw;
    },
    [](std::uint8_t* data, std::int64_t value) { u16be.put(data, value < 0 ? 100 - value : value); }, -65435, 100};
// Bit 15 = charging, the rest is the amount.
constexpr Wire current_code{
    2,
    [](const std::uint8_t* data) {
        const std::int64_t raw = u16be.get(data);
        return (raw & 0x8000) != 0 ? raw & 0x7FFF : -raw;
    },
    [](std::uint8_t* data, std::int64_t value) { u16be.put(data, value > 0 ? value | 0x8000 : -value); }, -0x7FFF,
    0x7FFF};

struct TagField {
    std::uint8_t tag;
    Field field;
};
constexpr std::array tag_table{
    TagField{0x80, {0, temperature_code, 1, &Telemetry::temperature_mosfet}},
    TagField{0x81, {0, temperature_code, 1, sensor(1)}},
    TagField{0x82, {0, temperature_code, 1, sensor(2)}},
    TagField{0x83, {0, u16be, 0.01, &Telemetry::voltage}},
    TagField{0x87, {0, u16be, 1, &Telemetry::cycles}},
    TagField{0x97, {0, u16be, 1, &Telemetry::max_discharge_current}},
    TagField{0x99, {0, u16be, 1, &Telemetry::max_charge_current}},
    TagField{0x9D, {0, u8, 1, &Telemetry::balance_fet}},
    TagField{0xAA, {0, u32be, 1, &Telemetry::capacity}},
};
constexpr Field current_field{0, current_code, 0.01, &Telemetry::current};
constexpr Field old_current_field{0, u16be, -0.01, &Telemetry::current, 10000};  // protocol version 0
constexpr Field soc_field{0, u8, 1, &Telemetry::soc};
constexpr ListField cell_list{1, 3, u16be, 0.001, &Telemetry::cell_voltages, 0, 0};
constexpr std::array state_bits{Bit{1, 0, &Telemetry::charge_fet}, Bit{1, 1, &Telemetry::discharge_fet},
                                Bit{1, 2, &Telemetry::balancing}};

constexpr std::array alarm_bits{
    AlarmBit{0, Alarm::low_soc, 2},
    AlarmBit{1, Alarm::high_internal_temperature, 2},
    AlarmBit{2, Alarm::high_voltage, 2},
    AlarmBit{3, Alarm::low_voltage, 2},
    AlarmBit{5, Alarm::high_charge_current, 1},
    AlarmBit{6, Alarm::high_discharge_current, 1},
    AlarmBit{7, Alarm::cell_imbalance, 1},
    AlarmBit{10, Alarm::high_cell_voltage, 1},
    AlarmBit{11, Alarm::low_cell_voltage, 1},
};
// Temperature alarms have no direction of their own; the current of the same frame gives it.
constexpr std::array charging_alarm_bits{
    AlarmBit{4, Alarm::high_charge_temperature, 1},
    AlarmBit{8, Alarm::high_charge_temperature, 1},
    AlarmBit{9, Alarm::low_charge_temperature, 1},
};
constexpr std::array other_alarm_bits{
    AlarmBit{4, Alarm::high_temperature, 1},
    AlarmBit{8, Alarm::high_temperature, 1},
    AlarmBit{9, Alarm::low_temperature, 1},
};

Bytes frame(std::uint8_t command, std::uint8_t source, std::uint8_t type, ByteView data)
{
    Bytes bytes{start_0, start_1, 0, 0, 0, 0, 0, 0, command, source, type};
    append(bytes, data);
    bytes.insert(bytes.end(), {0, 0, 0, 0, end_mark});
    const auto sum_at = bytes.size() + 2;
    bytes.resize(sum_at + 2);
    write_be(&bytes[length_at], 2, bytes.size() - length_at);
    write_be(&bytes[sum_at], 2, checksum::sum16(bytes));
    return bytes;
}

struct Extent {
    std::size_t begin, end;  // in the stream; an end behind it = so many bytes are needed to tell more
    bool reply;              // a frame of the reply type
};

/// The first reply frame. An echoed request, an unasked report and noise may come before it.
Extent find_reply(ByteView stream)
{
    std::size_t at = 0;
    while (at + 1 < stream.size()) {
        if (stream[at] != start_0 || stream[at + 1] != start_1) {
            ++at;
            continue;
        }
        if (stream.size() < at + head) return {at, at + head, false};
        const auto length = static_cast<std::size_t>(read_be(&stream[at + length_at], 2));
        if (length < least_length || length > most_length) {
            ++at;
        } else if (stream[at + type_at] == type_reply) {
            return {at, at + length_at + length, true};
        } else {
            at += length_at + length;
        }
    }
    return {at, std::max(at, stream.size()) + 1, false};
}

/// The data of the reply in `stream`.
Reply<ByteView> open(ByteView stream)
{
    const Extent extent = find_reply(stream);
    if (!extent.reply) return refuse(Refusal::bad_start);
    if (extent.end > stream.size()) return refuse(Refusal::cut_short);
    const ByteView bytes = stream.subspan(extent.begin, extent.end - extent.begin);
    const std::size_t end = bytes.size() - end_from_back;
    if (bytes[end] != end_mark) return refuse(Refusal::bad_end);
    if (checksum::sum16(bytes.first(end + 1)) != read_be(&bytes[bytes.size() - 2], 2))
        return refuse(Refusal::bad_checksum);
    if (bytes[command_at] != read_all) return refuse(Refusal::wrong_echo);
    return bytes.subspan(head, bytes.size() - head - tail);
}

/// The values of one reply by tag; empty = not there.
class Items {
  public:
    static Reply<Items> of(ByteView data)
    {
        Items items;
        for (ByteView rest = data; !rest.empty();) {
            const std::uint8_t tag = rest[0];
            rest = rest.subspan(1);
            std::size_t size = size_of(tag);
            if (tag == cells_tag) {
                if (rest.empty()) return refuse(Refusal::bad_length);
                size = rest[0];
                rest = rest.subspan(1);
            } else if (size == 0) {  // what follows cannot be told apart
                items.take_version_from_end(data);
                return items;
            }
            if (size > rest.size()) return refuse(Refusal::bad_length);
            items.place(tag) = rest.first(size);
            rest = rest.subspan(size);
        }
        return items;
    }

    ByteView operator[](std::uint8_t tag) const { return values_[static_cast<std::size_t>(tag - first_tag)]; }
    bool old_current_code() const { return (*this)[version_tag].empty() ? !assume_new_ : (*this)[version_tag][0] == 0; }

  private:
    ByteView& place(std::uint8_t tag) { return values_[static_cast<std::size_t>(tag - first_tag)]; }
    void take_version_from_end(ByteView data)
    {
        assume_new_ = true;
        if (!(*this)[version_tag].empty() || data.size() < 2) return;
        const ByteView last = data.last(2);
        if (last[0] == version_tag && last[1] <= 1) place(version_tag) = last.last(1);
    }

    std::array<ByteView, last_tag - first_tag + 1> values_{};
    bool assume_new_ = false;
};

Reply<void> complete(const Items& items)
{
    for (const auto tag : required_tags)
        if (items[tag].empty()) return refuse(Refusal::bad_content);
    const std::size_t size = items[cells_tag].size();
    if (size % cell_list.stride != 0 || size / cell_list.stride > most_cells) return refuse(Refusal::bad_content);
    return {};
}

void take_telemetry(const Items& items, Telemetry& t, jk::CellGaps& gaps)
{
    const Number hot_before = t.temperature_mosfet;
    for (const auto& row : tag_table) decode(std::span(&row.field, 1), items[row.tag], t);
    t.temperature_mosfet = jk::without_minus_zero(t.temperature_mosfet, hot_before);
    for (auto& sensor : t.temperatures) sensor = jk::without_minus_zero(sensor);
    decode(std::span(items.old_current_code() ? &old_current_field : &current_field, 1), items[current_tag], t);
    if (items[soc_tag][0] <= 100) decode(std::span(&soc_field, 1), items[soc_tag], t);
    decode(state_bits, items[state_tag], t);

    const std::size_t cells = items[cells_tag].size() / cell_list.stride;
    const Cells before = t.cell_voltages;
    decode(cell_list, items[cells_tag], cells, t);
    gaps.fill(t.cell_voltages, before);
    t.cell_count = static_cast<std::int64_t>(cells);
    jk::mark_balanced_cells(t);

    const auto word = read_be(items[alarms_tag].data(), 2);
    decode(alarm_bits, word, t.alarms);
    const bool charging = t.current > 0.0;
    decode(charging_alarm_bits, charging ? word : 0, t.alarms);
    decode(other_alarm_bits, charging ? 0 : word, t.alarms);
}

std::string versions_text(ByteView bytes)
{
    Bytes text(bytes.begin(), bytes.end());
    std::replace(text.begin(), text.end(), std::uint8_t{'_'}, std::uint8_t{' '});
    return collapsed(text);
}

/// What the owner or the maker gave the board as its own text; empty when nobody did.
std::string maker_text(ByteView bytes)
{
    constexpr std::string_view factory = "Input Userda";
    std::string text(bytes.begin(), bytes.end());
    if (const auto at = text.find(factory); at != std::string::npos) text.erase(at, factory.size());
    text = collapsed(Bytes(text.begin(), text.end()));
    std::replace(text.begin(), text.end(), ' ', '_');
    return text;
}

void take_identity(const Items& items, Reading& reading)
{
    Identity& identity = reading.identity;
    identity.type = "JKBMS";
    const std::string versions = versions_text(items[versions_tag]);
    identity.firmware_version.reset();
    if (!versions.empty()) identity.firmware_version = versions;

    const std::string date = collapsed(items[date_tag]);
    identity.production_date.reset();
    if (date.size() == 4 && date.find_first_not_of("0123456789") == std::string::npos)
        identity.production_date = "20" + date + "01";

    std::string hardware = "JKBMS " + versions + (versions.empty() ? "" : " ");
    hardware += std::to_string(*reading.telemetry.cell_count) + 'S';
    if (identity.production_date) hardware += " (" + *identity.production_date + ')';
    identity.hardware_version = hardware;

    const std::string label = collapsed(items[label_tag]);
    identity.user_label.reset();
    if (!label.empty() && label != "Input Us") identity.user_label = label;

    const std::string own = maker_text(items[maker_tag]);
    const Number capacity = reading.telemetry.capacity;
    identity.unique_id = !own.empty() ? own
                                      : letters_and_digits(hardware) + '_' +
                                            std::to_string(static_cast<long>(capacity.value_or(0))) + "Ah";
}

class Jkbms final : public Protocol {
  public:
    explicit Jkbms(const Setup& setup) : config_(setup.config) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override { return read(channel, reading, true); }
    Task<Reply<void>> poll(Channel& channel, Reading& reading) override { return read(channel, reading, false); }

  private:
    /// One request tells everything.
    Task<Reply<void>> read(Channel& channel, Reading& reading, bool identify)
    {
        constexpr std::uint8_t everything[]{0};
        const Bytes request = frame(read_all, from_pc, type_request, everything);
        const Exchange exchange{.request = request,
                                .length = [](ByteView so_far) { return find_reply(so_far).end; },
                                .interval = 100ms,
                                .partial = true};
        const auto data = co_await ask(channel, exchange, open);
        if (!data) co_return refuse(data.error());
        const auto items = Items::of(*data);
        const auto taken = items ? complete(*items) : Reply<void>(refuse(items.error()));
        if (!taken) {
            channel.refused(taken.error());
            co_return taken;
        }
        take_telemetry(*items, reading.telemetry, gaps_);
        if (config_.soc_calculation) reading.telemetry.alarms[Alarm::low_soc].reset();
        if (identify) take_identity(*items, reading);
        co_return Reply<void>{};
    }

    const config::Config& config_;
    jk::CellGaps gaps_;
};

// What the device side sends of its texts, by tag; the maker's text has the factory's words in front.
constexpr std::array label_text{TextField{0, 8, &Identity::user_label}};
constexpr std::array versions_texts{TextField{0, 15, &Identity::firmware_version}};
constexpr std::array maker_texts{TextField{0, 24, &Identity::unique_id}};

class JkbmsDevice final : public Device {
  public:
    explicit JkbmsDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input[0] != start_0) return 1;
        if (input.size() < head) return 0;
        const auto length = static_cast<std::size_t>(read_be(&input[length_at], 2));
        if (input[1] != start_1 || length < least_length || length > most_length) return 1;
        if (input.size() < length + length_at) return 0;
        const ByteView bytes = input.first(length + length_at);
        const auto sum = checksum::sum16(bytes.first(bytes.size() - end_from_back + 1));
        const bool asked = bytes[command_at] == read_all && sum == read_be(&bytes[bytes.size() - 2], 2);
        if (asked) append(reply, frame(read_all, from_bms, type_reply, data()));
        return bytes.size();
    }

  private:
    Bytes data() const
    {
        const Telemetry& t = truth_.telemetry;
        Bytes all{cells_tag, static_cast<std::uint8_t>(cell_list.stride * t.cell_voltages.size())};
        Bytes cells(all.back());
        for (std::size_t i = 0; i < t.cell_voltages.size(); ++i)
            cells[i * cell_list.stride] = static_cast<std::uint8_t>(i + 1);
        encode(cell_list, cells, t);
        append(all, cells);
        for (const auto& row : tag_table) encode(std::span(&row.field, 1), add(all, row.tag), t);
        encode(std::span(&current_field, 1), add(all, current_tag), t);
        encode(std::span(&soc_field, 1), add(all, soc_tag), t);
        encode(state_bits, add(all, state_tag), t);
        write_be(add(all, alarms_tag).data(), 2, alarms());
        add_texts(all);
        add(all, version_tag)[0] = 1;
        return all;
    }

    /// Appends an item; returns the place of its value.
    static MutableBytes add(Bytes& all, std::uint8_t tag)
    {
        all.push_back(tag);
        all.resize(all.size() + size_of(tag));
        return MutableBytes(all).last(size_of(tag));
    }

    std::uint64_t alarms() const
    {
        const Telemetry& t = truth_.telemetry;
        const auto directed =
            t.current > 0.0 ? encode(charging_alarm_bits, t.alarms) : encode(other_alarm_bits, t.alarms);
        return encode(alarm_bits, t.alarms) | directed;
    }

    void add_texts(Bytes& all) const
    {
        Identity texts = truth_.identity;
        texts.unique_id = "Input Userda" + texts.unique_id.value_or(texts.serial_number.value_or(""));
        encode(label_text, add(all, label_tag), texts);
        encode(versions_texts, add(all, versions_tag), texts, '_');
        encode(maker_texts, add(all, maker_tag), texts);
        const std::string& date = texts.production_date.value_or("");
        const MutableBytes month = add(all, date_tag);
        if (date.size() == 8) std::copy_n(date.begin() + 2, 4, month.begin());
    }

    Reading& truth_;
};

constexpr Line lines[]{{115200}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "firmware_version",
    "production_date",
    "user_label",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "capacity",
    "cycles",
    "cell_voltages",
    "cell_balancing",
    "temperatures",
    "temperature_mosfet",
    "charge_fet",
    "discharge_fet",
    "balance_fet",
    "balancing",
    "max_charge_current",
    "max_discharge_current",
    "alarms",
};

}  // namespace

extern const Entry jkbms;
const Entry jkbms{
    .name = "Jkbms",
    .type = "JKBMS",
    .sheet = "jkbms",
    .brands = "JK / Jikong BD*, B1A*, B2A* boards up to about hardware 11, Heltec boards of the same make",
    .wiring = "GPS port (UART TTL) by a 3.3 V USB-UART adapter, or RS485 by the maker's adapter; one board a port",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Jkbms>(setup); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<JkbmsDevice>(truth);
    },
    .addressable = false,
    .addressed = false,
};

}  // namespace bmsd::bms
