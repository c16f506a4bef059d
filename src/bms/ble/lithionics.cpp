// Lithionics Li3 batteries, which send lines of text by themselves. What they mean: docs/bms/ble/lithionics.md
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "bms/language/ble.h"
#include "bms/language/text.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

constexpr std::size_t most_line = 512, cells = 4;
constexpr std::size_t primary_fields = 10, status_fields = 3;
constexpr std::string_view line_end = "\r\n";
constexpr std::uint64_t plain_states = 0x003102;  // charge source, auxiliary contact, charger and mains there
constexpr double disagreement = 1;                // V, between the pack and its cells

/// Up to CR LF; what goes on for too long without is dropped.
std::size_t line_length(ByteView so_far)
{
    const std::string_view text = as_text(so_far);
    const auto end = text.find(line_end);
    if (end != std::string_view::npos) return end + line_end.size();
    return so_far.size() > most_line ? so_far.size() : so_far.size() + 1;
}

std::optional<std::uint64_t> status_word(std::string_view text)
{
    std::uint64_t word = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), word, 16);
    if (text.size() != 6 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return word;
}

double celsius(int fahrenheit)
{
    return std::round((fahrenheit - 32) * 5000.0 / 9) / 1000;
}

/// voltage, four cells, two temperatures, current, state of charge, status. What began before the notifications did
/// may lack its first digits: then the voltage is not that of the cells.
Reply<void> take_primary(const std::vector<std::string_view>& fields, Telemetry& t)
{
    std::array<int, 7> whole{};
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const auto value = whole_number(fields[i]);
        if (!value) return refuse(Refusal::bad_content);
        whole[i] = *value;
    }
    const auto amperes = number(fields[7]), percent = number(fields[8]);
    const auto word = status_word(fields[9]);
    if (!amperes || !percent || !word) return refuse(Refusal::bad_content);
    t.cell_count = cells;
    t.cell_voltages.clear();
    for (std::size_t i = 1; i <= cells; ++i)
        t.cell_voltages.push_back(whole[i] == 0 ? Number() : Number(scaled(whole[i], 0.01)));
    sum_cells(t);
    const double volts = scaled(whole[0], 0.01);
    const bool all = std::all_of(t.cell_voltages.begin(), t.cell_voltages.end(), [](const Number& n) { return !!n; });
    if (all && std::abs(volts - *t.voltage) > disagreement) return refuse(Refusal::implausible);
    t.voltage = volts;
    t.temperatures = {celsius(whole[5]), celsius(whole[6])};
    t.current = amperes;
    t.soc = percent;
    t.problem_code = word;
    t.alarms[Alarm::internal_failure] = static_cast<std::uint8_t>((*word & ~plain_states) != 0 ? 1 : 0);
    return {};
}

/// &, -, remaining charge, discharged in all.
Reply<void> take_status(const std::vector<std::string_view>& fields, Telemetry& t)
{
    const auto remaining = number(fields[2]);
    const auto drawn = fields.size() > status_fields ? whole_number(fields[3]) : std::optional(0);
    if (!remaining || !drawn) return refuse(Refusal::bad_content);
    t.capacity_remaining = remaining;
    t.total_ah_drawn = fields.size() > status_fields ? Number(*drawn) : std::nullopt;
    return {};
}

class Lithionics final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    /// Both kinds of lines alternate; the newest of each counts.
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        bool primary = false, status = false;
        const auto take = [&](ByteView bytes) -> Reply<void> {
            if (bytes.size() > most_line) return refuse(Refusal::bad_length);
            const auto fields = split(as_text(bytes.first(bytes.size() - line_end.size())));
            const bool digit = !fields[0].empty() && fields[0][0] >= '0' && fields[0][0] <= '9';
            if (digit && fields.size() >= primary_fields) {
                const auto taken = take_primary(fields, reading.telemetry);
                primary = primary || taken;
                return taken;
            }
            if (fields[0] != "&" || fields.size() < status_fields) return refuse(Refusal::wrong_echo);
            const auto taken = take_status(fields, reading.telemetry);
            status = status || taken;
            return taken;
        };
        const Framing lines{.length = line_length};
        const Instant until = channel.steady() + hear_limit;
        while (!primary || !status) co_await must(hear(channel, lines, take, until - channel.steady()));
        while (co_await hear(channel, lines, take, Duration::zero())) {
        }
        co_return Reply<void>{};
    }
};

class LithionicsDevice final : public Device {
  public:
    explicit LithionicsDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes&) override { return input.size(); }

    Bytes speak() override
    {
        const Telemetry& t = truth_.telemetry;
        std::string text = fmt::format("{:.0f}", 100 * t.voltage.value_or(0));
        for (std::size_t i = 0; i < cells; ++i)
            text += fmt::format(",{:.0f}", i < t.cell_voltages.size() ? 100 * t.cell_voltages[i].value_or(0) : 0.0);
        for (const std::size_t place : {0U, 1U})
            text += fmt::format(",{:.0f}", 1.8 * t.temperatures[place].value_or(0) + 32);
        text += fmt::format(",{:.1f},{:.0f},{:06X}\r\n", t.current.value_or(0), t.soc.value_or(0),
                            t.problem_code.value_or(0));
        text += fmt::format("&,1,{:.1f},{:06.0f},0136,2300,FF05,8700\r\n", t.capacity_remaining.value_or(0),
                            t.total_ah_drawn.value_or(0));
        return {text.begin(), text.end()};
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1"}};
constexpr std::string_view delivers[]{"cell_count", "voltage",     "cell_voltages",      "temperatures",
                                      "current",    "soc",         "capacity_remaining", "total_ah_drawn",
                                      "alarms",     "problem_code"};

}  // namespace

extern const Entry lithionics_bms;
const Entry lithionics_bms{
    .name = "aiobmsble_lithionics_bms",
    .type = "Lithionics NeverDie smart BMS",
    .sheet = "ble/lithionics",
    .brands = "Lithionics Li3 (12 V, 4 cells)",
    .wiring = "Bluetooth; its capacity stands in the configuration",
    .lines = lines,
    .delivers = delivers,
    .make = make<Lithionics, lithionics_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<LithionicsDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "lines of text without a checksum",
};

}  // namespace bmsd::bms::ble
