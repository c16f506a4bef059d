// Valence U-BMS with U-Charge XP modules. What the bytes mean: docs/bms/ubms_can.md
#include <algorithm>

#include "bms/language/frames.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

constexpr CanId status{0x0C0}, current{0x0C1}, charging{0x0C2}, extremes{0x0C4}, version{0x180}, mode_command{0x440};
constexpr std::uint32_t first_cells = 0x350, first_balancing = 0x26A;
constexpr std::size_t cells_a_module = 4, most_modules = 11, modules_a_frame = 7;
constexpr double module_capacity = 130;  // Ah, U27-12XP
constexpr std::uint8_t charge_mode = 1, drive_mode = 2;

constexpr Field extreme_fields[]{
    {0, u8, 1, sensor(1), 40}, {1, u8, 1, sensor(2), 40}, {3, u8, 1, &Telemetry::temperature_mosfet, 40}};

class Ubms final : public FrameProtocol {
  public:
    explicit Ubms(const FrameSetup& setup)
        : config_(setup.config),
          series_(static_cast<std::size_t>(std::max<std::int64_t>(1, setup.config.ubms_can_module_series))),
          parallel_(static_cast<std::size_t>(std::max<std::int64_t>(1, setup.config.ubms_can_module_parallel))),
          id_(interface_id(setup))
    {
    }

    /// Without it the battery goes to standby after 20 s. Never before it is known to be one.
    void ask(std::vector<CanFrame>& out) override
    {
        if (known_) out.push_back(can_frame(mode_command, {0, drive_mode, 0, 0}));
    }

    Reply<void> take(const FrameCache& cache, Instant, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        const CanFrame* now = cache.find(status);
        const CanFrame* who = cache.find(version);
        if (now == nullptr) return refuse(cache.find(status, 0) != nullptr ? Refusal::bad_length : Refusal::silence);
        if (!known_ && who == nullptr) return refuse(Refusal::cut_short);
        if (now->data[0] > 100 || (now->data[1] & 3) == 3) return refuse(Refusal::implausible);
        t.soc = now->data[0];
        if (who != nullptr) {
            reading.identity.firmware_version = std::to_string(who->data[0]);
            reading.identity.hardware_version = std::to_string(who->data[4]);
        }
        reading.identity.type = "UBMS CAN";
        reading.identity.unique_id = id_;
        t.cell_count = static_cast<std::int64_t>(cells_a_module * series_);
        t.capacity = module_capacity * static_cast<double>(parallel_);
        t.charge_fet = t.discharge_fet = true;
        t.balancing = (now->data[1] >> 4 & 1) != 0;
        take_cells(cache, t);
        take_balancing(cache, t);
        take_limits(cache, now->data[1], t);
        t.current.reset();
        if (const CanFrame* frame = cache.find(current))
            t.current = static_cast<double>(i8.get(frame->data.data() + 1));
        decode(extreme_fields, cache.bytes(extremes), t);
        take_alarms(*now, t.alarms);
        known_ = true;
        return {};
    }

  private:
    std::size_t modules() const { return std::min(series_ * parallel_, most_modules); }

    /// Three cells in one frame of a module, the fourth in the next; the voltage is that of the first string.
    void take_cells(const FrameCache& cache, Telemetry& t) const
    {
        t.cell_voltages.clear();
        double sum = 0;
        bool whole = true;
        for (std::size_t i = 0; i < modules() * cells_a_module && i < max_cells; ++i) {
            const std::size_t cell = i % cells_a_module;
            const bool fourth = cell == cells_a_module - 1;
            const auto id = static_cast<std::uint32_t>(first_cells + 2 * (i / cells_a_module) + (fourth ? 1 : 0));
            const CanFrame* frame = cache.find({id}, fourth ? 4 : 8);
            const std::int64_t raw = frame != nullptr ? i16be.get(frame->data.data() + 2 + (fourth ? 0 : 2 * cell)) : 0;
            const Number volts = raw > 0 && raw <= 5000 ? Number(scaled(raw, 0.001)) : Number();
            t.cell_voltages.push_back(volts);
            if (i >= series_ * cells_a_module) continue;
            whole = whole && volts.has_value();
            sum += static_cast<double>(raw);
        }
        t.voltage = whole ? Number(sum / 1000) : Number();
    }

