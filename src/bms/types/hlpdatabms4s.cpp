// HLPdata BMS4S, a boat BMS with a command line. What it says: docs/bms/hlpdatabms4s.md
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bms/language/identity.h"
#include "bms/language/jump.h"
#include "bms/language/protocol.h"
#include "bms/language/text.h"
#include "util/decimal.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;

struct Question {
    std::string_view word;
    std::size_t least;  // characters of the answer
    Duration longest;
};
constexpr Question version{"pv", 12, 1s}, settings{"ps", 700, 3s}, status{"m1", 40, 1s};
constexpr int attempts = 3;
constexpr std::string_view line_ends = "\r\n", name = "BMS4S";
constexpr std::string_view capacity_name = "BatterySize= ", high_name = "VoltHigh= ", low_name = "VoltLow= ";

// The fields of a status record, separated by commas.
constexpr std::size_t cells = 4, current_field = 4, soc_field = 5, charge_field = 6, discharge_field = 7,
                      beep_field = 11;
constexpr std::size_t sensors_from = 13, least_fields = 13;
constexpr double most_cell_volts = 5;

struct Beep {
    int code;
    Alarm alarm;
    std::uint8_t level;
};
constexpr Beep beeps[]{
    {2, Alarm::low_charge_temperature, 1},
    {3, Alarm::high_charge_temperature, 1},
    {4, Alarm::low_voltage, 2},
    {5, Alarm::high_voltage, 2},
};

/// The line with the status record, behind the echo of the command; nullopt while its end is not there.
std::optional<std::string_view> status_line(std::string_view answer)
{
    const auto echo = answer.find(status.word);
    if (echo == std::string_view::npos) return std::nullopt;
    const auto begin = answer.find_first_not_of(blanks, echo + status.word.size());
    if (begin == std::string_view::npos) return std::nullopt;
    const auto end = answer.find_first_of(line_ends, begin);
    if (end == std::string_view::npos) return std::nullopt;
    return answer.substr(begin, end - begin);
}

/// Sensors named b... are in the battery. Of several the highest is "1" and the lowest "2".
void take_temperatures(std::span<const std::string_view> fields, Telemetry& t)
{
    t.temperatures = {};
    Number highest, lowest;
    int count = 0;
    for (const auto field : fields) {
        const auto blank = field.find(' ');
        if (!field.starts_with('b') || blank == std::string_view::npos ||
            field.find(' ', blank + 1) != std::string_view::npos)
            continue;
        const auto value = leading_number(field.substr(blank + 1));
        if (!value) continue;
        ++count;
        highest = std::max(highest.value_or(*value), *value);
        lowest = std::min(lowest.value_or(*value), *value);
    }
    t.temperatures[0] = highest;
    if (count > 1) t.temperatures[1] = lowest;
}

Reply<void> take_status(std::string_view line, Telemetry& t)
{
    const auto fields = split(line);
    if (fields.size() < least_fields) return refuse(Refusal::bad_length);
    t.cell_voltages.assign(cells, std::nullopt);
    double sum = 0;
    for (std::size_t i = 0; i < cells; ++i) {
        t.cell_voltages[i] = number(fields[i]);
        if (!t.cell_voltages[i]) return refuse(Refusal::bad_content);
        if (*t.cell_voltages[i] > most_cell_volts) return refuse(Refusal::implausible);
        sum += *t.cell_voltages[i];
    }
    t.cell_count = cells;
    t.voltage = rounded(sum, 3);
    t.current = number(fields[current_field]);
    t.soc = number(fields[soc_field]);
    const auto charge = whole_number(fields[charge_field]), discharge = whole_number(fields[discharge_field]),
               beep = whole_number(fields[beep_field]);
    if (!t.current || !t.soc || !charge || !discharge || !beep) return refuse(Refusal::bad_content);
    t.charge_fet = *charge == 1;  // allowed
    t.discharge_fet = *discharge == 1;
    for (const Beep& row : beeps) t.alarms[row.alarm] = row.code == *beep ? row.level : std::uint8_t{0};
    take_temperatures(std::span(fields).subspan(sensors_from), t);
    return {};
}

std::optional<double> setting(std::string_view answer, std::string_view wanted)
{
    const auto at = answer.find(wanted);
    if (at == std::string_view::npos) return std::nullopt;
    return leading_number(answer.substr(at + wanted.size()));
}

Reply<void> take_settings(std::string_view answer, bool limits_wanted, Telemetry& t)
{
    t.capacity = setting(answer, capacity_name);
    if (!t.capacity) return refuse(Refusal::bad_content);
    if (*t.capacity < 0 || *t.capacity > 5000) return refuse(Refusal::implausible);
    t.max_battery_voltage.reset();
    t.min_battery_voltage.reset();
    if (!limits_wanted) return {};
    const auto high = setting(answer, high_name), low = setting(answer, low_name);
    if (!high || !low) return refuse(Refusal::bad_content);
    t.max_battery_voltage = cells * *high;
    t.min_battery_voltage = cells * *low;
    return {};
}

