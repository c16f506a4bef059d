// Pace boards (PACE RS232 V2.5). What the bytes mean: docs/bms/pace.md
#include <cmath>

#include "bms/language/ascii_layout.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

// A master tells 16 packs of up to 77 bytes in one reply.
constexpr ascii::Dialect dialect{.start = '~',
                                 .version = 0x25,
                                 .reply_starts = "~",
                                 .groups = {0x46, 0x46},
                                 .longest_info = 2 + 16 * 77,
                                 .own_address_for_0 = true};
constexpr std::size_t text_size = 20;
constexpr Duration first_byte = 500ms;
constexpr std::uint8_t every_pack = 0xFF, first_pack = 0x01;  // INFO of the two requests that carry one

constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages};
constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, u16be, 0.1, target, 2730, 0};
}
constexpr std::array sensor_table{sensor_field(0, sensor(1)),
                                  sensor_field(1, sensor(2)),
                                  sensor_field(2, sensor(3)),
                                  sensor_field(3, sensor(4)),
                                  sensor_field(4, &Telemetry::temperature_mosfet),
                                  sensor_field(5, &Telemetry::temperature_ambient)};
// The byte before the full capacity counts what follows, on most boards; nothing can be made of it.
constexpr std::array pack_table{
    Field{0, i16be, 0.01, &Telemetry::current},
    Field{2, u16be, 0.001, &Telemetry::voltage},
    Field{4, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{7, u16be, 0.01, &Telemetry::capacity},
    Field{9, u16be, 1, &Telemetry::cycles},
    Field{11, u16be, 0.01, &Telemetry::design_capacity},
};
constexpr std::size_t count_at = 6, pack_size = 13;
static_assert(fits(pack_table, pack_size) && apart(pack_table));
constexpr ascii::Shape analog_shape{
    .at = 2, .size = 2, .between = 0, .most_cells = 16, .least_sensors = 0, .most_sensors = 8, .rest = pack_size};
constexpr ascii::Shape status_shape{
    .at = 2, .size = 1, .between = 0, .most_cells = 16, .least_sensors = 0, .most_sensors = 8, .rest = 12};
constexpr ascii::InfoLayout analog_layout{
    .shape = analog_shape, .codes = &status_shape, .cells = &cell_list, .sensors = sensor_table, .tail = pack_table};

constexpr std::array fet_bits{Bit{5, 1, &Telemetry::charge_fet}, Bit{5, 2, &Telemetry::discharge_fet}};
constexpr std::array<std::uint8_t, 5> alarm_places{3, 4, 7, 10, 11};
constexpr std::array<std::uint8_t, 2> balancing_places{8, 9};
constexpr std::uint8_t protect1 = 0, protect2 = 8, fault = 16, warn1 = 24, warn2 = 32;
constexpr std::array alarm_bits{
    AlarmBit{protect1 + 0, Alarm::high_cell_voltage, 2},
    AlarmBit{warn1 + 0, Alarm::high_cell_voltage, 1},
    AlarmBit{protect1 + 1, Alarm::low_cell_voltage, 2},
    AlarmBit{warn1 + 1, Alarm::low_cell_voltage, 1},
    AlarmBit{protect1 + 2, Alarm::high_voltage, 2},
    AlarmBit{warn1 + 2, Alarm::high_voltage, 1},
    AlarmBit{protect1 + 3, Alarm::low_voltage, 2},
    AlarmBit{protect1 + 7, Alarm::low_voltage, 2},
    AlarmBit{warn1 + 3, Alarm::low_voltage, 1},
    AlarmBit{protect1 + 4, Alarm::high_charge_current, 2},
    AlarmBit{warn1 + 4, Alarm::high_charge_current, 1},
    AlarmBit{protect1 + 5, Alarm::high_discharge_current, 2},
    AlarmBit{protect1 + 6, Alarm::high_discharge_current, 2},
    AlarmBit{warn1 + 5, Alarm::high_discharge_current, 1},
    AlarmBit{protect2 + 0, Alarm::high_charge_temperature, 2},
    AlarmBit{warn2 + 0, Alarm::high_charge_temperature, 1},
    AlarmBit{protect2 + 1, Alarm::high_temperature, 2},
    AlarmBit{protect2 + 5, Alarm::high_temperature, 2},
    AlarmBit{warn2 + 1, Alarm::high_temperature, 1},
    AlarmBit{warn2 + 4, Alarm::high_temperature, 1},
    AlarmBit{protect2 + 2, Alarm::low_charge_temperature, 2},
    AlarmBit{warn2 + 2, Alarm::low_charge_temperature, 1},
    AlarmBit{protect2 + 3, Alarm::low_temperature, 2},
    AlarmBit{protect2 + 6, Alarm::low_temperature, 2},
    AlarmBit{warn2 + 3, Alarm::low_temperature, 1},
    AlarmBit{warn2 + 5, Alarm::low_temperature, 1},
    AlarmBit{protect2 + 4, Alarm::high_internal_temperature, 2},
    AlarmBit{warn2 + 6, Alarm::high_internal_temperature, 1},
    AlarmBit{warn2 + 7, Alarm::low_soc, 1},
    AlarmBit{fault + 0, Alarm::internal_failure, 2},
    AlarmBit{fault + 1, Alarm::internal_failure, 2},
    AlarmBit{fault + 2, Alarm::internal_failure, 2},
    AlarmBit{fault + 4, Alarm::internal_failure, 2},
    AlarmBit{fault + 5, Alarm::internal_failure, 2},
};

constexpr ascii::InfoLayout status_layout{.shape = status_shape,
                                          .sensors = sensor_table,
                                          .bits = fet_bits,
                                          .status = alarm_places,
                                          .alarms = alarm_bits,
                                          .balancing = balancing_places};

/// Absent, too, when the pack does not know how much full is.
Number state_of_charge(const Telemetry& t)
{
    if (!(t.capacity > 0.0)) return std::nullopt;
    return soc_in_range(std::round(*t.capacity_remaining / *t.capacity * 10000) / 100);
}

class Pace final : public Protocol {
  public:
    explicit Pace(const Setup& setup) : host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        host_.forget();
        requests_.anew();
        reading.telemetry.cell_count.reset();
        reading.identity.hardware_version.reset();
        reading.identity.serial_number.reset();
        const auto ask = [&](const Row& row) { return host_.ask(channel, row, *this, reading, row.tries); };
        co_await must(requests_.read_one(channel, polled[1], reading, ask));
        co_await must(requests_.read(channel, texts, reading, ask));
        co_await must(requests_.read_one(channel, polled[0], reading, ask));
        Identity& identity = reading.identity;
        identity.type = "PACE RS232";
        identity.unique_id = identity.serial_number ? *identity.serial_number : common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask = [&](const Row& row) { return host_.ask(channel, row, *this, reading); };
        co_await must(requests_.read(channel, polled, reading, ask));
        co_return co_await requests_.read(channel, texts, reading, ask);
    }

  private:
    using Row = ascii::Row<Pace>;
    static const Row polled[2], texts[2];

    Reply<void> take_analog(ByteView info, Reading& reading)
    {
        const auto taken = ascii::take(analog_layout, info, reading.telemetry);
        if (taken) reading.telemetry.soc = state_of_charge(reading.telemetry);
        return taken;
    }
    Reply<void> take_status(ByteView info, Reading& reading)
    {
        return ascii::take(status_layout, info, reading.telemetry);
    }

    /// The first 20 characters. A late reply to the request for the other text must not be taken.
    static Reply<void> take_text(ByteView info, Text& text, const Text& other)
    {
        if (info.size() != text_size && info.size() != 2 * text_size) return refuse(Refusal::bad_length);
        std::string told = printable(info.first(text_size));
        if (!told.empty() && told == other) return refuse(Refusal::wrong_echo);
        text = told.empty() ? Text() : Text(std::move(told));
        return {};
    }
    Reply<void> take_version(ByteView info, Reading& reading)
    {
        return take_text(info, reading.identity.hardware_version, reading.identity.serial_number);
    }
    Reply<void> take_product(ByteView info, Reading& reading)
    {
        return take_text(info, reading.identity.serial_number, reading.identity.hardware_version);
    }

    ascii::Host host_;
    Requests requests_;
};

