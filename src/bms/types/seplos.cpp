// Seplos boards before V3. What the bytes mean: docs/bms/seplos.md
#include <fmt/format.h>

#include "bms/language/ascii_layout.h"
#include "bms/language/identity.h"
#include "bms/types/seplos_rows.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using namespace seplos_tables;

constexpr ascii::Dialect dialect{.start = '~', .version = 0x20, .reply_starts = "~", .groups = {0x46, 0x46}};
constexpr std::uint8_t first_group = 0x01;

constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, u16be, 0.1, target, 2731, 0};
}
constexpr std::array sensor_table{sensor_field(0, sensor(1)),
                                  sensor_field(1, sensor(2)),
                                  sensor_field(2, sensor(3)),
                                  sensor_field(3, sensor(4)),
                                  sensor_field(4, &Telemetry::temperature_ambient),
                                  sensor_field(5, &Telemetry::temperature_mosfet)};
constexpr std::size_t custom_count = 10, reserved = 10;  // of what the board sends
constexpr ascii::Shape alarm_shape{
    .at = 2, .size = 1, .between = 0, .most_cells = 32, .least_sensors = 1, .most_sensors = 16, .rest = 12};
constexpr ascii::InfoLayout telemetry_layout{.shape = telemetry_shape,
                                             .codes = &alarm_shape,
                                             .cells = &cell_list,
                                             .sensors = sensor_table,
                                             .tail = pack_table,
                                             .more = reserved};

// Behind the codes of cells and sensors: three other codes, six events, the states, the balancing cells.
constexpr std::array state_bits{Bit{9, 0, &Telemetry::discharge_fet}, Bit{9, 1, &Telemetry::charge_fet},
                                Bit{9, 3, &Telemetry::heating}};
constexpr std::array<std::uint8_t, 6> event_places{3, 4, 5, 6, 7, 8};
constexpr std::array<std::uint8_t, 2> balancing_places{10, 11};
constexpr ascii::InfoLayout alarm_layout{.shape = alarm_shape,
                                         .sensors = sensor_table,
                                         .bits = state_bits,
                                         .status = event_places,
                                         .alarms = alarm_bits,
                                         .balancing = balancing_places,
                                         .more = 11};

class Seplos final : public Protocol {
  public:
    explicit Seplos(const Setup& setup) : host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        reading.telemetry.cell_count.reset();
        host_.argument = host_.address();
        auto taken = co_await poll(channel, reading);
        if (!taken && !reading.telemetry.cell_count && host_.argument != first_group) {
            host_.argument = first_group;
            taken = co_await poll(channel, reading);
        }
        if (taken) name(reading);
        co_return taken;
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask = [&](const Row& row) { return host_.ask(channel, row, *this, reading); };
        co_return co_await requests_.read(channel, polled, reading, ask);
    }

  private:
    using Row = ascii::Row<Seplos>;
    static const Row polled[2];

    Reply<void> take_telemetry(ByteView info, Reading& reading)
    {
        const auto taken = ascii::take(telemetry_layout, info, reading.telemetry);
        if (taken) reading.telemetry.soc = soc_in_range(*reading.telemetry.soc);
        return taken;
    }
    Reply<void> take_alarms(ByteView info, Reading& reading)
    {
        return ascii::take(alarm_layout, info, reading.telemetry);
    }

    /// The board tells neither version nor serial number.
    void name(Reading& reading) const
    {
        Identity& identity = reading.identity;
        identity.type = "Seplos";
        identity.hardware_version = fmt::format("Seplos BMS {}S", *reading.telemetry.cell_count);
        const std::uint8_t address = host_.address();
        identity.unique_id = letters_and_digits(*identity.hardware_version) + '_' +
                             (address == 0 ? "" : fmt::format("0x{:02X}_", address)) +
                             decimal_text(*reading.telemetry.capacity) + "Ah";
    }

    ascii::Host host_;  // INFO of both requests is the group: the address; some boards want 01
    Requests requests_;
};

// Other boards share the frame: it takes both replies to know this type, and both in each cycle.
const Seplos::Row Seplos::polled[]{
    {{"Seplos telemetry (42)"},
     {0x46, 0x42},
     [](const ascii::Host& host) { return Bytes{host.argument}; },
     &Seplos::take_telemetry},
    {{"Seplos alarms (44)"},
     {0x46, 0x44},
     [](const ascii::Host& host) { return Bytes{host.argument}; },
     &Seplos::take_alarms},
};

class SeplosDevice final : public ascii::AsciiDevice {
  public:
    SeplosDevice(Reading& truth, std::uint8_t address) : AsciiDevice(dialect, address), truth_(truth) {}

  protected:
    Answer answer(const ascii::Frame& request) override
    {
        if (request.code != 0x42 && request.code != 0x44) return std::unexpected(ascii::unknown_command);
        const bool alarms = request.code == 0x44;
        Bytes info = ascii::encode(alarms ? alarm_layout : telemetry_layout, truth_.telemetry);
        info[1] = address();
        if (!alarms) info[info.size() - reserved - pack_size + count_at] = custom_count;
        return info;
    }

  private:
    Reading& truth_;
};

constexpr Line lines[]{{19200, 0x00}};
constexpr Told delivers =
    ascii::told({&telemetry_layout, &alarm_layout}, {"hardware_version", "cell_count", "cell_balancing", "balancing"});

}  // namespace

extern const Entry seplos;
const Entry seplos{
    .name = "Seplos",
    .type = "Seplos",
    .sheet = "seplos",
    .brands = "Seplos 1101, EMU10xx and EMU11xx boards (V2), Boqiang packs",
    .wiring = "RS485 or RS232 port of the pack; 19200 baud, address on the DIP switches, 0 as delivered",
    .lines = lines,
    .interval = 5s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Seplos>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<SeplosDevice>(truth, line.address);
    },
};

}  // namespace bmsd::bms
