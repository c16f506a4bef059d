// EG4 LL rack batteries on RS485. What the bytes mean: docs/bms/eg4_ll.md
#include <fmt/format.h>

#include <cmath>

#include "bms/language/fitted.h"
#include "bms/language/identity.h"
#include "bms/language/modbus.h"
#include "bms/language/told.h"
#include "bms/types/eg4_ll_judge.h"
#include "bms/types/eg4_ll_rows.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using modbus::Row;

// The connection test is one request of 1.5 s on a silent line where it is named. Only when nothing else is looked for
// it is repeated, as some USB adapters need 40 s after they were opened.
constexpr modbus::Timing hardware_timing{.first = 1500ms, .rest = 1s, .gap = 35ms};
// Beside all other types each of the addresses costs its time on a silent port.
constexpr modbus::Timing search_timing{.first = 600ms, .rest = 1s, .gap = 35ms};
constexpr int tries = 3;
constexpr modbus::Timing timing{.first = 2500ms, .rest = 1s, .gap = 35ms, .tries = tries};
constexpr Duration patience = 60s, pause_between_tests = 3s;

// Masters are delivered with one of the last two.
constexpr Line lines[]{{9600, 0x01}, {9600, 0x40}, {9600, 0x10}};

constexpr double most_cell_voltage = 5;
constexpr std::array telemetry_table{
    eg4::current(0.01),
    eg4::board_temperature,
    eg4::remaining(1),
    eg4::health,
    eg4::charge,
    eg4::cycle_count,
    Field{62, u32be, 1 / 3.6e6, &Telemetry::capacity},  // mA s
    eg4::cell_sensor(1),
    eg4::cell_sensor(2),
    eg4::cell_sensor(3),
    eg4::cell_sensor(4),
    eg4::cell_count,
};
constexpr std::array unknown_words{
    modbus::UnknownWord{eg4::status_at, u16be, 0, "EG4 LL, warning word"},
    modbus::UnknownWord{eg4::status_at + 2, u16be, 0, "EG4 LL, protection word"},
    modbus::UnknownWord{eg4::status_at + 4, u16be, 0, "EG4 LL, error word"},
};

constexpr std::size_t model_size = 24, version_at = 24, version_size = 6, serial_at = 30, serial_size = 16;
constexpr std::size_t texts_at = 120;  // of the settings

/// Up to the first NUL; what is no ASCII is left out.
std::string ascii_text(ByteView data)
{
    Bytes kept;
    std::copy_if(data.begin(), data.end(), std::back_inserter(kept), [](std::uint8_t byte) { return byte < 0x80; });
    return printable(kept);
}

Reply<void> take_hardware(ByteView data, Reading& reading)
{
    const ByteView model = data.first(model_size);
    if (!is_text(model)) return refuse(Refusal::bad_content);
    reading.identity.hardware_version = ascii_text(model);
    const std::string version = ascii_text(data.subspan(version_at, version_size));
    reading.identity.firmware_version = version.empty() ? Text() : Text(version);
    const std::string serial = ascii_text(data.subspan(serial_at, serial_size));
    reading.identity.serial_number = serial.empty() ? Text() : Text(serial);
    return {};
}

void put_texts(MutableBytes data, const Reading& reading)
{
    const Identity& identity = reading.identity;
    const auto put = [&](std::size_t at, std::size_t size, const Text& text) {
        if (text)
            std::copy_n(text->begin(), std::min(text->size(), size), data.begin() + static_cast<std::ptrdiff_t>(at));
    };
    put(0, model_size, identity.hardware_version);
    put(version_at, version_size, identity.firmware_version);
    put(serial_at, serial_size, identity.serial_number);
}

void fill_hardware(Bytes& data, const Reading& reading)
{
    put_texts(data, reading);
}

void fill_settings(Bytes& data, const Reading& reading)
{
    eg4::write_thresholds({}, data);
    put_texts(MutableBytes(data).subspan(texts_at), reading);
}

Reply<void> take_telemetry(ByteView data, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const auto taken = eg4::take_cells(data, t);
    if (!taken) return taken;
    double sum = 0;
    for (const Number& cell : t.cell_voltages) {
        if (cell.value_or(0) > most_cell_voltage) return refuse(Refusal::implausible);
        sum += cell.value_or(0);
    }
    t.voltage = std::round(sum * 1000) / 1000;
    return plausible(t);
}

void fill_telemetry(Bytes& data, const Reading& reading)
{
    encode(eg4::cell_list, data, reading.telemetry);
    encode(std::span(&eg4::coarse_voltage, 1), data, reading.telemetry);
}

