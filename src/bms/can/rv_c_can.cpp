// RV-C house batteries. What the bytes mean: docs/bms/rv_c_can.md
#include <cmath>

#include "bms/language/frames.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

constexpr std::uint32_t status_1 = 0x1FFFD, status_2 = 0x1FFFC, status_3 = 0x1FFFB, status_4 = 0x1FEC9,
                        status_6 = 0x1FEC7, status_11 = 0x1FEA5;
constexpr std::uint8_t first_source = 0x8F;
constexpr std::int64_t no_byte = 0xFD, no_word = 0xFFFD, no_long = 0xFFFFFFFD;  // from here on: not available
// Sent every 0.5 to 5 s: one that was missed costs nothing. Of the first, which is the battery, 5 s are enough.
constexpr std::uint32_t seldom_sent[]{status_2, status_3, status_4, status_6, status_11};
constexpr Duration seldom_counts_for = std::chrono::seconds(15);
constexpr Duration alarms_gone = std::chrono::seconds(120);

/// Limit and disconnect, two bits each from `shift` of byte `at`.
struct Pairs {
    std::uint8_t at, shift;
    Alarm alarm;
};
constexpr Pairs alarm_pairs[]{
    {2, 0, Alarm::high_voltage},        {2, 4, Alarm::low_voltage},      {3, 0, Alarm::low_soc},
    {3, 4, Alarm::low_temperature},     {4, 0, Alarm::high_temperature}, {4, 4, Alarm::high_discharge_current},
    {4, 4, Alarm::high_charge_current},
};

Number word(const CanFrame& frame, std::size_t at, double scale, std::int64_t zero = 0)
{
    const std::int64_t raw = u16le.get(frame.data.data() + at);
    return raw >= no_word ? Number() : Number(scaled(raw, scale, zero));
}

Number byte(const CanFrame& frame, std::size_t at, double scale)
{
    return frame.data[at] >= no_byte ? Number() : Number(scaled(frame.data[at], scale));
}

class RvC final : public FrameProtocol {
  public:
    RvC(const FrameSetup& setup, FrameCache& cache)
        : config_(setup.config),
          source_(static_cast<std::uint8_t>(first_source - setup.address.value_or(0))),
          id_(interface_id(setup))
    {
        for (const std::uint32_t dgn : seldom_sent)
            for (std::uint32_t priority = 0; priority < priorities; ++priority)
                cache.seldom(id_of(priority, dgn), seldom_counts_for);
    }

    Reply<void> take(const FrameCache& cache, Instant now, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        const CanFrame* first = find(cache, status_1);
        if (first == nullptr) return refuse(Refusal::silence);
        const CanFrame* second = find(cache, status_2);
        if (second == nullptr && cells_ == 0) return refuse(Refusal::cut_short);
        t.voltage = word(*first, 2, 0.05);
        if (!t.voltage || *t.voltage <= 0 || *t.voltage > 100) return refuse(Refusal::implausible);
        const std::int64_t current = u32le.get(first->data.data() + 4);
        t.current = current >= no_long ? Number() : Number(scaled(current, -0.001, 2000000000));
        t.soc = second != nullptr ? byte(*second, 4, 0.5) : Number();
        t.temperatures = {};
        if (second != nullptr) {
            if (const Number warm = word(*second, 2, 0.03125)) t.temperatures[0] = *warm - 273;
        }
        if (t.soc && *t.soc > 100) return refuse(Refusal::implausible);
        if (cells_ == 0 && !t.soc) return refuse(Refusal::bad_content);
        if (cells_ == 0) cells_ = 4 * static_cast<std::size_t>(std::max(1L, std::lround(*t.voltage / 13.2)));
        t.cell_count = static_cast<std::int64_t>(cells_);
        t.cell_voltages.clear();
        for (std::size_t i = 0; i < cells_; ++i) t.cell_voltages.push_back(*t.voltage / static_cast<double>(cells_));
        take_others(cache, t);
        take_alarms(cache, now, t.alarms);
        reading.identity.type = reading.identity.hardware_version = "RV-C CAN";
        reading.identity.unique_id = id_;
        return {};
    }