const Pace::Row Pace::polled[]{
    {{"Pace alarms and switches (44)", Need::optional, [](Reading& r) { ascii::forget(status_layout, r.telemetry); }},
     {0x46, 0x44, 0, first_byte},
     [](const ascii::Host&) { return Bytes{first_pack}; },
     &Pace::take_status},
    {{"Pace cells and sensors (42)"},
     {0x46, 0x42, 0, first_byte},
     [](const ascii::Host&) { return Bytes{every_pack}; },
     &Pace::take_analog},
};
const Pace::Row Pace::texts[]{
    {{"Pace version (C1)", Need::setting, [](Reading& r) { r.identity.hardware_version.reset(); }},
     {0x46, 0xC1, text_size, first_byte},
     [](const ascii::Host&) { return Bytes{}; },
     &Pace::take_version,
     3},
    {{"Pace serial number (C2)", Need::setting, [](Reading& r) { r.identity.serial_number.reset(); }},
     {0x46, 0xC2, text_size, first_byte},
     [](const ascii::Host&) { return Bytes{}; },
     &Pace::take_product,
     3},
};

class PaceDevice final : public ascii::AsciiDevice {
  public:
    PaceDevice(Reading& truth, std::uint8_t address) : AsciiDevice(dialect, address), truth_(truth) {}

  protected:
    Answer answer(const ascii::Frame& request) override
    {
        switch (request.code) {
            case 0x42:
                return of_first_pack(analog_layout);
            case 0x44:
                return of_first_pack(status_layout);
            case 0xC1:
                return text(truth_.identity.hardware_version);
            case 0xC2:
                return text(truth_.identity.serial_number);
            default:
                return std::unexpected(ascii::unknown_command);
        }
    }

  private:
    static Bytes text(const Text& text)
    {
        Bytes info(text_size, ' ');
        if (text) std::copy_n(text->begin(), std::min(text->size(), text_size), info.begin());
        return info;
    }

    Bytes of_first_pack(const ascii::InfoLayout& layout) const
    {
        Bytes info = ascii::encode(layout, truth_.telemetry);
        info[1] = 1;
        if (&layout == &analog_layout) info[info.size() - pack_size + count_at] = 3;
        return info;
    }

    Reading& truth_;
};

constexpr Line lines[]{{9600, 0x00}};
constexpr Told delivers =
    ascii::told({&analog_layout, &status_layout},
                {"hardware_version", "serial_number", "cell_count", "soc", "cell_balancing", "balancing"});

}  // namespace

extern const Entry pace;
const Entry pace{
    .name = "Pace",
    .type = "PACE RS232",
    .sheet = "pace",
    .brands = "PACE P16S boards: Jakiper, Tewaycell, EG4 (older), Easun, Revov R100 and many wall packs",
    .wiring =
        "RS232 port of the pack (some boards TTL or RS485); 9600 baud, address on the DIP switches, 0 as delivered",
    .lines = lines,
    .interval = 5s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Pace>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<PaceDevice>(truth, line.address);
    },
};

}  // namespace bmsd::bms
