// Felicity batteries on RS485. What the bytes mean: docs/bms/felicity.md
#include <bit>

#include "bms/language/identity.h"
#include "bms/language/modbus.h"
#include "bms/language/told.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Row;

// The connection test asks twice: 0.5 s on a silent line.
constexpr modbus::Timing timing{.first = 250ms, .rest = 1s, .gap = 20ms, .tries = 2};

constexpr std::int64_t nothing = 0x7FFF;  // no cell in this slot, no sensor
constexpr std::size_t slots = 16;
constexpr double least_cell = 0.5, most_cell = 5;  // V, of a filled slot when the battery is identified
constexpr ListField slot_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, nothing};

constexpr std::array soc_table{Field{0, u16be, 1, &Telemetry::soc}};
constexpr std::array pack_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},
    Field{2, i16be, -0.1, &Telemetry::current},
};
constexpr std::array limit_table{
    Field{0, u16be, 0.01, &Telemetry::max_battery_voltage},
    Field{2, u16be, 0.01, &Telemetry::min_battery_voltage},
    Field{4, u16be, 0.1, &Telemetry::max_charge_current},
    Field{6, u16be, 0.1, &Telemetry::max_discharge_current},
};
constexpr std::array board_table{Field{0, i16be, 1, &Telemetry::temperature_mosfet, 0, nothing}};
constexpr std::array sensor_table{
    Field{2, i16be, 1, sensor(1), 0, nothing},
    Field{4, i16be, 1, sensor(2), 0, nothing},
    Field{6, i16be, 1, sensor(3), 0, nothing},
};
constexpr std::array fet_bits{Bit{1, 0, &Telemetry::charge_fet}, Bit{1, 2, &Telemetry::discharge_fet}};
constexpr std::size_t faults_at = 4;
constexpr std::array fault_bits{
    AlarmBit{2, Alarm::high_cell_voltage, 2},         AlarmBit{3, Alarm::low_cell_voltage, 2},
    AlarmBit{4, Alarm::high_charge_current, 2},       AlarmBit{5, Alarm::high_discharge_current, 2},
    AlarmBit{6, Alarm::high_internal_temperature, 2}, AlarmBit{8, Alarm::high_charge_temperature, 2},
    AlarmBit{9, Alarm::low_charge_temperature, 2},
};
constexpr std::array fault_words{AlarmWord{faults_at, u16be, fault_bits}};
constexpr std::array unknown_words{
    modbus::UnknownWord{faults_at, u16be, known_bits(fault_bits), "Felicity, fault word"}};

Reply<void> take_version(ByteView data, Reading& reading)
{
    reading.identity.firmware_version = std::to_string(read_be(data.data(), 2));
    return {};
}

void fill_version(Bytes& data, const Reading&)
{
    write_be(data.data(), 2, 212);
}

/// Five numbers, their decimal texts one behind the other. Ambiguous, but stored settings hang on it.
Reply<void> take_serial(ByteView data, Reading& reading)
{
    std::string text;
    for (std::size_t i = 0; i < data.size(); i += 2) text += std::to_string(read_be(&data[i], 2));
    reading.identity.serial_number = text;
    return {};
}

/// The digits of the serial number, four a word.
void fill_serial(Bytes& data, const Reading& reading)
{
    std::uint64_t word = 0;
    std::size_t digits = 0;
    for (const char c : reading.identity.serial_number.value_or("")) {
        if (c < '0' || c > '9') continue;
        word = word * 10 + static_cast<std::uint64_t>(c - '0');
        if (++digits % 4 != 0) continue;
        if (digits / 2 > data.size()) return;
        write_be(&data[digits / 2 - 2], 2, std::exchange(word, 0));
    }
}

/// Every slot; which of them are cells the protocol knows.
Reply<void> take_slots(ByteView data, Reading& reading)
{
    decode(slot_list, data, slots, reading.telemetry);
    return {};
}

void fill_slots(Bytes& data, const Reading& reading)
{
    for (std::size_t i = 0; i < slots; ++i) slot_list.wire.put(&data[2 * i], nothing);
    encode(slot_list, data, reading.telemetry);
}

