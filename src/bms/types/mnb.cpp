// The MNB board: eight cells behind a MAX17853 on the SPI bus. What the bytes mean: docs/bms/mnb.md
#include <algorithm>
#include <cmath>

#include "bms/language/alarm_masks.h"
#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/types/mnb_chip.h"
#include "bms/types/mnb_outputs.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
namespace chip = max17853;

constexpr Duration opening = 100ms, ready_within = 1s, ask_ready_every = 5ms;
constexpr Duration balancing_interval = 3s;  // scans disturb the balancer
constexpr double most_cell_voltage = 4.5;
constexpr int most_failures = 3;  // in a row; then nothing may charge or discharge

// Status 1 from bit 0 on, status 2 from bit 16 on, FEMA 1 from bit 32 on.
constexpr std::uint8_t second = 16, fema = 32;
constexpr AlarmMask status_rows[]{
    {Alarm::high_temperature, 0, 0, 0x80}, {Alarm::high_charge_temperature, 0, 0, 0x80},
    {Alarm::low_temperature, 1, 0, 0x01},  {Alarm::low_charge_temperature, 1, 0, 0x01},
    {Alarm::low_voltage, 1, 0, 0x02},      {Alarm::high_voltage, 1, 0, 0x04},
    {Alarm::low_cell_voltage, 1, 0, 0x08}, {Alarm::high_cell_voltage, 1, 0, 0x10},
    {Alarm::cell_imbalance, 1, 0, 0x20},   {Alarm::internal_failure, 0, 0, 0x0C},
    {Alarm::internal_failure, 2, 0, 0x70}, {Alarm::internal_failure, 4, 0, 0x7C},
};
constexpr auto status_bits = alarm_bits_of<status_rows>;
struct StatusPlace {
    std::uint8_t reg, shift;
};
constexpr std::array status_places{StatusPlace{chip::status1, 0}, StatusPlace{chip::status2, second},
                                   StatusPlace{chip::fema1, fema}};
constexpr std::uint64_t fema_faults = std::uint64_t{0x7C} << fema;

constexpr std::uint16_t scan_all = 0x0E21, scan_sampling = 0x1E28;

// State of the balancer, bits 15 and 14 of its control register.
constexpr std::uint16_t balancer_idle = 0, balancer_runs = 1, balancer_done = 2, balancer_faulty = 3;

/// What a cycle finds.
struct Cycle {
    std::array<double, chip::cells> voltages{};
    mnb_board::Extremes extremes{};
};

