// JK boards with the "4E 57" protocol (GPS or RS485 port). What the bytes mean: docs/bms/jkbms.md
#include <algorithm>

#include "bms/language/identity.h"
#include "bms/language/layout.h"
#include "bms/language/protocol.h"
#include "bms/language/told.h"
#include "bms/types/jk.h"
#include "bms/types/jk_items.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using jk::Items;

constexpr std::size_t most_cells = 32;
constexpr std::uint8_t voltage_tag = 0x83, current_tag = 0x84, soc_tag = 0x85, alarms_tag = 0x8B, state_tag = 0x8C;
constexpr std::uint8_t label_tag = 0xB4, date_tag = 0xB5, versions_tag = 0xB7, maker_tag = 0xBA;
constexpr std::array required_tags{jk::cells_tag, voltage_tag, current_tag, soc_tag, alarms_tag, state_tag};

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
    TagField{voltage_tag, {0, u16be, 0.01, &Telemetry::voltage}},
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

Reply<void> complete(const Items& items)
{
    for (const auto tag : required_tags)
        if (items[tag].empty()) return refuse(Refusal::bad_content);
    const std::size_t size = items[jk::cells_tag].size();
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
    t.soc = soc_in_range(items[soc_tag][0]);
    decode(state_bits, items[state_tag], t);

    const std::size_t cells = items[jk::cells_tag].size() / cell_list.stride;
    const Cells before = t.cell_voltages;
    decode(cell_list, items[jk::cells_tag], cells, t);
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
        const Bytes request = jk::frame(jk::read_all, jk::from_pc, jk::type_request, everything);
        const Exchange exchange{
            .request = request, .length = jk::reply_end, .interval = 100ms, .partial = true, .starts = jk::starts};
        const auto opened = [](ByteView stream) -> Reply<Items> {
            const auto data = jk::open_reply(stream);
            if (!data) return refuse(data.error());
            const auto items = Items::of(*data);
            const auto whole = items ? complete(*items) : refuse(items.error());
            return whole ? items : refuse(whole.error());
        };
        const Items items = co_await must(ask(channel, exchange, opened));
        take_telemetry(items, reading.telemetry, gaps_);
        if (config_.soc_calculation) reading.telemetry.alarms[Alarm::low_soc].reset();
        if (identify) take_identity(items, reading);
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
        const jk::Asked asked = jk::take_request(input);
        if (asked.read_all) append(reply, jk::frame(jk::read_all, jk::from_bms, jk::type_reply, data()));
        return asked.used;
    }

  private:
    Bytes data() const
    {
        const Telemetry& t = truth_.telemetry;
        Bytes all{jk::cells_tag, static_cast<std::uint8_t>(cell_list.stride * t.cell_voltages.size())};
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
        add(all, jk::version_tag)[0] = 1;
        return all;
    }

    /// Appends an item; returns the place of its value.
    static MutableBytes add(Bytes& all, std::uint8_t tag)
    {
        all.push_back(tag);
        all.resize(all.size() + jk::size_of(tag));
        return MutableBytes(all).last(jk::size_of(tag));
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
constexpr Told delivers = [] {
    Told told{"hardware_version",
              "firmware_version",
              "production_date",
              "user_label",
              "cell_count",
              "current",
              "soc",
              "cell_balancing",
              "alarms"};
    for (const auto& row : tag_table) told = told.add(Layout{.fields = std::span(&row.field, 1)});
    return told.add(Layout{.bits = state_bits, .lists = std::span(&cell_list, 1)});
}();

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