  private:
    static constexpr std::uint32_t priorities = 8;

    CanId id_of(std::uint32_t priority, std::uint32_t dgn) const { return {priority << 26 | dgn << 8 | source_, true}; }
    /// The priority in the three highest bits may be any.
    const CanFrame* find(const FrameCache& cache, std::uint32_t dgn) const
    {
        for (std::uint32_t priority = 0; priority < priorities; ++priority)
            if (const CanFrame* frame = cache.find(id_of(priority, dgn))) return frame;
        return nullptr;
    }

    void take_others(const FrameCache& cache, Telemetry& t) const
    {
        t.soh = t.capacity_remaining = t.max_battery_voltage = t.max_charge_current = t.capacity = std::nullopt;
        if (const CanFrame* frame = find(cache, status_3)) {
            t.soh = byte(*frame, 2, 0.5);
            t.capacity_remaining = word(*frame, 3, 1);
        }
        if (const CanFrame* frame = find(cache, status_4)) {
            t.max_battery_voltage = word(*frame, 3, 0.05);
            // the standard counts from -1600 A in 0.05 A, batteries in the field 0.01 A from 0
            constexpr std::int64_t standard_zero = 32000;
            const bool standard = u16le.get(frame->data.data() + 5) >= standard_zero;
            t.max_charge_current = standard ? word(*frame, 5, 0.05, standard_zero) : word(*frame, 5, 0.01);
        }
        t.charge_fet = t.discharge_fet = true;
        if (const CanFrame* frame = find(cache, status_11)) {
            t.capacity = word(*frame, 3, 1);
            t.charge_fet = (frame->data[2] & 3U) != 0;
            t.discharge_fet = (frame->data[2] >> 2 & 3U) != 0;
        }
    }

    void take_alarms(const FrameCache& cache, Instant now, Alarms& out)
    {
        const CanFrame* frame = find(cache, status_6);
        if (frame != nullptr) {
            told_ = now;
            out = {};
        }
        const bool gone = told_ && now - *told_ > alarms_gone;
        if (frame == nullptr && !gone) return;
        for (const Pairs& pair : alarm_pairs) {
            if (pair.alarm == Alarm::low_soc && config_.soc_calculation) continue;
            if (gone) {
                out[pair.alarm] = 0;
                continue;
            }
            const unsigned limit = frame->data[pair.at] >> pair.shift & 3U;
            const unsigned off = frame->data[pair.at] >> (pair.shift + 2) & 3U;
            const bool alarm = off == 1 || off == 2 || limit == 2;
            out.raise(pair.alarm, alarm ? 2 : limit == 1 ? 1 : 0);
        }
    }

    const config::Config& config_;
    std::uint8_t source_;
    std::string id_;
    std::size_t cells_ = 0;
    std::optional<Instant> told_;
};

constexpr Line lines[]{{250000, 0}};
constexpr std::string_view delivers[]{"voltage",
                                      "current",
                                      "soc",
                                      "soh",
                                      "capacity",
                                      "capacity_remaining",
                                      "temperature_1",
                                      "charge_fet",
                                      "discharge_fet",
                                      "max_battery_voltage",
                                      "max_charge_current",
                                      "alarms"};
constexpr std::string_view assumed[]{"cell_count", "cell_voltages"};
constexpr CanFilter hears[]{{{0x01FE0000, true}, 0x03FE0000}};  // the DGNs 1FExx and 1FFxx

}  // namespace

extern const FrameEntry rv_c_can;
const FrameEntry rv_c_can{
    .entry = {.name = "RV_C_Can",
              .type = "RV-C CAN",
              .sheet = "rv_c_can",
              .brands = "house batteries that speak RV-C",
              .wiring = "CAN, 250 kbit/s",
              .lines = lines,
              .commands = {},
              .delivers = delivers,
              .assumed = assumed,
              .make = nullptr,
              .device = nullptr,
              .transport = Transport::can},
    .hears = hears,
    .make = [](const FrameSetup& setup, FrameCache& cache) -> std::unique_ptr<FrameProtocol> {
        return std::make_unique<RvC>(setup, cache);
    },
};

}  // namespace bmsd::bms