class Mnb final : public Protocol {
  public:
    explicit Mnb(const Setup& setup) : config_(setup.config) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        co_await channel.pause(opening);
        co_await mnb_board::Chip::set_up(channel, config_.max_cell_voltage, config_.min_cell_voltage);
        Identity& identity = reading.identity;
        identity.type = "MNB-Li SPI";
        identity.hardware_version = "MNB_BMS 8S";
        identity.firmware_version = "V2.01";
        reading.telemetry.cell_count = static_cast<std::int64_t>(chip::cells);
        reading.telemetry.capacity = mnb_board::capacity;
        identity.unique_id = common_unique_id(reading);
        auto taken = co_await poll(channel, reading);
        channel.shared<mnb_board::Counter>().last.reset();  // what flowed until the first poll is not known
        co_return taken;
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        auto taken = co_await cycle(channel, reading.telemetry);
        if (taken && !outputs_.drive(channel)) taken = refuse(Refusal::link_lost);
        failures_ = taken ? 0 : failures_ + 1;
        if (failures_ == most_failures) mnb_board::Outputs::all_off(channel);
        co_return taken;
    }

    Duration rest() const override { return balancing_ ? balancing_interval : Duration::zero(); }

  private:
    Task<Reply<void>> cycle(Channel& channel, Telemetry& t)
    {
        Cycle seen;
        co_await must(scan(channel, t));
        co_await must(read_cells(channel, t, seen));
        co_await must(balance(channel, t, seen));
        co_await must(read_sensors(channel, t));
        co_await must(read_status(channel, t));
        last_current_ = t.current.value_or(0);
        channel.shared<mnb_board::Counter>().count(t, seen.extremes, config_, channel.steady());
        outputs_.decide(t, seen.extremes, config_);
        chip_.whole();
        co_return Reply<void>{};
    }

    Task<Reply<void>> scan(Channel& channel, Telemetry& t)
    {
        chip_.begin();
        co_await chip_.write(channel, chip::scan_control, scan_all);
        const Instant deadline = channel.steady() + ready_within;
        for (;;) {
            const std::uint16_t state = co_await must(chip_.read(channel, chip::scan_control));
            if ((state & chip::data_ready) != 0) break;
            if (channel.steady() >= deadline) co_return refuse(Refusal::device_error);
            co_await channel.pause(ask_ready_every);
        }
        const std::uint16_t die = co_await must(chip_.read(channel, chip::die));
        t.temperatures[3] = std::round(chip::die_temperature(die) * 10) / 10;
        co_await chip_.write(channel, chip::scan_start, 1);
        if (co_await chip_.write(channel, chip::scan_control, scan_sampling) != 0) co_await chip_.clear_status(channel);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read_cells(Channel& channel, Telemetry& t, Cycle& seen)
    {
        t.cell_voltages.resize(chip::cells);
        double sum = 0;
        for (std::size_t i = 0; i < chip::cells; ++i) {
            const std::uint16_t data =
                co_await must(chip_.read(channel, static_cast<std::uint8_t>(chip::first_cell + i)));
            seen.voltages[i] = chip::cell_voltage(data);
            if (chip::at_an_end(data) || seen.voltages[i] > most_cell_voltage) {
                channel.refused(Refusal::implausible);
                co_return refuse(Refusal::implausible);
            }
            t.cell_voltages[i] = std::round(seen.voltages[i] * 1000) / 1000;
            sum += seen.voltages[i];
        }
        const auto [lowest, highest] = std::minmax_element(seen.voltages.begin(), seen.voltages.end());
        seen.extremes = {*lowest, *highest};
        t.voltage = std::round(sum * 100) / 100;
        co_return Reply<void>{};
    }

    /// Starts, keeps or ends a run of the balancer.
    Task<Reply<void>> balance(Channel& channel, Telemetry& t, Cycle seen)
    {
        const double spread = seen.extremes.highest - seen.extremes.lowest;
        balancing_ = (spread > 0.015 && last_current_ > 1 && !faulty_) || seen.extremes.highest > 3.45;
        std::uint16_t state = balancer_faulty;
        if (balancing_) {
            const std::uint16_t control = co_await must(chip_.read(channel, chip::balance_control));
            state = static_cast<std::uint16_t>(control >> 14);
        }
        if (state == balancer_idle) {
            for (std::size_t i = 0; i < chip::cells; ++i)
                timers_[i] = seen.voltages[i] > 3.35 && spread > 0
                                 ? static_cast<std::uint16_t>((seen.voltages[i] - seen.extremes.lowest) / spread * 15)
                                 : std::uint16_t{0};
            co_await start_balancer(channel, spread);
        } else if (state == balancer_done) {
            timers_ = {};
            for (std::uint8_t reg = chip::balance_enable; reg <= chip::balance_control; ++reg)
                co_await chip_.write(channel, reg, 0);
        } else if (state == balancer_faulty) {
            timers_ = {};
            co_await chip_.write(channel, chip::balance_control, 0);
            co_await chip_.write(channel, chip::balance_enable, 0);
        }
        t.cell_balancing.resize(chip::cells);
        for (std::size_t i = 0; i < chip::cells; ++i) t.cell_balancing[i] = timers_[i] > 0;
        t.balancing = any(t.cell_balancing);
        co_return Reply<void>{};
    }

    Task<void> start_balancer(Channel& channel, double spread)
    {
        for (std::size_t i = 0; i < chip::cells; ++i)
            co_await chip_.write(channel, static_cast<std::uint8_t>(chip::first_timer + i), timers_[i]);
        if (std::all_of(timers_.begin(), timers_.end(), [](std::uint16_t timer) { return timer == 0; })) co_return;
        const auto duty = static_cast<std::uint16_t>(std::clamp((spread - 0.01) * 500, 0.0, 15.0));
        co_await chip_.write(channel, chip::balance_enable, 0x01FE);
        co_await chip_.write(channel, chip::balance_control, static_cast<std::uint16_t>(0x2002 | duty << 4));
    }

    Task<Reply<void>> read_sensors(Channel& channel, Telemetry& t)
    {
        const std::uint16_t sense = co_await must(chip_.read(channel, chip::current_sense));
        t.current.reset();
        if (!chip::at_an_end(sense)) t.current = std::round(chip::current(sense) * 100) / 100;
        for (std::size_t i = 0; i < chip::thermistors; i += 2) {
            const auto reg = static_cast<std::uint8_t>(chip::first_thermistor + i);
            const std::uint16_t first = co_await must(chip_.read(channel, reg));
            const std::uint16_t second = co_await must(chip_.read(channel, static_cast<std::uint8_t>(reg + 1)));
            t.temperatures[i / 2] = temperature_of(first, second);
        }
        co_return Reply<void>{};
    }

    /// Of a pair of thermistors their mean. A shorted one is no measurement. An open one reads like the deepest frost
    /// and cannot be told from it: it counts alone, no warm neighbour hides it.
    static Number temperature_of(std::uint16_t first, std::uint16_t second)
    {
        const auto [low, high] = std::minmax({chip::raw_of(first), chip::raw_of(second)});
        const auto celsius = [](std::uint16_t raw) { return chip::thermistor(static_cast<std::uint16_t>(raw << 2)); };
        if (high == 0) return {};
        const double mean = low == 0 || high == chip::most_raw ? celsius(high) : (celsius(low) + celsius(high)) / 2;
        return std::round(mean * 10) / 10;
    }

    Task<Reply<void>> read_status(Channel& channel, Telemetry& t)
    {
        std::uint64_t word = 0;
        for (const auto& [reg, shift] : status_places) {
            const std::uint16_t data = co_await must(chip_.read(channel, reg));
            word |= std::uint64_t{data} << shift;
        }
        decode(status_bits, word, t.alarms);
        faulty_ = (word & fema_faults) != 0;
        co_await chip_.clear_status(channel);
        co_return Reply<void>{};
    }

    const config::Config& config_;
    mnb_board::Chip chip_;
    mnb_board::Outputs outputs_;
    bool balancing_ = false;
    std::array<std::uint16_t, chip::cells> timers_{};  // of the run of the balancer
    double last_current_ = 0;                          // A, of the last good cycle
    bool faulty_ = false;                              // so was a part of the chip in the last good cycle
    int failures_ = 0;                                 // in a row
};

