// JBD boards, and any BMS that talks to inverters with Victron's CAN frames. What the bytes mean:
// docs/bms/lltjbd_can.md
#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "bms/language/frames.h"
#include "bms/language/identity.h"

namespace bmsd::bms {
namespace {

constexpr CanId limits{0x351}, charge{0x355}, measured{0x356}, alarms{0x35A}, product{0x35F}, model_1{0x370},
    model_2{0x371}, extremes{0x373}, installed{0x379}, serial_1{0x380}, serial_2{0x381}, valence_1{0x0C0},
    valence_2{0x180};
constexpr std::string_view factory_serial = "JBD87654321";

constexpr Field limit_fields[]{{0, u16le, 0.1, &Telemetry::max_battery_voltage},
                               {2, u16le, 0.1, &Telemetry::max_charge_current},
                               {4, u16le, 0.1, &Telemetry::max_discharge_current},
                               {6, u16le, 0.1, &Telemetry::min_battery_voltage}};
constexpr Field measured_fields[]{{0, u16le, 0.01, &Telemetry::voltage},
                                  {2, i16le, 0.1, &Telemetry::current},
                                  {4, i16le, 0.1, sensor(1)},
                                  {6, u16le, 1, &Telemetry::cycles}};

/// The lower bit of a pair; its warning is four bytes further.
struct PairBit {
    std::uint8_t at, bit;
    Alarm alarm;
};
constexpr PairBit pair_bits[]{
    {0, 2, Alarm::high_cell_voltage},       {0, 4, Alarm::low_cell_voltage},
    {0, 6, Alarm::high_temperature},        {1, 0, Alarm::low_temperature},
    {1, 2, Alarm::high_charge_temperature}, {1, 4, Alarm::low_charge_temperature},
    {1, 6, Alarm::high_discharge_current},  {2, 4, Alarm::high_discharge_current},
    {2, 0, Alarm::high_charge_current},     {2, 6, Alarm::internal_failure},
    {3, 0, Alarm::cell_imbalance},
};

/// Each part may end early by itself.
std::string joined(const CanFrame* first, const CanFrame* second)
{
    std::string text;
    for (const CanFrame* part : {first, second})
        if (part != nullptr) text += printable(part->bytes());
    return text;
}

class VictronCan final : public FrameProtocol {
  public:
    Reply<void> take(const FrameCache& cache, Instant, Reading& reading) override
    {
        Telemetry& t = reading.telemetry;
        const CanFrame* soc = cache.find(charge, known_ ? 4 : 8);
        const CanFrame* values = cache.find(measured, known_ ? 6 : 8);
        const CanFrame* cells = cache.find(extremes);
        const Number capacity = capacity_of(cache);
        if (soc == nullptr && values == nullptr && cells == nullptr && !capacity) return refuse(Refusal::silence);
        if (is_valence(cache)) return refuse(Refusal::bad_content);
        // a battery that is known loses what stopped coming; without its voltage it is none
        if (values == nullptr) return refuse(Refusal::cut_short);
        if (!known_ && (soc == nullptr || cells == nullptr || !capacity)) return refuse(Refusal::cut_short);
        decode(measured_fields, values->bytes(), t);
        if (capacity) t.capacity = capacity;
        if (const auto taken = take_charge(soc, t); !taken) return taken;
        if (const auto taken = take_extremes(cells, t); !taken) return taken;
        decode(limit_fields, cache.bytes(limits), t);
        take_alarms(cache.find(alarms, 0), t.alarms);
        t.charge_fet = t.discharge_fet = true;
        name(cache, reading);
        known_ = true;
        return {};
    }

  private:
    static Number capacity_of(const FrameCache& cache)
    {
        for (const auto& [id, at] : {std::pair{installed, 0}, std::pair{product, 4}}) {
            const CanFrame* frame = cache.find(id, static_cast<std::size_t>(at) + 2);
            if (frame == nullptr) continue;
            if (const std::int64_t raw = u16le.get(frame->data.data() + at); raw > 0) return static_cast<double>(raw);
        }
        return std::nullopt;
    }

    /// Valence's U-BMS uses two of these ids with four bytes for single cells.
    static bool is_valence(const FrameCache& cache)
    {
        const bool talks = cache.find(valence_1, 0) != nullptr || cache.find(valence_2, 0) != nullptr;
        const CanFrame* one = cache.find(limits, 0);
        const CanFrame* other = cache.find(charge, 0);
        return talks && ((one != nullptr && one->size == 4) || (other != nullptr && other->size == 4));
    }

