// Daly boards with CAN: the eight data bytes of the serial protocol in extended frames. What the bytes mean:
// docs/bms/daly_can.md
#include <algorithm>
#include <array>
#include <cmath>

#include "bms/language/frames.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

constexpr std::uint8_t settings = 0x50, state = 0x90, fets = 0x93, status = 0x94, cells = 0x95, sensors = 0x96,
                       balancing = 0x97, alarms = 0x98;
constexpr std::uint8_t polled[]{state, 0x91, fets, status, cells, sensors, balancing, alarms};

constexpr Field settings_fields[]{{0, u32be, 0.001, &Telemetry::capacity}};
constexpr Field state_fields[]{{0, u16be, 0.1, &Telemetry::voltage},
                               {4, u16be, -0.1, &Telemetry::current, 30000},
                               {6, u16be, 0.1, &Telemetry::soc}};
constexpr Field fet_fields[]{{1, u8, 1, &Telemetry::charge_fet},
                             {2, u8, 1, &Telemetry::discharge_fet},
                             {4, u32be, 0.001, &Telemetry::capacity_remaining}};
constexpr Field status_fields[]{{0, u8, 1, &Telemetry::cell_count}, {5, u16be, 1, &Telemetry::cycles}};

/// Two bits of byte `at` from `shift`: the lower one is the warning, the upper one the alarm.
struct Pair {
    std::uint8_t at, shift;
    Alarm alarm;
};
constexpr Pair pairs[]{
    {0, 0, Alarm::high_cell_voltage},
    {0, 2, Alarm::low_cell_voltage},
    {0, 4, Alarm::high_voltage},
    {0, 6, Alarm::low_voltage},
    {1, 0, Alarm::high_charge_temperature},
    {1, 2, Alarm::low_charge_temperature},
    {1, 4, Alarm::high_temperature},
    {1, 6, Alarm::low_temperature},
    {2, 0, Alarm::high_charge_current},
    {2, 2, Alarm::high_discharge_current},
    {2, 6, Alarm::low_soc},
    {3, 0, Alarm::cell_imbalance},
};
struct Fault {
    std::uint8_t at, bits;
    Alarm alarm;
};
constexpr Fault faults[]{
    {4, 0x03, Alarm::high_internal_temperature}, {4, 0xFC, Alarm::internal_failure},
    {5, 0xAF, Alarm::internal_failure},          {6, 0x03, Alarm::internal_failure},
    {6, 0x04, Alarm::high_discharge_current},
};
constexpr std::size_t most_cells = 48, cells_a_frame = 3, sensors_a_frame = 7;

class DalyCan final : public FrameProtocol {
  public:
    DalyCan(const FrameSetup& setup, FrameCache& cache)
        : config_(setup.config), address_(setup.address.value_or(1)), id_(interface_id(setup))
    {
        cache.multiplexed(reply_id(cells));
        cache.multiplexed(reply_id(sensors));
    }

    void ask(std::vector<CanFrame>& out) override
    {
        if (!has_settings_) out.push_back(request(settings));
        for (const std::uint8_t what : polled) out.push_back(request(what));
    }

    Reply<void> take(const FrameCache& cache, Instant, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        const bool told = take_state(cache, t);
        const CanFrame* counts = cache.find(reply_id(status));
        const bool counted = counts != nullptr && counts->data[0] > 0 && counts->data[0] <= most_cells;
        if (!told && !counted)
            return refuse(cache.find(reply_id(state)) != nullptr ? Refusal::implausible : Refusal::silence);
        if (counted) decode(status_fields, counts->bytes(), t);
        decode(fet_fields, cache.bytes(reply_id(fets)), t);
        if (const CanFrame* frame = cache.find(reply_id(settings))) {
            decode(settings_fields, frame->bytes(), t);
            has_settings_ = true;
        }
        take_cells(cache, t);
        take_sensors(cache, counted ? counts->data[1] : 4, t);
        t.alarms = {};
        if (const CanFrame* frame = cache.find(reply_id(alarms))) take_alarms(*frame, t.alarms);
        reading.identity.type = "Daly CAN";
        reading.identity.unique_id = id_;
        if (t.cell_count) reading.identity.hardware_version = "Daly CAN " + std::to_string(*t.cell_count) + "S";
        return {};
    }

    std::vector<CanFrame> command(Command command) override
    {
        if (command.kind != Command::Kind::set_soc || !(command.value >= 0 && command.value <= 100)) return {};
        const auto tenths = static_cast<std::uint16_t>(std::lround(command.value * 10));
        return {
            can_frame({0x161E0080U | static_cast<std::uint32_t>(address_) << 8, true},
                      {static_cast<std::uint8_t>(tenths >> 8), static_cast<std::uint8_t>(tenths), 0, 0, 0, 0, 0, 0})};
    }