    void take_balancing(const FrameCache& cache, Telemetry& t) const
    {
        t.cell_balancing.clear();
        CellFlags flags;
        for (std::size_t i = 0; i < t.cell_voltages.size(); ++i) {
            const std::size_t module = i / cells_a_module;
            const std::size_t at = 1 + module % modules_a_frame;
            const CanFrame* frame =
                cache.find({static_cast<std::uint32_t>(first_balancing + module / modules_a_frame)}, at + 1);
            if (frame == nullptr) return;
            flags.push_back((frame->data[at] >> i % cells_a_module & 1) == 0);
        }
        t.cell_balancing = flags;
    }

    void take_limits(const FrameCache& cache, std::uint8_t mode, Telemetry& t) const
    {
        t.max_charge_current.reset();
        t.max_discharge_current.reset();
        const CanFrame* drive = cache.find(current);
        if ((mode & drive_mode) != 0 && drive != nullptr) {
            t.max_discharge_current = scaled(i16le.get(drive->data.data() + 3), 0.1);
            const auto charge = static_cast<std::int16_t>(drive->data[5] | drive->data[7] << 8);
            t.max_charge_current = scaled(charge, 0.2);
        }
        if ((mode & charge_mode) == 0) return;
        constexpr std::uint8_t equalising = 0x18;
        const CanFrame* told = cache.find(charging, 5);
        if ((mode & equalising) == equalising) {
            if (told != nullptr) t.max_charge_current = told->data[0];
        } else {
            t.max_charge_current = 13.0 * static_cast<double>(parallel_);
        }
    }

    void take_alarms(const CanFrame& frame, Alarms& out) const
    {
        const auto level = [](unsigned value) { return static_cast<std::uint8_t>(std::min(value, 2U)); };
        const auto& d = frame.data;
        out = {};
        out[Alarm::low_cell_voltage] = (d[2] >> 4 & 1) != 0 ? 2 : 0;
        out[Alarm::high_cell_voltage] = (d[2] >> 5 & 1) != 0 ? 2 : 0;
        if (!config_.soc_calculation) out[Alarm::low_soc] = (d[2] >> 3 & 1) != 0 ? 1 : 0;
        out[Alarm::high_discharge_current] = level(d[4] & 3U);
        out[Alarm::high_temperature] = level((d[2] >> 1 & 3U) | (d[4] >> 3 & 3U));
        out[Alarm::low_temperature] = level(d[1] >> 5 & 3U);
    }

    const config::Config& config_;
    std::size_t series_, parallel_;
    std::string id_;
    bool known_ = false;
};

constexpr Line lines[]{{250000, 0}};
constexpr std::string_view delivers[]{"soc",
                                      "current",
                                      "cell_voltages",
                                      "balancing",
                                      "cell_balancing",
                                      "temperature_1",
                                      "temperature_2",
                                      "temperature_mosfet",
                                      "max_charge_current",
                                      "max_discharge_current",
                                      "firmware_version",
                                      "alarms"};
constexpr std::string_view assumed[]{"voltage", "cell_count", "capacity", "charge_fet", "discharge_fet"};
constexpr CanFilter hears[]{{{0x0C0}, 0x7F0}, {{0x180}}, {{0x260}, 0x7F0}, {{0x350}, 0x7F0}, {{0x360}, 0x7F0}};

}  // namespace

extern const FrameEntry ubms_can;
const FrameEntry ubms_can{
    .entry = {.name = "Ubms_Can",
              .type = "UBMS CAN",
              .sheet = "ubms_can",
              .brands = "Valence U-BMS with U-Charge XP modules",
              .wiring = "CAN, 250 kbit/s",
              .lines = lines,
              .commands = {},
              .delivers = delivers,
              .assumed = assumed,
              .make = nullptr,
              .device = nullptr,
              .transport = Transport::can,
              .addressable = false,
              .addressed = false},
    .hears = hears,
    .longest_interval = std::chrono::seconds(1),
    .make = [](const FrameSetup& setup, FrameCache&) -> std::unique_ptr<FrameProtocol> {
        return std::make_unique<Ubms>(setup);
    },
};

}  // namespace bmsd::bms
