// The MNB board: eight cells behind a MAX17853 on the SPI bus. What the bytes mean: docs/bms/mnb.md
#include <algorithm>
#include <cmath>

#include "bms/language/field.h"
#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/types/max17853.h"
#include "util/log.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
namespace chip = max17853;

constexpr Duration gap = 10ms, opening = 100ms, ready_within = 1s, ask_ready_every = 5ms;
constexpr Duration balancing_interval = 3s;  // scans disturb the balancer
constexpr double capacity = 129.6;           // Ah, 36 cells of 3.6 Ah
constexpr double most_cell_voltage = 4.5;
constexpr double near_limit = 0.05, well_off_limit = 0.15;  // V, hysteresis of the outputs
constexpr int most_failures = 3;                            // in a row; then nothing may charge or discharge

/// Output lines beside the bus, BCM numbers; high is on.
enum Output : unsigned { charge_line = 2, load_line = 3, generator_line = 4, fan_line = 17 };
constexpr Output outputs[]{charge_line, load_line, generator_line, fan_line};
constexpr double fan_on = 45, fan_off = 40;              // degC of the chip
constexpr double generator_on = 20, generator_off = 35;  // % of charge

// Status 1 from bit 0 on, status 2 from bit 16 on, FEMA 1 from bit 32 on.
constexpr std::uint8_t second = 16, fema = 32;
constexpr std::array status_bits{
    AlarmBit{7, Alarm::high_temperature, 2},
    AlarmBit{7, Alarm::high_charge_temperature, 2},
    AlarmBit{8, Alarm::low_temperature, 2},
    AlarmBit{8, Alarm::low_charge_temperature, 2},
    AlarmBit{9, Alarm::low_voltage, 2},
    AlarmBit{10, Alarm::high_voltage, 2},
    AlarmBit{11, Alarm::low_cell_voltage, 2},
    AlarmBit{12, Alarm::high_cell_voltage, 2},
    AlarmBit{13, Alarm::cell_imbalance, 2},
    AlarmBit{2, Alarm::internal_failure, 2},
    AlarmBit{3, Alarm::internal_failure, 2},
    AlarmBit{second + 4, Alarm::internal_failure, 2},
    AlarmBit{second + 5, Alarm::internal_failure, 2},
    AlarmBit{second + 6, Alarm::internal_failure, 2},
    AlarmBit{fema + 2, Alarm::internal_failure, 2},
    AlarmBit{fema + 3, Alarm::internal_failure, 2},
    AlarmBit{fema + 4, Alarm::internal_failure, 2},
    AlarmBit{fema + 5, Alarm::internal_failure, 2},
    AlarmBit{fema + 6, Alarm::internal_failure, 2},
};
struct StatusPlace {
    std::uint8_t reg, shift;
};
constexpr std::array status_places{StatusPlace{chip::status1, 0}, StatusPlace{chip::status2, second},
                                   StatusPlace{chip::fema1, fema}};
constexpr std::uint64_t fema_faults = std::uint64_t{0x7C} << fema;

constexpr double coldest = 15, warmest = 40;  // degC, limits the chip watches

struct Setting {
    std::uint8_t reg;
    std::uint16_t data;
};

/// The registers written at the start, in this order.
std::vector<Setting> start_sequence(double high, double low)
{
    constexpr int cells = static_cast<int>(chip::cells);
    const auto c = chip::cell_voltage_data;
    const auto b = chip::block_voltage_data;
    const auto x = chip::thermistor_data;
    return {
        {0x01, 0},
        {0x02, 0},
        {0x03, 0},
        {0x04, 0},
        {0x05, 0},
        {0x06, 0},
        {0x14, 0x0002},
        {0x15, 0x0004},
        {0x16, 0},
        {0x18, 0x2999},
        {0x19, 0x3FAF},
        {0x1A, 0x41FE},
        {0x1B, 0x41FE},
        {0x1C, 0x000F},
        {0x1D, 0x000F},
        {0x1F, c(high - 0.1)},
        {0x20, c(high)},
        {0x21, c(low + 0.1)},
        {0x22, c(low)},
        {0x23, 0x0514},
        {0x28, b(cells * high - 0.25)},
        {0x29, b(cells * high)},
        {0x2A, b(cells * low + 0.25)},
        {0x2B, b(cells * low)},
        {0x30, x(coldest + 5)},
        {0x31, x(coldest)},
        {0x32, x(warmest - 5)},
        {0x33, x(warmest)},
        {0x5F, 0x0001},
        {0x62, 0x4800},
        {0x63, 0x0303},
        {0x64, 0x41FF},
        {0x65, 0x803F},
        {chip::scan_control, 0x0E21},
        {chip::balance_control, 0},
        {chip::balance_enable, 0x01FE},
        {0x7E, 0x0001},
        {0x6B, 0x0001},
    };
}