  private:
    CanId reply_id(std::uint8_t what) const
    {
        return {0x18004000U | static_cast<std::uint32_t>(what) << 16 | address_, true};
    }
    CanFrame request(std::uint8_t what) const
    {
        const CanId id{0x18000040U | static_cast<std::uint32_t>(what) << 16 | static_cast<std::uint32_t>(address_) << 8,
                       true};
        return can_frame(id, {0, 0, 0, 0, 0, 0, 0, 0});
    }

    /// A current far beyond what is configured, or a SoC above 100 %, makes the whole frame nothing.
    bool take_state(const FrameCache& cache, Telemetry& t) const
    {
        t.voltage = t.current = t.soc = std::nullopt;
        const CanFrame* frame = cache.find(reply_id(state));
        if (frame == nullptr) return false;
        Telemetry told;
        decode(state_fields, frame->bytes(), told);
        const double current = *told.current * static_cast<double>(config_.invert_current_measurement);
        if (current <= -2.1 * config_.max_battery_discharge_current ||
            current >= 1.3 * config_.max_battery_charge_current || *told.soc > 100)
            return false;
        t.voltage = told.voltage;
        t.current = current == 0 ? 0 : current;  // no negative zero
        t.soc = told.soc;
        return true;
    }

    void take_cells(const FrameCache& cache, Telemetry& t) const
    {
        const auto count = static_cast<std::size_t>(t.cell_count.value_or(0));
        t.cell_voltages.clear();
        for (std::size_t cell = 0; cell < count; ++cell) {
            const auto part = static_cast<std::uint8_t>(cell / cells_a_frame + 1);
            const CanFrame* frame = cache.find(reply_id(cells), 8, part);
            Number volts;
            if (frame != nullptr) volts = scaled(u16be.get(frame->data.data() + 1 + cell % cells_a_frame * 2), 0.001);
            if (volts && *volts < config_.min_cell_voltage / 2) volts.reset();  // no cell there
            t.cell_voltages.push_back(volts);
        }
        t.cell_balancing.clear();
        t.balancing.reset();
        const CanFrame* bits = cache.find(reply_id(balancing));
        if (bits == nullptr || count == 0) return;
        decode_balancing(read_le(bits->data.data(), 6), count, t);
        t.balancing = any(t.cell_balancing);
    }

    void take_sensors(const FrameCache& cache, std::size_t count, Telemetry& t) const
    {
        t.temperatures = {};
        for (std::size_t i = 0; i < std::min(count, sensor_count); ++i) {
            const CanFrame* frame =
                cache.find(reply_id(sensors), 8, static_cast<std::uint8_t>(i / sensors_a_frame + 1));
            if (frame != nullptr) t.temperatures[i] = frame->data[1 + i % sensors_a_frame] - 40;
        }
    }

    void take_alarms(const CanFrame& frame, Alarms& out) const
    {
        const bool swapped = config_.invert_current_measurement < 0;
        for (const Pair& pair : pairs) {
            if (pair.alarm == Alarm::low_soc && config_.soc_calculation) continue;
            Alarm alarm = pair.alarm;
            if (swapped && alarm == Alarm::high_charge_current)
                alarm = Alarm::high_discharge_current;
            else if (swapped && alarm == Alarm::high_discharge_current)
                alarm = Alarm::high_charge_current;
            const unsigned bits = frame.data[pair.at] >> pair.shift & 3U;
            out.raise(alarm, bits >= 2 ? 2 : static_cast<std::uint8_t>(bits));
        }
        for (const Fault& fault : faults) out.raise(fault.alarm, (frame.data[fault.at] & fault.bits) != 0 ? 2 : 0);
    }

    const config::Config& config_;
    std::uint8_t address_;
    std::string id_;
    bool has_settings_ = false;
};

constexpr Line lines[]{{250000, 1}};
constexpr std::string_view delivers[]{
    "voltage",       "current",       "soc",           "capacity",       "capacity_remaining",
    "cycles",        "cell_count",    "cell_voltages", "cell_balancing", "balancing",
    "charge_fet",    "discharge_fet", "temperature_1", "temperature_2",  "temperature_3",
    "temperature_4", "alarms"};
constexpr CanFilter hears[]{{{0x18004000, true}, 0x1F00FF00}};

}  // namespace

extern const FrameEntry daly_can;
const FrameEntry daly_can{
    .entry = {.name = "Daly_Can",
              .type = "Daly CAN",
              .sheet = "daly_can",
              .brands = "Daly Smart BMS with CAN",
              .wiring = "CAN, 250 kbit/s",
              .lines = lines,
              .commands = {Command::Kind::set_soc},
              .delivers = delivers,
              .make = nullptr,
              .device = nullptr,
              .transport = Transport::can},
    .hears = hears,
    .asked = true,
    .make = [](const FrameSetup& setup, FrameCache& cache) -> std::unique_ptr<FrameProtocol> {
        return std::make_unique<DalyCan>(setup, cache);
    },
};

}  // namespace bmsd::bms
