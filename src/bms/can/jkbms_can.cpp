// JK boards on CAN, both protocols. What the bytes mean: docs/bms/jkbms_can.md
#include <algorithm>
#include <cmath>

#include "bms/language/frames.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

constexpr std::uint32_t status_id = 0x2F4, cells_id = 0x4F4, sensors_id = 0x5F4, alarms_id = 0x7F4;  // standard
constexpr std::uint32_t counters_id = 0x18F128F4, all_sensors_id = 0x18F228F4, switches_id = 0x18F528F4,
                        all_cells_id = 0x18E028F4, next_cells = 0x10000;  // extended, the second protocol
constexpr std::size_t cell_frames = 6, cells_a_frame = 4, most_millivolts = 5000;
constexpr Duration alarm_hold = std::chrono::seconds(300);

constexpr Field status_fields[]{
    {0, u16le, 0.1, &Telemetry::voltage}, {2, u16le, 0.1, &Telemetry::current, 4000}, {4, u8, 1, &Telemetry::soc}};
constexpr Field counter_fields[]{{0, u16le, 0.1, &Telemetry::capacity_remaining},
                                 {2, u16le, 0.1, &Telemetry::capacity},
                                 {4, u16le, 0.1, &Telemetry::total_ah_drawn},
                                 {6, u16le, 1, &Telemetry::cycles}};
constexpr Field sensor_fields[]{{1, u8, 1, sensor(1), 50, 0},
                                {2, u8, 1, sensor(2), 50, 0},
                                {3, u8, 1, &Telemetry::temperature_mosfet, 50, 0},
                                {4, u8, 1, sensor(3), 50, 0},
                                {5, u8, 1, sensor(4), 50, 0}};
constexpr Bit switch_bits[]{
    {0, 0, &Telemetry::charge_fet}, {0, 1, &Telemetry::discharge_fet}, {0, 2, &Telemetry::balancing}};

/// Group g of the alarm word, two bits each: any value is an alarm.
struct Group {
    std::uint8_t group;
    Alarm alarm;
};
constexpr Group groups[]{
    {0, Alarm::high_cell_voltage},   {1, Alarm::low_cell_voltage},
    {2, Alarm::high_voltage},        {3, Alarm::low_voltage},
    {4, Alarm::cell_imbalance},      {5, Alarm::high_discharge_current},
    {6, Alarm::high_charge_current}, {7, Alarm::high_charge_temperature},
    {7, Alarm::high_temperature},    {8, Alarm::low_charge_temperature},
    {8, Alarm::low_temperature},     {9, Alarm::high_charge_temperature},
    {9, Alarm::high_temperature},    {10, Alarm::low_soc},
    {11, Alarm::internal_failure},   {12, Alarm::internal_failure},
    {13, Alarm::internal_failure},   {14, Alarm::internal_failure},
};

class JkCan final : public FrameProtocol {
  public:
    explicit JkCan(const FrameSetup& setup)
        : config_(setup.config), address_(setup.address.value_or(0)), id_(interface_id(setup))
    {
    }

    Reply<void> take(const FrameCache& cache, Instant now, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        const CanFrame* status = cache.find(standard(status_id));
        if (status == nullptr) return refuse(Refusal::silence);
        decode(status_fields, status->bytes(), t);
        if (*t.soc > 100) return refuse(Refusal::implausible);
        second_ = second_ || cache.find(extended(all_cells_id)) != nullptr;
        const auto taken = second_ ? take_second(cache, t) : take_first(cache, t);
        if (!taken) return taken;
        take_alarms(cache, now, t.alarms);
        reading.identity.type = second_ ? "JKBMS CAN V2" : "JKBMS CAN";
        reading.identity.hardware_version = *reading.identity.type;
        if (second_) *reading.identity.hardware_version += " " + std::to_string(*t.cell_count) + "S";
        reading.identity.unique_id = id_;
        return {};
    }

  private:
    CanId standard(std::uint32_t base) const { return {base + address_, false}; }
    CanId extended(std::uint32_t base) const { return {base + address_, true}; }

    Reply<void> take_second(const FrameCache& cache, Telemetry& t)
    {
        t.cell_voltages.clear();
        double sum = 0;
        for (std::size_t cell = 0; cell < cell_frames * cells_a_frame; ++cell) {
            const auto number = static_cast<std::uint32_t>(cell / cells_a_frame);
            const CanFrame* frame = cache.find(extended(all_cells_id + number * next_cells));
            const std::int64_t millivolts =
                frame != nullptr ? u16le.get(frame->data.data() + cell % cells_a_frame * 2) : 0;
            if (millivolts == 0) break;  // the cells end at the first gap
            if (millivolts > static_cast<std::int64_t>(most_millivolts)) return refuse(Refusal::implausible);
            t.cell_voltages.push_back(scaled(millivolts, 0.001));
            sum += static_cast<double>(millivolts);
        }
        if (t.cell_voltages.empty()) return refuse(Refusal::cut_short);
        if (cells_ != 0 && t.cell_voltages.size() != cells_) return refuse(Refusal::cut_short);
        cells_ = t.cell_voltages.size();
        t.cell_count = static_cast<std::int64_t>(cells_);
        t.voltage = sum / 1000;
        decode(counter_fields, cache.bytes(extended(counters_id)), t);
        decode(sensor_fields, cache.bytes(extended(all_sensors_id)), t);
        decode(switch_bits, cache.bytes(extended(switches_id)), t);
        mark_balancing(t);
        return {};
    }

