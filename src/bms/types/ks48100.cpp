// KS48100 and sister boards (DR-1363 with another start character). What the bytes mean: docs/bms/ks48100.md
#include "bms/language/identity.h"
#include "bms/types/dr1363.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
namespace dr = dr1363;

// Replies may carry either CID1 and either start character.
constexpr ascii::Dialect dialect{
    .start = '>', .version = dr::version, .reply_starts = ">~", .groups = {0x42, 0x4A}, .group_repeated = false};
constexpr std::size_t serial_size = 15;
constexpr ascii::Service serial{0x4A, dr::module, dr::module_head + serial_size, 1500ms};
constexpr ascii::Service parameter_service{0x42, dr::parameters, dr::parameters_size};
constexpr ascii::Service realtime{0x42, dr::realtime, 0, 3500ms};
constexpr ascii::Service maker{0x42, dr::maker, 35};
constexpr ascii::Service capacity{0x4A, dr::module, dr::capacity_size};

constexpr ascii::Shape realtime_shape = [] {
    ascii::Shape shape = dr::realtime_shape;
    shape.most_sensors = 0xFF;
    return shape;
}();
constexpr std::array counter_table{
    Field{10, u16be, 0.01, &Telemetry::design_capacity},
    dr::ah_charged,
    dr::ah_drawn,
    Field{dr::charged_energy_at, u16be, 0.01, &Telemetry::charged_energy},
    Field{dr::discharged_energy_at, u16be, 0.01, &Telemetry::discharged_energy},
};
static_assert(fits(counter_table, dr::capacity_size) && apart(counter_table));

constexpr std::array own_alarms{
    AlarmBit{dr::voltage_status + 14, Alarm::cell_imbalance, 2},
    AlarmBit{dr::voltage_status + 8, Alarm::cell_imbalance, 1},
    AlarmBit{dr::warning_status + 0, Alarm::cell_imbalance, 1},
    AlarmBit{dr::temperature_status + 6, Alarm::high_internal_temperature, 2},
    AlarmBit{dr::temperature_status + 4, Alarm::high_internal_temperature, 2},
    AlarmBit{dr::warning_status + 8, Alarm::high_internal_temperature, 2},
    AlarmBit{dr::temperature_status + 14, Alarm::high_internal_temperature, 1},
    AlarmBit{dr::temperature_status + 12, Alarm::high_internal_temperature, 1},
    AlarmBit{dr::warning_status + 9, Alarm::high_internal_temperature, 1},
    AlarmBit{dr::warning_status + 1, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 2, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 3, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 4, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 10, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 11, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 12, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 13, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 14, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 15, Alarm::internal_failure, 2},
    AlarmBit{dr::fet_status + 2, Alarm::internal_failure, 2},
    AlarmBit{dr::fet_status + 3, Alarm::internal_failure, 2},
};

/// The numbers of cells of the two replies must be the same; so a late reply of the other service is not taken either.
Reply<void> take_realtime(ByteView info, Telemetry& t)
{
    const auto counted = dr::take_realtime(info, realtime_shape, own_alarms, t);
    if (!counted) return refuse(counted.error());
    if (static_cast<std::int64_t>(counted->cells) != t.cell_count) return refuse(Refusal::bad_content);
    return {};
}

Reply<void> take_parameters(ByteView info, Telemetry& t)
{
    const auto cells = static_cast<std::int64_t>(read_be(&info[dr::cell_number_at], 2));
    if (t.cell_count && *t.cell_count != cells) return refuse(Refusal::bad_content);
    t.cell_count = cells;
    return {};
}

class Ks48100 final : public Protocol {
  public:
    explicit Ks48100(const Setup& setup) : host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        Identity& identity = reading.identity;
        Telemetry& t = reading.telemetry;
        t.cell_count.reset();
        const auto named = co_await ask_module(channel, serial, dr::serial_module, 0x56);
        if (!named) co_return refuse(named.error());
        auto taken = co_await read_parameters(channel, t);
        if (taken) taken = co_await read_realtime(channel, t);
        if (!taken) co_return taken;
        const auto made = co_await host_.ask(channel, maker, {});
        if (!made) co_return refuse(made.error());
        taken = co_await read_capacity(channel, t);
        if (!taken) co_return taken;

        identity.type = "KS48100";
        const std::string hardware = dr::hardware_text(*made);
        identity.hardware_version = (hardware.empty() ? "" : hardware + ' ') + dr::version_text(*made);
        const std::string number = dr::text(*named, dr::module_head, serial_size);
        identity.serial_number = number.empty() ? Text() : Text(number);
        identity.unique_id = number.empty() ? common_unique_id(reading) : number;
        dr::share_limit(limit_, t);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        auto taken = co_await read_realtime(channel, t);
        if (taken) taken = co_await read_parameters(channel, t);
        if (taken) taken = co_await read_capacity(channel, t);
        if (!taken) co_return taken;
        dr::share_limit(limit_, t);
        co_return Reply<void>{};
    }

  private:
    Task<Reply<void>> read_realtime(Channel& channel, Telemetry& telemetry)
    {
        return host_.read(channel, realtime, {}, take_realtime, telemetry);
    }

    Task<Reply<void>> read_parameters(Channel& channel, Telemetry& t)
    {
        const auto info = co_await host_.ask(channel, parameter_service, Bytes(1, host_.address()),
                                             [&](ByteView reply) { return take_parameters(reply, t); });
        if (!info) co_return refuse(info.error());
        limit_ = scaled(static_cast<std::int64_t>(read_be(&(*info)[dr::current_limit_at], 2)), 0.01);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read_capacity(Channel& channel, Telemetry& t)
    {
        const auto info = co_await ask_module(channel, capacity, dr::capacity_module, 0x00);
        if (!info) co_return refuse(info.error());
        decode(counter_table, *info, t);
        co_return Reply<void>{};
    }

    Task<Reply<Bytes>> ask_module(Channel& channel, ascii::Service service, std::uint8_t module, std::uint8_t last)
    {
        return host_.ask(channel, service, dr::module_request(host_.address(), module, last),
                         [=](ByteView info) { return dr::is_module(info, module); });
    }

    ascii::Host host_;
    double limit_ = 0;  // A
};

constexpr Line lines[]{{9600, 0x01}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "serial_number",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "soh",
    "capacity",
    "capacity_remaining",
    "design_capacity",
    "cycles",
    "cell_voltages",
    "temperatures",
    "temperature_mosfet",
    "charge_fet",
    "discharge_fet",
    "max_charge_current",
    "max_discharge_current",
    "total_ah_drawn",
    "total_ah_charged",
    "charged_energy",
    "discharged_energy",
    "alarms",
};

}  // namespace

extern const Entry ks48100;
const Entry ks48100{
    .name = "KS48100",
    .type = "KS48100",
    .sheet = "ks48100",
    .brands = "PAPool, Bemory, CERRNSS, VoltPolska packs (SNS01 16S100A Ho20-T1 boards)",
    .wiring = "RS485 port of the pack; 9600 baud, address on the DIP switches, 1 as delivered",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Ks48100>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return dr::make_device(dialect, line.address, truth, own_alarms);
    },
    .one_current_limit = true,
    .unproven = true,
};

}  // namespace bmsd::bms