/// The chip. Scans and runs of the balancer are done at once.
class MnbDevice final : public Device {
  public:
    explicit MnbDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input.size() < chip::frame_size) return 0;
        const auto request = chip::open_request(input.first(chip::frame_size));
        if (request && !request->read) registers_[request->reg] = request->data;
        append(reply, chip::answer_frame(request && request->read ? held(request->reg) : std::uint16_t{0}));
        return chip::frame_size;
    }

  private:
    std::uint16_t held(std::uint8_t reg) const
    {
        const Telemetry& t = truth_.telemetry;
        if (reg == chip::scan_control) return registers_[reg] | chip::data_ready | chip::scan_done;
        if (reg == chip::balance_control)
            return static_cast<std::uint16_t>(registers_[reg] == 0 ? balancer_idle : balancer_runs << 14);
        if (reg == chip::current_sense) return chip::current_data(t.current.value_or(0));
        if (reg == chip::die) return chip::die_temperature_data(t.temperatures[3].value_or(0));
        const std::size_t cell = std::size_t{reg} - chip::first_cell;
        if (cell < chip::cells)
            return cell < t.cell_voltages.size() ? chip::cell_voltage_data(t.cell_voltages[cell].value_or(0)) : 0;
        const std::size_t thermistor = std::size_t{reg} - chip::first_thermistor;
        if (thermistor < chip::thermistors) return chip::thermistor_data(t.temperatures[thermistor / 2].value_or(0));
        for (const auto& [status, shift] : status_places) {
            if (reg == status) return static_cast<std::uint16_t>(encode(status_bits, t.alarms) >> shift);
        }
        return registers_[reg];
    }

    Reading& truth_;
    std::array<std::uint16_t, 256> registers_{};
};

constexpr Line lines[]{{.baud = 500'000}};  // clock of the bus
constexpr std::string_view delivers[]{"cell_count", "voltage", "current", "cell_voltages", "temperatures", "alarms"};
constexpr std::string_view assumed[]{
    "hardware_version",     "firmware_version", "capacity",       "capacity_remaining", "soc",
    "charge_fet",           "discharge_fet",    "cell_balancing", "balancing",          "max_charge_current",
    "max_discharge_current"};

}  // namespace

extern const Entry mnb;
constinit const Entry mnb{
    .name = "MNB",
    .type = "MNB-Li SPI",
    .sheet = "mnb",
    .brands = "MNB, a self-built 8S LiFePO4 board with a MAX17853",
    .wiring = "SPI bus 0, device 0 of a Raspberry Pi (/dev/spidev0.0); GPIO 2 charge, 3 load, 4 generator, 17 fan",
    .lines = lines,
    .commands = {},
    .delivers = delivers,
    .assumed = assumed,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Mnb>(setup); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<MnbDevice>(truth); },
    .transport = Transport::spi,
    .only_when_named = true,
    .addressable = false,
    .addressed = false,
    .unproven = true,
    .alike = "an answer does not name its register",
};

}  // namespace bmsd::bms