// None is as long as the one before it.
constexpr Row rows[]{
    {{"Felicity serial number (F804)"}, {0xF804, 5}, {.take = take_serial, .fill = fill_serial}},
    {{"Felicity firmware version (F80B)", Need::setting}, {0xF80B, 1}, {.take = take_version, .fill = fill_version}},
    {{"Felicity cell slots (132A)"}, {0x132A, slots}, {.take = take_slots, .fill = fill_slots}},
    {{"Felicity state of charge (130B)", Need::optional}, {0x130B, 1}, {.fields = soc_table}},
    {{"Felicity voltage and current (1306)"}, {0x1306, 2}, {.fields = pack_table, .take = modbus::take_plausible}},
    {{"Felicity limits (131C)", Need::optional}, {0x131C, 4}, {.fields = limit_table}},
    {{"Felicity status (1302)", Need::optional},
     {0x1302, 3},
     {.bits = fet_bits, .alarms = fault_words},
     0,
     nullptr,
     unknown_words},
    {{"Felicity cells (132A)"}, {0x132A, slots}, {.take = take_slots, .fill = fill_slots}},
    {{"Felicity board temperature (130A)", Need::optional}, {0x130A, 1}, {.fields = board_table}},
    {{"Felicity temperatures (1339)", Need::optional}, {0x1339, 5}, {.fields = sensor_table}},
};
constexpr std::span<const Row> all(rows), known = all.first(3), pack = all.subspan(3, 2), limits = all.subspan(5, 1),
                                          measured = all.subspan(6);
static_assert(fits(limit_table, 8) && apart(limit_table));

class Felicity final : public Protocol {
  public:
    explicit Felicity(const Setup& setup) : config_(setup.config), host_(setup.address, timing, known) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        host_.anew();
        co_await must(host_.read(channel, known, reading));
        if (!find_cells(reading.telemetry)) {
            channel.refused(Refusal::bad_content);
            co_return refuse(Refusal::bad_content);
        }
        reading.identity.type = "Felicity";
        reading.identity.unique_id = reading.identity.serial_number;
        co_return co_await poll(channel, reading);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        co_await must(host_.read(channel, all.subspan(1, 1), reading));
        co_await must(host_.read(channel, pack, reading));
        if (config_.use_bms_dvcc_values) {
            co_await must(host_.read(channel, limits, reading));
        } else {
            forget(limits.front(), reading);
        }
        co_await must(host_.read(channel, measured, reading));
        keep_cells(reading.telemetry);
        co_return Reply<void>{};
    }

  private:
    /// Which slots are filled is settled here.
    bool find_cells(Telemetry& t)
    {
        filled_ = 0;
        for (std::size_t i = 0; i < slots; ++i) {
            const Number cell = t.cell_voltages[i];
            if (!cell) continue;
            if (*cell < least_cell || *cell > most_cell) return false;
            filled_ |= 1U << i;
        }
        t.cell_count = std::popcount(filled_);
        return filled_ != 0;
    }

    void keep_cells(Telemetry& t) const
    {
        Cells kept;
        for (std::size_t i = 0; i < slots; ++i) {
            if ((filled_ >> i & 1) != 0) kept.push_back(t.cell_voltages[i]);
        }
        t.cell_voltages = kept;
    }

    const config::Config& config_;
    modbus::Host host_;
    std::uint32_t filled_ = 0;  // bit 0: the first slot
};

constexpr Line lines[]{{9600, 0x01}};
constexpr Told delivers = Told{"firmware_version", "serial_number", "cell_count", "cell_voltages"}.add(rows);

}  // namespace

extern const Entry felicity;
const Entry felicity{
    .name = "Felicity",
    .type = "Felicity",
    .sheet = "felicity",
    .brands = "Felicity Solar, Felicity ESS",
    .wiring =
        "RS485 port of the battery; its limits are read only with USE_BMS_DVCC_VALUES, its capacity is "
        "BATTERY_CAPACITY",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Felicity>(setup); },
    .device = modbus::device<rows>,
    .unproven = true,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
