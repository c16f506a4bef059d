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
constexpr std::array alarm_bits =
    ascii::joined(dr::common_alarms, std::array{AlarmBit{dr::warning_status + 0, Alarm::cell_imbalance, 1},
                                                AlarmBit{dr::warning_status + 8, Alarm::high_internal_temperature, 2},
                                                AlarmBit{dr::warning_status + 9, Alarm::high_internal_temperature, 1},
                                                AlarmBit{dr::warning_status + 10, Alarm::internal_failure, 2},
                                                AlarmBit{dr::warning_status + 11, Alarm::internal_failure, 2},
                                                AlarmBit{dr::warning_status + 12, Alarm::internal_failure, 2},
                                                AlarmBit{dr::warning_status + 13, Alarm::internal_failure, 2},
                                                AlarmBit{dr::warning_status + 14, Alarm::internal_failure, 2},
                                                AlarmBit{dr::warning_status + 15, Alarm::internal_failure, 2}});
const ascii::InfoLayout realtime_layout = [] {
    ascii::InfoLayout layout = dr::realtime_layout(alarm_bits);
    layout.shape.most_sensors = 0xFF;
    layout.middle = std::span(&dr::mosfet_field, 1);
    return layout;
}();
constexpr std::array counter_table{dr::design_capacity, dr::ah_charged, dr::ah_drawn, dr::charged_energy,
                                   dr::discharged_energy};
static_assert(fits(counter_table, dr::capacity_size) && apart(counter_table));

class Ks48100 final : public Protocol {
  public:
    explicit Ks48100(const Setup& setup) : host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        reading.telemetry.cell_count.reset();
        const auto ask = [&](const Row& row) { return host_.ask(channel, row, *this, reading, row.tries); };
        co_await must(requests_.read_one(channel, serial, reading, ask));
        co_await must(requests_.read_one(channel, polled[1], reading, ask));
        co_await must(requests_.read_one(channel, polled[0], reading, ask));
        co_await must(requests_.read_one(channel, maker, reading, ask));
        co_await must(requests_.read_one(channel, polled[2], reading, ask));
        finish(reading);
        Identity& identity = reading.identity;
        identity.type = "KS48100";
        identity.unique_id = identity.serial_number ? *identity.serial_number : common_unique_id(reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask = [&](const Row& row) { return host_.ask(channel, row, *this, reading); };
        co_await must(requests_.read(channel, polled, reading, ask));
        co_await must(requests_.read_one(channel, maker, reading, ask));
        finish(reading);
        co_return Reply<void>{};
    }

  private:
    using Row = ascii::Row<Ks48100>;
    static const Row serial, maker, polled[3];

    void finish(Reading& reading) const
    {
        dr::share_limit(requests_.answers(polled[1]) ? Number(limit_) : std::nullopt, reading.telemetry);
    }

    Reply<void> take_serial(ByteView info, Reading& reading)
    {
        const auto right = dr::is_module(info, dr::serial_module);
        if (!right) return right;
        const std::string number = dr::text(info, dr::module_head, serial_size);
        reading.identity.serial_number = number.empty() ? Text() : Text(number);
        return {};
    }

    /// The numbers of cells of the two replies must be the same; so a late reply of the other service is not taken.
    Reply<void> take_realtime(ByteView info, Reading& reading)
    {
        const auto taken = ascii::take(realtime_layout, info, reading.telemetry);
        if (taken) reading.telemetry.soc = soc_in_range(*reading.telemetry.soc);
        return taken;
    }
    Reply<void> take_parameters(ByteView info, Reading& reading)
    {
        const auto cells = static_cast<std::int64_t>(read_be(&info[dr::cell_number_at], 2));
        Count& known = reading.telemetry.cell_count;
        if (cells < 1 || cells > 32 || known.value_or(cells) != cells) return refuse(Refusal::bad_content);
        known = cells;
        limit_ = dr::limit_of(info);
        return {};
    }

    Reply<void> take_maker(ByteView info, Reading& reading)
    {
        const auto right = dr::is_maker(info);
        if (!right) return right;
        const std::string hardware = dr::hardware_text(info);
        reading.identity.hardware_version = (hardware.empty() ? "" : hardware + ' ') + dr::version_text(info);
        return {};
    }

    Reply<void> take_counters(ByteView info, Reading& reading)
    {
        const auto right = dr::is_module(info, dr::capacity_module);
        if (right) decode(counter_table, info, reading.telemetry);
        return right;
    }

    ascii::Host host_;
    Requests requests_;
    double limit_ = 0;  // A, of service 47
};

// The reply to the first, and the start character of the requests, are what this type is known by.
const Ks48100::Row Ks48100::serial{
    {"KS48100 serial number (B0/03)"},
    {0x4A, dr::module, dr::module_head + serial_size, 1500ms},
    [](const ascii::Host& host) { return dr::module_request(host.address(), dr::serial_module, 0x56); },
    &Ks48100::take_serial};
const Ks48100::Row Ks48100::maker{
    {"KS48100 versions (51)", Need::setting, [](Reading& r) { r.identity.hardware_version.reset(); }},
    {0x42, dr::maker, 35},
    [](const ascii::Host&) { return Bytes{}; },
    &Ks48100::take_maker};
const Ks48100::Row Ks48100::polled[]{
    {{"KS48100 telemetry (42)"},
     {0x42, dr::realtime, 0, 3500ms},
     [](const ascii::Host&) { return Bytes{}; },
     &Ks48100::take_realtime},
    {{"KS48100 parameters (47)", Need::optional},
     {0x42, dr::parameters, dr::parameters_size},
     [](const ascii::Host& host) { return Bytes{host.address()}; },
     &Ks48100::take_parameters},
    {{"KS48100 counters (B0/04)", Need::optional, [](Reading& r) { decode(counter_table, {}, r.telemetry); }},
     {0x4A, dr::module, dr::capacity_size},
     [](const ascii::Host& host) { return dr::module_request(host.address(), dr::capacity_module, 0x00); },
     &Ks48100::take_counters},
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
        return dr::make_device(dialect, line.address, truth, realtime_layout);
    },
    .one_current_limit = true,
    .unproven = true,
};

}  // namespace bmsd::bms
