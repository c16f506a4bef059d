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
constexpr std::uint8_t common_argument = 0x01;  // INFO of services 42 and 47; older boards want their address
constexpr int tries = 2;                        // in a cycle
constexpr Duration slow_interval = 60s;         // between readings of the limit and the counters

constexpr std::array alarm_bits =
    ascii::joined(dr::common_alarms, std::array{AlarmBit{dr::warning_status + 5, Alarm::internal_failure, 2},
                                                AlarmBit{dr::warning_status + 6, Alarm::internal_failure, 2},
                                                AlarmBit{dr::voltage_status + 12, Alarm::internal_failure, 2}});
constexpr std::array board_table{dr::ambient_field, dr::mosfet_field};
const ascii::InfoLayout realtime_layout = [] {
    ascii::InfoLayout layout = dr::realtime_layout(alarm_bits);
    layout.middle = board_table;
    layout.balancing = dr::balancing_places;
    return layout;
}();

/// Some boards give the SoC in whole percent where others give hundredths: what remains of the full capacity tells.
Number state_of_charge(const Telemetry& t)
{
    constexpr double near = 5;  // points
    if (!t.soc || !t.capacity_remaining || t.capacity.value_or(0) <= 0) return t.soc;
    const double whole = std::round(*t.soc * 100), counted = 100 * *t.capacity_remaining / *t.capacity;
    const bool is_whole = whole <= 100 && std::abs(*t.soc - counted) > near && std::abs(whole - counted) <= near;
    return is_whole ? whole : t.soc;
}

/// One of the two energy counters. A count is 0.1 or 0.01 kWh, which one shows the charge counted in the same
/// direction: energy by charge is about the voltage. Found once.
class EnergyCounter {
  public:
    EnergyCounter(const Field& energy, const Field& charge) : energy_(energy), charge_(charge) {}

    void forget() { scale_.reset(); }
    void take(ByteView info, Telemetry& t)
    {
        const std::int64_t count = energy_.wire.get(&info[energy_.offset]);
        if (!scale_) scale_ = scale(count, charge_.wire.get(&info[charge_.offset]), *t.voltage);
        store(energy_.target, *scale_ > 0 ? Number(scaled(count, *scale_)) : std::nullopt, t);
    }

  private:
    /// kWh a count; 0 = it cannot be told.
    static double scale(std::int64_t count, std::int64_t ampere_hours, double voltage)
    {
        if (count == 0 || ampere_hours == 0) return 0;
        for (const double scale : {0.1, 0.01}) {
            const double volts = scaled(count, scale) * 1000 / static_cast<double>(ampere_hours);
            if (volts >= 0.75 * voltage && volts <= 1.33 * voltage) return scale;
        }
        return 0;
    }

    Field energy_, charge_;
    Number scale_;  // since forget()
};

class Daren485 final : public Protocol {
  public:
    explicit Daren485(const Setup& setup) : config_(setup.config), host_(dialect, setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        barcode_.clear();
        for (auto* counter : {&charged_, &discharged_}) counter->forget();
        co_await must(find_form(channel, reading));
        const auto ask = [&](const Row& row) { return host_.ask(channel, row, *this, reading, row.tries); };
        co_await must(requests_.read_one(channel, slow[0], reading, ask));
        co_await must(requests_.read(channel, texts, reading, ask));
        co_await must(requests_.read_one(channel, slow[1], reading, ask));
        slow_at_ = channel.steady();
        finish(reading);
        Identity& identity = reading.identity;
        identity.type = "Daren485";
        identity.unique_id = identity.serial_number ? *identity.serial_number
                                                    : common_unique_id(reading) + '_' + address_text(host_.address());
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const auto ask = [&](const Row& row) { return host_.ask(channel, row, *this, reading, tries); };
        co_await must(requests_.read_one(channel, realtime, reading, ask));
        if (channel.steady() - slow_at_ >= slow_interval) {
            co_await must(requests_.read(channel, slow, reading, ask));
            slow_at_ = channel.steady();
        }
        co_await must(requests_.read(channel, texts, reading, ask));
        finish(reading);
        co_return Reply<void>{};
    }

  private:
    using Row = ascii::Row<Daren485>;
    static const Row realtime, slow[2], texts[2];

    /// Which INFO the board wants; where there is no choice, a silent line is given up at once.
    Task<Reply<void>> find_form(Channel& channel, Reading& reading)
    {
        host_.argument = common_argument;
        const bool other_form = host_.address() != common_argument;
        const auto taken = co_await host_.ask(channel, realtime, *this, reading, other_form ? tries : 1);
        if (taken || !other_form) co_return taken;
        host_.argument = host_.address();
        co_return co_await host_.ask(channel, realtime, *this, reading);
    }

    Reply<void> take_realtime(ByteView info, Reading& reading)
    {
        Telemetry& t = reading.telemetry;
        const auto counted = ascii::decode(realtime_layout, info, t);
        if (!counted) return refuse(counted.error());
        t.cell_count = static_cast<std::int64_t>(counted->cells);
        t.soc = soc_in_range(*t.soc);
        t.soc = state_of_charge(t);
        return {};
    }