    /// The board balances between its highest and its lowest cell.
    static void mark_balancing(Telemetry& t)
    {
        const auto highest = std::max_element(t.cell_voltages.begin(), t.cell_voltages.end());
        const auto lowest = std::min_element(t.cell_voltages.begin(), t.cell_voltages.end());
        t.cell_balancing.clear();
        if (!t.balancing) return;
        for (auto cell = t.cell_voltages.begin(); cell != t.cell_voltages.end(); ++cell)
            t.cell_balancing.push_back(*t.balancing && (cell == highest || cell == lowest));
    }

    /// The first protocol tells two cells: the others are their mean.
    Reply<void> take_first(const FrameCache& cache, Telemetry& t)
    {
        const CanFrame* cells = cache.find(standard(cells_id));
        const CanFrame* sensors = cache.find(standard(sensors_id));
        if (cells == nullptr || sensors == nullptr) return refuse(Refusal::cut_short);
        const std::int64_t high = u16le.get(cells->data.data()), low = u16le.get(cells->data.data() + 3);
        const std::uint8_t high_number = cells->data[2], low_number = cells->data[5];
        if (low == 0 || low > high || high > static_cast<std::int64_t>(most_millivolts))
            return refuse(Refusal::implausible);
        const std::int64_t mean = (high + low + 1) / 2;
        if (cells_ == 0) cells_ = static_cast<std::size_t>(std::lround(*t.voltage * 1000 / static_cast<double>(mean)));
        if (cells_ == 0 || cells_ > max_cells || high_number == 0 || low_number == 0 || high_number > cells_ ||
            low_number > cells_)
            return refuse(Refusal::implausible);
        t.cell_count = static_cast<std::int64_t>(cells_);
        t.cell_voltages.clear();
        for (std::size_t i = 0; i < cells_; ++i) t.cell_voltages.push_back(scaled(mean, 0.001));
        t.cell_voltages[high_number - 1U] = scaled(high, 0.001);
        t.cell_voltages[low_number - 1U] = scaled(low, 0.001);
        take_two_sensors(*sensors, t);
        return {};
    }

    static void take_two_sensors(const CanFrame& frame, Telemetry& t)
    {
        constexpr int hottest_told = 100;
        std::size_t high_number = frame.data[1], low_number = frame.data[3];
        if (high_number == 0 || low_number == 0) ++high_number, ++low_number;  // counted from 0 here
        if (high_number > sensor_count || low_number > sensor_count) high_number = 1, low_number = 2;
        t.temperatures = {};
        t.temperatures[high_number - 1] = std::min(frame.data[0] - 50, hottest_told);
        t.temperatures[low_number - 1] = std::min(frame.data[2] - 50, hottest_told);
    }

    /// Told only while there is an alarm: kept for some minutes after the last time.
    void take_alarms(const FrameCache& cache, Instant now, Alarms& out)
    {
        if (const CanFrame* frame = cache.find(standard(alarms_id), 4)) {
            word_ = static_cast<std::uint32_t>(u32le.get(frame->data.data()));
            told_ = now;
        } else if (now - told_ > alarm_hold) {
            word_ = 0;
        }
        out = {};
        for (const Group& one : groups) {
            if (one.alarm == Alarm::low_soc && config_.soc_calculation) continue;
            out.raise(one.alarm, (word_ >> 2 * one.group & 3) != 0 ? 2 : 0);
        }
    }

    const config::Config& config_;
    std::uint8_t address_;
    std::string id_;
    bool second_ = false;  // the second protocol was heard: never left again
    std::size_t cells_ = 0;
    std::uint32_t word_ = 0;
    Instant told_{};
};

constexpr Line lines[]{{250000, 0}};
constexpr std::string_view delivers[]{
    "voltage",        "current",       "soc",           "capacity",       "capacity_remaining", "cycles",
    "total_ah_drawn", "cell_count",    "cell_voltages", "cell_balancing", "balancing",          "charge_fet",
    "discharge_fet",  "temperature_1", "temperature_2", "temperature_3",  "temperature_4",      "temperature_mosfet",
    "alarms"};
// with addresses 0 to 15 added
constexpr CanFilter hears[]{{{0x2F0}, 0x7F0},
                            {{0x300}, 0x7F0},
                            {{0x4F0}, 0x7F0},
                            {{0x500}, 0x7F0},
                            {{0x5F0}, 0x7F0},
                            {{0x600}, 0x7F0},
                            {{0x7F0}, 0x7F0},
                            {{0x18F02800, true}, 0x1FF0FE00},
                            {{0x18E02800, true}, 0x1FF0FE00}};

}  // namespace

extern const FrameEntry jkbms_can;
const FrameEntry jkbms_can{
    .entry = {.name = "Jkbms_Can",
              .type = "JKBMS CAN",
              .sheet = "jkbms_can",
              .brands = "JK / Jikong with CAN",
              .wiring = "CAN, 250 kbit/s",
              .lines = lines,
              .commands = {},
              .delivers = delivers,
              .make = nullptr,
              .device = nullptr,
              .transport = Transport::can},
    .hears = hears,
    .make = [](const FrameSetup& setup, FrameCache&) -> std::unique_ptr<FrameProtocol> {
        return std::make_unique<JkCan>(setup);
    },
};

}  // namespace bmsd::bms