constexpr Row rows[]{
    {{"EG4 LL telemetry (0)"},
     {0, eg4::telemetry_registers},
     {.fields = telemetry_table, .bits = eg4::heater_bit, .take = take_telemetry, .fill = fill_telemetry},
     0,
     nullptr,
     unknown_words},
    {{"EG4 LL thresholds (45)", Need::setting}, {45, 91}, {.fill = fill_settings}},
    {{"EG4 LL hardware (105)"}, {105, 23}, {.take = take_hardware, .fill = fill_hardware}},
};
constexpr const Row &telemetry = rows[0], &settings = rows[1], &hardware = rows[2];
static_assert(fits(telemetry_table, telemetry.block.size()) && apart(telemetry_table));
static_assert(texts_at == 2 * (hardware.block.start - settings.block.start));

/// When a battery of this type answered on the port last.
struct LastAnswer {
    std::optional<Instant> at;
};

class Eg4Ll final : public Protocol {
  public:
    explicit Eg4Ll(const Setup& setup) : config_(setup.config), host_(setup.address, timing) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        host_.anew();
        co_await must(await_hardware(channel, reading));
        co_await must(poll(channel, reading));
        Identity& identity = reading.identity;
        const int address = host_.address();
        identity.type = "EG4-LL";
        identity.user_label = fmt::format("EG4-LL:{:02}", address);
        if (identity.serial_number) {
            identity.serial_number = identity.unique_id = fmt::format("{}{}", *identity.serial_number, address);
        } else {
            identity.unique_id = common_unique_id(reading) + '_' + address_text(host_.address());
        }
        co_return Reply<void>{};
    }

    /// Until the battery's own thresholds came the defaults judge.
    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        co_await must(host_.read(channel, telemetry, reading));
        channel.shared<LastAnswer>().at = channel.steady();
        const modbus::Take take_thresholds = [this](ByteView data) -> Reply<void> {
            judge_.set(eg4::read_thresholds(data));
            return {};
        };
        co_await must(host_.read(channel, settings, reading, take_thresholds));
        Telemetry& t = reading.telemetry;
        for (const std::size_t place : {2U, 3U}) fitted_.keep(place, t.temperatures[place]);
        judge_.judge(t, channel.steady());
        co_return Reply<void>{};
    }

  private:
    /// Damaged replies are asked for again, silence is only when this type alone is looked for on a port where it has
    /// not answered lately.
    Task<Reply<void>> await_hardware(Channel& channel, Reading& reading) const
    {
        modbus::Host test(host_.address(), config_.bms_type.empty() ? search_timing : hardware_timing);
        const Instant started = channel.steady();
        const auto last = channel.shared<LastAnswer>().at;
        // Where it may have any of the usual addresses, only the last of them is waited for.
        const bool tried_last = !config_.battery_addresses.empty() || host_.address() == std::rbegin(lines)->address;
        const bool patient = tried_last && config_.bms_type.size() == 1 && !(last && started - *last < patience);
        int damaged = 0;
        for (;;) {
            const auto there = co_await test.read(channel, hardware, reading);
            if (there || there.error() == Refusal::link_lost) co_return there;
            if (there.error() != Refusal::silence && ++damaged < tries) continue;
            if (!patient || channel.steady() - started + pause_between_tests > patience) co_return there;
            co_await channel.pause(pause_between_tests);
            damaged = 0;
        }
    }

    const config::Config& config_;
    modbus::Host host_;
    eg4::Judge judge_;
    Fitted<sensor_count> fitted_;  // of the last two, which read 0 where there is none
};

const Told delivers =
    Told{"hardware_version", "firmware_version", "serial_number", "user_label", "cell_voltages", "voltage"}.add(rows);
constexpr std::string_view assumed[]{"charge_fet", "discharge_fet", "balancing", "balance_fet", "alarms"};

}  // namespace

extern const Entry eg4_ll;
const Entry eg4_ll{
    .name = "EG4_LL",
    .type = "EG4-LL",
    .sheet = "eg4_ll",
    .brands = "EG4 LL, LiFePower LL (12 V, 24 V, 48 V rack batteries)",
    .wiring = "RS485 port; the address is set with the DIP switch, the first battery of a chain mostly has 16 or 64",
    .lines = lines,
    .interval = 6s,
    .commands = {},
    .delivers = delivers,
    .assumed = assumed,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Eg4Ll>(setup); },
    .device = modbus::device<rows>,
    .unproven = true,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms
