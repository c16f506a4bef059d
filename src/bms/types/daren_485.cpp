// Daren, Basen and other DR-1363 boards on RS485. What the bytes mean: docs/bms/daren_485.md
#include <fmt/format.h>

#include <cmath>

#include "bms/language/identity.h"
#include "bms/types/dr1363.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
namespace dr = dr1363;

constexpr ascii::Dialect dialect{.start = '~', .version = dr::version, .reply_starts = "~", .groups = {0x4A, 0x4A}};
// The reply has to be over 1 s after the request; the longest one takes 0.27 s.
constexpr Duration first_byte = 700ms;
constexpr ascii::Service realtime{0x4A, dr::realtime, 0, first_byte};
constexpr ascii::Service parameter_service{0x4A, dr::parameters, dr::parameters_least, first_byte};
constexpr ascii::Service maker{0x4A, dr::maker, dr::maker_least, first_byte};
constexpr ascii::Service serial{0x4A, dr::module, dr::module_head + dr::serial_size, first_byte};
constexpr ascii::Service capacity{0x4A, dr::module, dr::capacity_size, first_byte};

constexpr std::uint8_t common_argument = 0x01;  // INFO of services 42 and 47; older boards want their address
constexpr int tries = 2, optional_tries = 3;
constexpr double slow_interval = 60;  // s between readings of the limit and the counters

constexpr Field ambient_field{0, i16be, 0.1, &Telemetry::temperature_ambient};
constexpr std::array own_alarms{
    AlarmBit{dr::voltage_status + 14, Alarm::cell_imbalance, 2},
    AlarmBit{dr::voltage_status + 8, Alarm::cell_imbalance, 1},
    AlarmBit{dr::temperature_status + 6, Alarm::high_internal_temperature, 2},
    AlarmBit{dr::temperature_status + 4, Alarm::high_internal_temperature, 2},
    AlarmBit{dr::temperature_status + 14, Alarm::high_internal_temperature, 1},
    AlarmBit{dr::temperature_status + 12, Alarm::high_internal_temperature, 1},
    AlarmBit{dr::warning_status + 1, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 2, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 3, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 4, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 5, Alarm::internal_failure, 2},
    AlarmBit{dr::warning_status + 6, Alarm::internal_failure, 2},
    AlarmBit{dr::voltage_status + 12, Alarm::internal_failure, 2},
    AlarmBit{dr::fet_status + 2, Alarm::internal_failure, 2},
    AlarmBit{dr::fet_status + 3, Alarm::internal_failure, 2},
};

/// Some boards give the SoC in whole percent where others give hundredths: what remains of the full capacity tells.
Number state_of_charge(const Telemetry& t)
{
    constexpr double near = 5;  // points
    if (!t.soc || !t.capacity_remaining || t.capacity.value_or(0) <= 0) return t.soc;
    const double whole = std::round(*t.soc * 100), counted = 100 * *t.capacity_remaining / *t.capacity;
    const bool is_whole = whole <= 100 && std::abs(*t.soc - counted) > near && std::abs(whole - counted) <= near;
    return is_whole ? whole : t.soc;
}

/// The balancing words are not in every board's reply: first cells 1..16, then 17..32.
void take_balancing(ByteView words, std::size_t cells, Telemetry& t)
{
    t.cell_balancing.clear();
    t.balancing.reset();
    if (words.size() < 2) return;
    const std::uint64_t upper = words.size() < 4 ? 0 : read_be(&words[2], 2);
    decode_balancing(read_be(words.data(), 2) | upper << 16, cells, t);
    t.balancing = any(t.cell_balancing);
}

/// One of the two energy counters. A count is 0.1 or 0.01 kWh, which one shows the charge counted in the same
/// direction: energy by charge is about the voltage.
class EnergyCounter {
  public:
    EnergyCounter(std::size_t offset, Number Telemetry::*member) : offset_(offset), member_(member) {}

    void find_scale(ByteView info, double ampere_hours, double voltage)
    {
        scale_.reset();
        if (raw(info) == 0 || ampere_hours == 0) return;
        for (const double scale : {0.1, 0.01}) {
            const double volts = scaled(raw(info), scale) * 1000 / ampere_hours;
            if (volts >= 0.75 * voltage && volts <= 1.33 * voltage) scale_ = scale;
        }
    }
    void take(ByteView info, Telemetry& t) const
    {
        t.*member_ = scale_ ? Number(scaled(raw(info), *scale_)) : std::nullopt;
    }

  private:
    std::int64_t raw(ByteView info) const { return static_cast<std::int64_t>(read_be(&info[offset_], 2)); }

    std::size_t offset_;
    Number Telemetry::*member_;
    Number scale_;
};

class Daren485 final : public Protocol {
  public:
    explicit Daren485(const Setup& setup) : config_(setup.config), host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        argument_ = common_argument;
        cell_number_ = 0;
        const bool other_form = host_.address() != common_argument;
        auto taken = co_await read_realtime(channel, reading.telemetry, other_form ? tries : 1);
        if (!taken && other_form) {
            argument_ = host_.address();
            taken = co_await read_realtime(channel, reading.telemetry, 1);
        }
        if (!taken) co_return taken;
        Identity& identity = reading.identity;
        identity.type = "Daren485";
        const auto parameters = co_await read_parameters(channel);
        if (!parameters) co_return refuse(parameters.error());
        co_await read_maker(channel, identity);
        co_await read_serial(channel, identity, *parameters);
        const auto counters = co_await read_counters(channel, optional_tries);
        if (counters) {
            const Telemetry& t = reading.telemetry;
            charged_.find_scale(*counters, field_of(*counters, dr::ah_charged), *t.voltage);
            discharged_.find_scale(*counters, field_of(*counters, dr::ah_drawn), *t.voltage);
            take_counters(*counters, reading.telemetry);
        }
        slow_at_ = channel.wall();
        finish(reading);
        identity.unique_id = identity.serial_number ? *identity.serial_number
                                                    : common_unique_id(reading) + '_' + address_text(host_.address());
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto taken = co_await read_realtime(channel, reading.telemetry, tries);
        if (!taken) co_return taken;
        if (std::abs(channel.wall() - slow_at_) >= slow_interval) {
            const auto parameters = co_await read_parameters(channel);
            if (!parameters) co_return refuse(parameters.error());
            const auto counters = co_await read_counters(channel, tries);
            if (counters) take_counters(*counters, reading.telemetry);
            slow_at_ = channel.wall();
        }
        finish(reading);
        co_return Reply<void>{};
    }

  private:
    Task<Reply<void>> read_realtime(Channel& channel, Telemetry& telemetry, int tries)
    {
        return host_.read(channel, realtime, Bytes{argument_}, take, telemetry, tries);
    }
    static Reply<void> take(ByteView info, Telemetry& t)
    {
        const auto counted = dr::take_realtime(info, dr::realtime_shape, own_alarms, t);
        if (!counted) return refuse(counted.error());
        t.cell_count = static_cast<std::int64_t>(counted->cells);
        t.soc = state_of_charge(t);
        const std::size_t board_at = counted->sensors_at - 1 - dr::realtime_shape.between;
        decode(std::span(&ambient_field, 1), info.subspan(board_at), t);
        const std::size_t balancing_at = counted->end + dr::balancing_after;
        take_balancing(info.subspan(std::min(balancing_at, info.size())), counted->cells, t);
        return {};
    }

    /// Keeps what a poll needs of service 47. A late reply of service 42 has the number of cells where the upper
    /// temperature limit begins.
    Task<Reply<Bytes>> read_parameters(Channel& channel)
    {
        const auto check = [](ByteView info) -> Reply<void> {
            const std::uint8_t limit_sign = info[dr::realtime_shape.at];
            if (limit_sign != 0x00 && limit_sign != 0xFF) return refuse(Refusal::wrong_echo);
            return {};
        };
        const auto info = co_await host_.ask(channel, parameter_service, Bytes(1, argument_), check, tries);
        if (!info) co_return info;
        cell_number_ = static_cast<std::size_t>(read_be(&(*info)[dr::cell_number_at], 2));
        limit_ = scaled(static_cast<std::int64_t>(read_be(&(*info)[dr::current_limit_at], 2)), 0.01);
        co_return info;
    }

    Task<void> read_maker(Channel& channel, Identity& identity)
    {
        const auto info = co_await host_.ask(channel, maker, {}, {}, optional_tries);
        if (!info) co_return;
        if (auto text = dr::hardware_text(*info); !text.empty()) identity.hardware_version = std::move(text);
        identity.firmware_version = dr::version_text(*info);
    }

    /// The pack's serial number, or else one of the bar codes of service 47.
    Task<void> read_serial(Channel& channel, Identity& identity, ByteView parameters)
    {
        const auto check = [](ByteView info) { return dr::is_module(info, dr::serial_module); };
        Bytes request = dr::module_request(host_.address(), dr::serial_module, 0x00);
        const auto info = co_await host_.ask(channel, serial, std::move(request), check, optional_tries);
        std::string text = info ? dr::text(*info, dr::module_head, dr::serial_size) : std::string();
        if (text.empty()) text = dr::text(parameters, dr::bms_barcode_at, dr::barcode_size);
        if (text.empty()) text = dr::text(parameters, dr::product_barcode_at, dr::barcode_size);
        if (!text.empty()) identity.serial_number = std::move(text);
        if (!info || info->size() < dr::date_at + 3) co_return;
        const int year = (*info)[dr::date_at], month = (*info)[dr::date_at + 1], day = (*info)[dr::date_at + 2];
        if (year <= 99 && month >= 1 && month <= 12 && day >= 1 && day <= 31)
            identity.production_date = fmt::format("20{:02}-{:02}-{:02}", year, month, day);
    }

    Task<Reply<Bytes>> read_counters(Channel& channel, int tries)
    {
        const auto check = [](ByteView info) { return dr::is_module(info, dr::capacity_module); };
        return host_.ask(channel, capacity, dr::module_request(host_.address(), dr::capacity_module, 0x00), check,
                         tries);
    }
    void take_counters(ByteView info, Telemetry& t) const
    {
        decode(std::span(&dr::ah_drawn, 1), info, t);
        charged_.take(info, t);
        discharged_.take(info, t);
    }
    static double field_of(ByteView info, const Field& field)
    {
        return scaled(field.wire.get(info.data() + field.offset), field.scale);
    }

    /// What needs both replies, and the configuration.
    void finish(Reading& reading) const
    {
        Telemetry& t = reading.telemetry;
        dr::share_limit(limit_, t);
        if (cell_number_ >= 1 && cell_number_ < t.cell_voltages.size()) {
            t.cell_voltages.resize(cell_number_);
            t.cell_balancing.resize(std::min(cell_number_, t.cell_balancing.size()));
            t.cell_count = static_cast<std::int64_t>(cell_number_);
            if (t.balancing) t.balancing = any(t.cell_balancing);
        }
        if (config_.soc_calculation) t.alarms[Alarm::low_soc].reset();
    }

    const config::Config& config_;
    ascii::Host host_;
    std::uint8_t argument_ = common_argument;
    std::size_t cell_number_ = 0;  // of service 47
    double limit_ = 0;             // A
    double slow_at_ = 0;           // wall clock
    EnergyCounter charged_{dr::charged_energy_at, &Telemetry::charged_energy};
    EnergyCounter discharged_{dr::discharged_energy_at, &Telemetry::discharged_energy};
};

constexpr Line lines[]{{9600, 0x01}, {19200, 0x01}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "firmware_version",
    "serial_number",
    "production_date",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "soh",
    "capacity",
    "capacity_remaining",
    "cycles",
    "cell_voltages",
    "cell_balancing",
    "balancing",
    "temperatures",
    "temperature_mosfet",
    "temperature_ambient",
    "charge_fet",
    "discharge_fet",
    "max_charge_current",
    "max_discharge_current",
    "total_ah_drawn",
    "charged_energy",
    "discharged_energy",
    "alarms",
};

}  // namespace

extern const Entry daren_485;
const Entry daren_485{
    .name = "Daren485",
    .type = "Daren485",
    .sheet = "daren_485",
    .brands = "Daren, Basen, HUAN, TianPower packs (DR48100, DR48100JC-03-V2, DR-JC03, JC48100 boards)",
    .wiring = "RS485 port of the pack, DIP switches on an address other than the master's; 9600 or 19200 baud",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Daren485>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return dr::make_device(dialect, line.address, truth, own_alarms);
    },
    .one_current_limit = true,
};

}  // namespace bmsd::bms