    static Reply<void> take_charge(const CanFrame* told, Telemetry& t)
    {
        t.soc = t.soh = std::nullopt;
        if (told == nullptr) return {};
        const CanFrame& frame = *told;
        const std::int64_t whole = u16le.get(frame.data.data()), health = u16le.get(frame.data.data() + 2);
        const std::int64_t fine = frame.size >= 6 ? u16le.get(frame.data.data() + 4) : 0;
        t.soc = fine > 0 ? scaled(fine, 0.01) : static_cast<double>(whole);
        t.soh = static_cast<double>(health);
        if (*t.soc > 100) return refuse(Refusal::implausible);
        return {};
    }

    Reply<void> take_extremes(const CanFrame* told, Telemetry& t)
    {
        constexpr std::int64_t kelvin = 273;
        t.cell_voltages.clear();
        t.temperatures[1] = t.temperatures[2] = std::nullopt;
        if (told == nullptr) return {};
        const CanFrame& frame = *told;
        const std::int64_t low = u16le.get(frame.data.data()), high = u16le.get(frame.data.data() + 2);
        if (low == 0 || low > high) return refuse(Refusal::implausible);
        const std::int64_t mean = (low + high + 1) / 2;
        if (cells_ == 0)
            cells_ = static_cast<std::size_t>(std::lround(*t.voltage * 2000 / static_cast<double>(low + high)));
        if (cells_ == 0 || cells_ > max_cells) return refuse(Refusal::implausible);
        t.cell_count = static_cast<std::int64_t>(cells_);
        for (std::size_t i = 0; i < cells_; ++i) t.cell_voltages.push_back(scaled(mean, 0.001));
        t.cell_voltages[0] = scaled(low, 0.001);
        if (cells_ > 1) t.cell_voltages[1] = scaled(high, 0.001);
        t.temperatures[1] = static_cast<double>(u16le.get(frame.data.data() + 4) - kelvin);
        t.temperatures[2] = static_cast<double>(u16le.get(frame.data.data() + 6) - kelvin);
        return {};
    }

    static void take_alarms(const CanFrame* frame, Alarms& out)
    {
        constexpr std::uint8_t warnings = 4;  // bytes behind the alarms
        out = {};
        if (frame == nullptr) return;
        for (const PairBit& pair : pair_bits) {
            const bool alarm = (frame->data[pair.at] >> pair.bit & 1) != 0;
            const bool warning = (frame->data[static_cast<std::size_t>(pair.at) + warnings] >> pair.bit & 1) != 0;
            out.raise(pair.alarm, alarm ? 2 : warning ? 1 : 0);
        }
    }

    static void name(const FrameCache& cache, Reading& reading)
    {
        Identity& identity = reading.identity;
        identity.type = "LLT/JBD CAN";
        const std::string model = joined(cache.find(model_1), cache.find(model_2));
        if (!model.empty()) identity.hardware_version = model;
        if (!identity.hardware_version)
            identity.hardware_version = fmt::format("LLT/JBD CAN {}S", *reading.telemetry.cell_count);
        if (const CanFrame* frame = cache.find(product, 4))
            identity.firmware_version = fmt::format("0x{:04x}", u16le.get(frame->data.data() + 2));
        const std::string serial = joined(cache.find(serial_1), cache.find(serial_2));
        if (!serial.empty() && serial != factory_serial) identity.serial_number = serial;
        // an id, once told, stays: whatever else is heard later
        if (!identity.unique_id)
            identity.unique_id = identity.serial_number ? *identity.serial_number : common_unique_id(reading);
    }

    bool known_ = false;
    std::size_t cells_ = 0;
};

constexpr Line lines[]{{500000, 0}};
constexpr std::string_view delivers[]{"voltage",
                                      "current",
                                      "soc",
                                      "soh",
                                      "capacity",
                                      "cycles",
                                      "temperature_1",
                                      "temperature_2",
                                      "temperature_3",
                                      "max_battery_voltage",
                                      "max_charge_current",
                                      "max_discharge_current",
                                      "min_battery_voltage",
                                      "serial_number",
                                      "alarms"};
constexpr std::string_view assumed[]{"cell_count", "cell_voltages", "charge_fet", "discharge_fet"};
constexpr CanFilter hears[]{{{0x350}, 0x7F0}, {{0x370}, 0x7F0}, {{0x380}, 0x7FE}, {{0x0C0}}, {{0x180}}};

}  // namespace

extern const FrameEntry lltjbd_can;
const FrameEntry lltjbd_can{
    .entry = {.name = "LltJbd_Can",
              .type = "LLT/JBD CAN",
              .sheet = "lltjbd_can",
              .brands = "JBD UP16S and others that send Victron's CAN frames (Seplos, Daly, Pylontech and more)",
              .wiring = "CAN, 500 kbit/s; some devices 250 kbit/s",
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
    .common = true,
    .make = [](const FrameSetup&, FrameCache&) -> std::unique_ptr<FrameProtocol> {
        return std::make_unique<VictronCan>();
    },
};

}  // namespace bmsd::bms