    /// A late reply of service 42 has the number of cells where the upper temperature limit begins.
    Reply<void> take_parameters(ByteView info, Reading&)
    {
        const std::uint8_t limit_sign = info[dr::realtime_shape.at];
        if (limit_sign != 0x00 && limit_sign != 0xFF) return refuse(Refusal::wrong_echo);
        cell_number_ = static_cast<std::size_t>(read_be(&info[dr::cell_number_at], 2));
        limit_ = dr::limit_of(info);
        barcode_ = dr::text(info, dr::bms_barcode_at, dr::barcode_size);
        if (barcode_.empty()) barcode_ = dr::text(info, dr::product_barcode_at, dr::barcode_size);
        return {};
    }

    Reply<void> take_maker(ByteView info, Reading& reading)
    {
        const auto right = dr::is_maker(info);
        if (!right) return right;
        const std::string hardware = dr::hardware_text(info);
        reading.identity.hardware_version = hardware.empty() ? Text() : Text(hardware);
        reading.identity.firmware_version = dr::version_text(info);
        return {};
    }

    Reply<void> take_serial(ByteView info, Reading& reading)
    {
        const auto right = dr::is_module(info, dr::serial_module);
        if (!right) return right;
        Identity& identity = reading.identity;
        const std::string serial = dr::text(info, dr::module_head, dr::serial_size);
        identity.serial_number = serial.empty() ? Text() : Text(serial);
        identity.production_date.reset();
        if (info.size() < dr::date_at + 3) return {};
        const int year = info[dr::date_at], month = info[dr::date_at + 1], day = info[dr::date_at + 2];
        if (year <= 99 && month >= 1 && month <= 12 && day >= 1 && day <= 31)
            identity.production_date = fmt::format("20{:02}-{:02}-{:02}", year, month, day);
        return {};
    }

    Reply<void> take_counters(ByteView info, Reading& reading)
    {
        const auto right = dr::is_module(info, dr::capacity_module);
        if (!right) return right;
        decode(std::span(&dr::ah_drawn, 1), info, reading.telemetry);
        charged_.take(info, reading.telemetry);
        discharged_.take(info, reading.telemetry);
        return {};
    }

    /// What needs several replies, and the configuration. Without a serial number a bar code is it.
    void finish(Reading& reading) const
    {
        Telemetry& t = reading.telemetry;
        const bool told = requests_.answers(slow[0]);
        dr::share_limit(told ? Number(limit_) : std::nullopt, t);
        if (told && cell_number_ >= 1 && cell_number_ < t.cell_voltages.size()) {
            t.cell_voltages.resize(cell_number_);
            t.cell_balancing.resize(std::min(cell_number_, t.cell_balancing.size()));
            t.cell_count = static_cast<std::int64_t>(cell_number_);
            if (t.balancing) t.balancing = any(t.cell_balancing);
        }
        if (!reading.identity.serial_number && !barcode_.empty()) reading.identity.serial_number = barcode_;
        if (config_.soc_calculation) t.alarms[Alarm::low_soc].reset();
    }

    const config::Config& config_;
    ascii::Host host_;
    Requests requests_;
    std::size_t cell_number_ = 0;  // this and the following: of service 47
    double limit_ = 0;             // A
    std::string barcode_;
    Instant slow_at_{};
    EnergyCounter charged_{dr::charged_energy, dr::ah_charged}, discharged_{dr::discharged_energy, dr::ah_drawn};
};

const Daren485::Row Daren485::realtime{{"Daren485 telemetry (42)"},
                                       {0x4A, dr::realtime, 0, first_byte},
                                       [](const ascii::Host& host) { return Bytes{host.argument}; },
                                       &Daren485::take_realtime};
const Daren485::Row Daren485::slow[]{
    {{"Daren485 parameters (47)", Need::optional},
     {0x4A, dr::parameters, dr::parameters_least, first_byte},
     [](const ascii::Host& host) { return Bytes{host.argument}; },
     &Daren485::take_parameters,
     tries},
    {{"Daren485 counters (B0/04)", Need::optional,
      [](Reading& r) {
          for (const Field& field : {dr::ah_drawn, dr::charged_energy, dr::discharged_energy})
              store(field.target, {}, r.telemetry);
      }},
     {0x4A, dr::module, dr::capacity_size, first_byte},
     [](const ascii::Host& host) { return dr::module_request(host.address(), dr::capacity_module, 0x00); },
     &Daren485::take_counters,
     3},
};
const Daren485::Row Daren485::texts[]{
    {{"Daren485 versions (51)", Need::setting,
      [](Reading& r) {
          r.identity.hardware_version.reset();
          r.identity.firmware_version.reset();
      }},
     {0x4A, dr::maker, dr::maker_least, first_byte},
     [](const ascii::Host&) { return Bytes{}; },
     &Daren485::take_maker,
     3},
    {{"Daren485 serial number (B0/03)", Need::setting,
      [](Reading& r) {
          r.identity.serial_number.reset();
          r.identity.production_date.reset();
      }},
     {0x4A, dr::module, dr::module_head + dr::serial_size, first_byte},
     [](const ascii::Host& host) { return dr::module_request(host.address(), dr::serial_module, 0x00); },
     &Daren485::take_serial,
     3},
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
        return dr::make_device(dialect, line.address, truth, realtime_layout);
    },
    .one_current_limit = true,
};

}  // namespace bmsd::bms