class HlpdataBms4s final : public Protocol {
  public:
    explicit HlpdataBms4s(const Setup& setup) : config_(setup.config) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        static constexpr std::uint8_t line_end[]{'\n'};
        co_await channel.transact(
            {.request = line_end, .length = exactly(0)});  // ends what a user may have begun to type
        co_await channel.pause(200ms);
        const std::string told = co_await must(ask_for(channel, version));
        const auto at = told.find(name);
        Identity& identity = reading.identity;
        identity.type = "HLPdataBMS4S";
        const std::string text = told.substr(at, told.find_first_of(line_ends, at) - at);
        identity.hardware_version = identity.firmware_version = text.substr(0, text.find_last_not_of(blanks) + 1);
        const std::string all = co_await must(ask_for(channel, settings));
        const auto taken = take_settings(all, config_.use_bms_dvcc_values, reading.telemetry);
        if (!taken) {
            channel.refused(taken.error());
            co_return taken;
        }
        identity.unique_id = fmt::format("{}_{}", name, static_cast<long>(*reading.telemetry.capacity));
        last_.reset();
        co_return co_await poll(channel, reading);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        co_await must(read_status(channel, reading.telemetry));
        if (last_ && jumps(*last_, reading.telemetry)) {  // a digit may have changed on the way
            const Telemetry first = reading.telemetry;
            co_await must(read_status(channel, reading.telemetry));
            if (jumps(first, reading.telemetry)) {
                channel.refused(Refusal::implausible);
                co_return refuse(Refusal::implausible);
            }
        }
        last_ = reading.telemetry;
        co_return Reply<void>{};
    }

  private:
    static Task<Reply<void>> read_status(Channel& channel, Telemetry& t)
    {
        const std::string answer = co_await must(ask_for(channel, status));
        const auto taken = take_status(*status_line(answer), t);
        if (!taken) channel.refused(taken.error());
        co_return taken;
    }

    /// The answer ends by silence; that of the status by the end of its line.
    static Task<Reply<std::string>> ask_for(Channel& channel, const Question& question)
    {
        const std::string request = std::string(question.word) + '\n';
        const bool by_line = question.word == status.word;
        const auto length = [by_line](ByteView so_far) {
            return by_line && status_line(as_text(so_far)) ? so_far.size() : so_far.size() + 1;
        };
        const Exchange exchange{.request = {reinterpret_cast<const std::uint8_t*>(request.data()), request.size()},
                                .length = length,
                                .first = 300ms,
                                .rest = question.longest,
                                .idle = 100ms,
                                .partial = true};
        const auto judge = [&](ByteView answer) -> Reply<ByteView> {
            if (answer.size() < question.least) return refuse(Refusal::cut_short);
            const auto text = as_text(answer);
            if (question.word == version.word && text.find(name) == std::string_view::npos)
                return refuse(Refusal::bad_content);
            if (by_line && text.find(status.word) == std::string_view::npos) return refuse(Refusal::bad_start);
            if (by_line && !status_line(text)) return refuse(Refusal::cut_short);
            return answer;
        };
        co_return std::string(as_text(co_await must(ask(channel, exchange, judge, attempts))));
    }

    const config::Config& config_;
    std::optional<Telemetry> last_;  // that counted
};

class HlpdataBms4sDevice final : public Device {
  public:
    explicit HlpdataBms4sDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto text = as_text(input);
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return input.size() < 64 ? 0 : input.size();
        const auto word = text.substr(0, end);
        std::string answer;
        if (word == version.word) answer = fmt::format("pv\r\n{} {}\r\n", name, "2.10");
        if (word == settings.word) answer = settings_text();
        if (word == status.word) answer = status_text();
        reply.insert(reply.end(), answer.begin(), answer.end());
        return end + 1;
    }

  private:
    std::string settings_text() const
    {
        const Telemetry& t = truth_.telemetry;
        std::string text = fmt::format("ps\r\n{}{} Ah\r\n{}{:.2f} V\r\n{}{:.2f} V\r\n", capacity_name,
                                       t.capacity.value_or(0), high_name, t.max_battery_voltage.value_or(14.6) / cells,
                                       low_name, t.min_battery_voltage.value_or(11.2) / cells);
        for (int i = 0; text.size() < settings.least; ++i) text += fmt::format("Par{:02}= 0 spare parameter\r\n", i);
        return text;
    }

    std::string status_text() const
    {
        const Telemetry& t = truth_.telemetry;
        std::string text = "m1\r\n";
        for (std::size_t i = 0; i < cells; ++i)
            text += fmt::format("{:.3f},", i < t.cell_voltages.size() ? t.cell_voltages[i].value_or(0) : 0.0);
        int beep = 0;
        for (const Beep& row : beeps)
            if (t.alarms[row.alarm].value_or(0) > 0) beep = row.code;
        text += fmt::format("{:.2f},{:.0f},{:d},{:d},13.2,{:.0f},0,{},0", t.current.value_or(0), t.soc.value_or(0),
                            t.charge_fet.value_or(true), t.discharge_fet.value_or(true), t.soc.value_or(0), beep);
        for (std::size_t i = 0; i < 2; ++i)
            if (t.temperatures[i]) text += fmt::format(",b{} {:.1f}", i + 1, *t.temperatures[i]);
        return text + "\r\n";
    }

    Reading& truth_;
};

constexpr Line lines[]{{9600}};
constexpr std::string_view delivers[]{
    "hardware_version",
    "firmware_version",
    "cell_count",
    "voltage",
    "current",
    "soc",
    "capacity",
    "cell_voltages",
    "temperatures",
    "charge_fet",
    "discharge_fet",
    "alarms",
    "max_battery_voltage",
    "min_battery_voltage",
};

}  // namespace

extern const Entry hlpdatabms4s;
constinit const Entry hlpdatabms4s{
    .name = "HLPdataBMS4S",
    .type = "HLPdataBMS4S",
    .sheet = "hlpdatabms4s",
    .brands = "HLPdata BMS4S (4-cell boat BMS of hlpdata.se)",
    .wiring = "USB port of the BMS; one BMS a port",
    .lines = lines,
    .interval = 10s,
    .commands = {},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<HlpdataBms4s>(setup); },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<HlpdataBms4sDevice>(truth);
    },
    .addressable = false,
    .addressed = false,
    .charges_itself = true,
    .unproven = true,
    .unchecked = "the answers are text without a checksum",
};

}  // namespace bmsd::bms