constexpr std::uint16_t scan_all = 0x0E21, scan_sampling = 0x1E28;

// State of the balancer, bits 15 and 14 of its control register.
constexpr std::uint16_t balancer_idle = 0, balancer_runs = 1, balancer_done = 2, balancer_faulty = 3;

/// The charge counter; kept as long as the port, so that a battery lost and found goes on where it was.
struct Counter {
    double remaining = capacity / 2;  // Ah
    std::optional<Instant> last;
};

/// What a cycle finds.
struct Cycle {
    std::array<double, chip::cells> voltages{};
    double lowest = 0, highest = 0;
};

class Mnb final : public Protocol {
  public:
    explicit Mnb(const Setup& setup) : config_(setup.config) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        co_await channel.pause(opening);
        const auto settings = start_sequence(config_.max_cell_voltage, config_.min_cell_voltage);
        for (const Setting& setting : settings) co_await write(channel, setting.reg, setting.data);
        Identity& identity = reading.identity;
        identity.type = "MNB-Li SPI";
        identity.hardware_version = "MNB_BMS 8S";
        identity.firmware_version = "V2.01";
        reading.telemetry.cell_count = static_cast<std::int64_t>(chip::cells);
        reading.telemetry.capacity = capacity;
        identity.unique_id = common_unique_id(reading);
        auto taken = co_await poll(channel, reading);
        channel.shared<Counter>().last.reset();  // what flowed until the first poll is not known
        co_return taken;
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        auto taken = co_await cycle(channel, reading.telemetry);
        if (taken && !drive(channel)) taken = refuse(Refusal::link_lost);
        failures_ = taken ? 0 : failures_ + 1;
        if (failures_ == most_failures) {
            for (const Output output : outputs) channel.drive(output, false);
        }
        co_return taken;
    }

    Duration rest() const override { return balancing_ ? balancing_interval : Duration::zero(); }

  private:
    Task<Reply<void>> cycle(Channel& channel, Telemetry& t)
    {
        auto done = co_await scan(channel, t);
        Cycle seen;
        if (done) done = co_await read_cells(channel, t, seen);
        if (done) done = co_await balance(channel, t, seen);
        if (done) done = co_await read_sensors(channel, t);
        if (done) done = co_await read_status(channel, t);
        if (!done) co_return done;
        last_current_ = t.current.value_or(0);
        count(channel.shared<Counter>(), t, seen, channel.steady());
        decide_outputs(t, seen);
        checked_ = checked_ || !mismatched_;
        co_return done;
    }

    /// One register. Wrong checksums are told in the log; once a whole cycle was right they are refused.
    Task<Reply<std::uint16_t>> read(Channel& channel, std::uint8_t reg)
    {
        const auto request = chip::read_frame(reg);
        const auto reply = co_await channel.transact(exchange(request));
        if (!reply) co_return refuse(reply.error());
        const auto answer = chip::open_answer(*reply);
        if (!answer.sound) {
            mismatched_ = true;
            log::debug("MNB: checksum of register {:#04x} is wrong", reg);
            if (checked_) {
                channel.refused(Refusal::bad_checksum);
                co_return refuse(Refusal::bad_checksum);
            }
        }
        co_return answer.data;
    }

    /// Gives the status flags that came in meanwhile.
    static Task<std::uint8_t> write(Channel& channel, std::uint8_t reg, std::uint16_t data)
    {
        const auto request = chip::write_frame(reg, data);
        const auto reply = co_await channel.transact(exchange(request));
        co_return reply ? chip::open_answer(*reply).flags : std::uint8_t{0};
    }

    static Exchange exchange(ByteView request)
    {
        return {.request = request, .length = exactly(chip::frame_size), .first = 10ms, .rest = 10ms, .gap = gap};
    }

    static Task<void> clear_status(Channel& channel)
    {
        for (std::uint8_t reg = chip::status1; reg <= chip::last_status; ++reg) co_await write(channel, reg, 0);
    }

    Task<Reply<void>> scan(Channel& channel, Telemetry& t)
    {
        mismatched_ = false;
        co_await write(channel, chip::scan_control, scan_all);
        const Instant deadline = channel.steady() + ready_within;
        for (;;) {
            const auto state = co_await read(channel, chip::scan_control);
            if (!state) co_return refuse(state.error());
            if ((*state & chip::data_ready) != 0) break;
            if (channel.steady() >= deadline) co_return refuse(Refusal::device_error);
            co_await channel.pause(ask_ready_every);
        }
        const auto die = co_await read(channel, chip::die);
        if (!die) co_return refuse(die.error());
        t.temperatures[3] = std::round(chip::die_temperature(*die) * 10) / 10;
        co_await write(channel, chip::scan_start, 1);
        if (co_await write(channel, chip::scan_control, scan_sampling) != 0) co_await clear_status(channel);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read_cells(Channel& channel, Telemetry& t, Cycle& seen)
    {
        t.cell_voltages.resize(chip::cells);
        double sum = 0;
        for (std::size_t i = 0; i < chip::cells; ++i) {
            const auto data = co_await read(channel, static_cast<std::uint8_t>(chip::first_cell + i));
            if (!data) co_return refuse(data.error());
            seen.voltages[i] = chip::cell_voltage(*data);
            if (chip::at_an_end(*data) || seen.voltages[i] > most_cell_voltage) {
                channel.refused(Refusal::implausible);
                co_return refuse(Refusal::implausible);
            }
            t.cell_voltages[i] = std::round(seen.voltages[i] * 1000) / 1000;
            sum += seen.voltages[i];
        }
        const auto [lowest, highest] = std::minmax_element(seen.voltages.begin(), seen.voltages.end());
        seen.lowest = *lowest;
        seen.highest = *highest;
        t.voltage = std::round(sum * 100) / 100;
        co_return Reply<void>{};
    }

    /// Starts, keeps or ends a run of the balancer.
    Task<Reply<void>> balance(Channel& channel, Telemetry& t, Cycle seen)
    {
        const double spread = seen.highest - seen.lowest;
        balancing_ = (spread > 0.015 && last_current_ > 1 && !faulty_) || seen.highest > 3.45;
        std::uint16_t state = balancer_faulty;
        if (balancing_) {
            const auto control = co_await read(channel, chip::balance_control);
            if (!control) co_return refuse(control.error());
            state = static_cast<std::uint16_t>(*control >> 14);
        }
        if (state == balancer_idle) {
            for (std::size_t i = 0; i < chip::cells; ++i)
                timers_[i] = seen.voltages[i] > 3.35 && spread > 0
                                 ? static_cast<std::uint16_t>((seen.voltages[i] - seen.lowest) / spread * 15)
                                 : std::uint16_t{0};
            co_await start_balancer(channel, spread);
        } else if (state == balancer_done) {
            timers_ = {};
            for (std::uint8_t reg = chip::balance_enable; reg <= chip::balance_control; ++reg)
                co_await write(channel, reg, 0);
        } else if (state == balancer_faulty) {
            timers_ = {};
            co_await write(channel, chip::balance_control, 0);
            co_await write(channel, chip::balance_enable, 0);
        }
        t.cell_balancing.resize(chip::cells);
        for (std::size_t i = 0; i < chip::cells; ++i) t.cell_balancing[i] = timers_[i] > 0;
        t.balancing = any(t.cell_balancing);
        co_return Reply<void>{};
    }

    Task<void> start_balancer(Channel& channel, double spread)
    {
        for (std::size_t i = 0; i < chip::cells; ++i)
            co_await write(channel, static_cast<std::uint8_t>(chip::first_timer + i), timers_[i]);
        if (std::all_of(timers_.begin(), timers_.end(), [](std::uint16_t timer) { return timer == 0; })) co_return;
        const auto duty = static_cast<std::uint16_t>(std::clamp((spread - 0.01) * 500, 0.0, 15.0));
        co_await write(channel, chip::balance_enable, 0x01FE);
        co_await write(channel, chip::balance_control, static_cast<std::uint16_t>(0x2002 | duty << 4));
    }

    Task<Reply<void>> read_sensors(Channel& channel, Telemetry& t)
    {
        const auto sense = co_await read(channel, chip::current_sense);
        if (!sense) co_return refuse(sense.error());
        t.current.reset();
        if (!chip::at_an_end(*sense)) t.current = std::round(chip::current(*sense) * 100) / 100;
        for (std::size_t i = 0; i < chip::thermistors; i += 2) {
            const auto first = co_await read(channel, static_cast<std::uint8_t>(chip::first_thermistor + i));
            const auto second = co_await read(channel, static_cast<std::uint8_t>(chip::first_thermistor + i + 1));
            if (!first || !second) co_return refuse(first ? second.error() : first.error());
            t.temperatures[i / 2] = temperature_of(*first, *second);
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
            const auto data = co_await read(channel, reg);
            if (!data) co_return refuse(data.error());
            word |= std::uint64_t{*data} << shift;
        }
        decode(status_bits, word, t.alarms);
        faulty_ = (word & fema_faults) != 0;
        co_await clear_status(channel);
        co_return Reply<void>{};
    }

    /// Counts the charge; a full or an empty cell sets the counter.
    void count(Counter& counter, Telemetry& t, const Cycle& seen, Instant now) const
    {
        if (counter.last && t.current)
            counter.remaining =
                std::clamp(counter.remaining + *t.current * to_seconds(now - *counter.last) / 3600, 0.0, capacity);
        if (t.current) counter.last = now;  // else as after a failed poll: the next current stands for the gap
        if (seen.highest > config_.max_cell_voltage - near_limit) counter.remaining = capacity;
        if (seen.lowest < config_.min_cell_voltage + near_limit) counter.remaining = 0;
        t.capacity_remaining.reset();
        t.soc.reset();
        if (!t.current) return;  // nor is it known what is left
        t.capacity_remaining = counter.remaining;
        t.soc = std::round(counter.remaining / capacity * 10000) / 100;
    }

    void decide_outputs(Telemetry& t, const Cycle& seen)
    {
        const double above = config_.max_cell_voltage - seen.highest, below = seen.lowest - config_.min_cell_voltage;
        charge_ = above >= near_limit && (charge_ || above > well_off_limit);
        load_ = below >= near_limit && (load_ || below > well_off_limit);
        const double soc = t.soc.value_or(generator_ ? generator_on : generator_off);  // unknown: it stays as it is
        generator_ = soc < generator_on || !load_ || (generator_ && soc <= generator_off);
        fan_ = *t.temperatures[3] > fan_on || (fan_ && *t.temperatures[3] >= fan_off);
        const auto share = [](double distance) {
            return distance < well_off_limit ? std::clamp(10 * (distance - near_limit), 0.0, 1.0) : 1.0;
        };
        t.charge_fet = charge_;
        t.discharge_fet = load_;
        t.max_charge_current = config_.max_battery_charge_current * share(above);
        t.max_discharge_current = config_.max_battery_discharge_current * share(below);
    }

    /// Each line, also after one that fails: it must not keep the others as they were.
    bool drive(Channel& channel) const
    {
        bool all = channel.drive(charge_line, charge_);
        all &= channel.drive(load_line, load_);
        all &= channel.drive(generator_line, generator_);
        all &= channel.drive(fan_line, fan_);
        return all;
    }

    const config::Config& config_;
    bool charge_ = true, load_ = true, generator_ = false, fan_ = false;
    bool balancing_ = false;
    std::array<std::uint16_t, chip::cells> timers_{};  // of the run of the balancer
    double last_current_ = 0;                          // A, of the last good cycle
    bool faulty_ = false;                              // so was a part of the chip in the last good cycle
    bool checked_ = false;                             // a cycle's checksums were all right
    bool mismatched_ = false;                          // one of this cycle was not
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
        append(reply, chip::answer_frame(request && request->read ? value(request->reg) : std::uint16_t{0}));
        return chip::frame_size;
    }

  private:
    std::uint16_t value(std::uint8_t reg) const
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
    "hardware_version",
    "firmware_version",
    "capacity",
    "capacity_remaining",
    "soc",
    "charge_fet",
    "discharge_fet",
    "cell_balancing",
    "balancing",
    "max_charge_current",
    "max_discharge_current",
};

}  // namespace

extern const Entry mnb;
const Entry mnb{
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
