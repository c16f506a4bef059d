// What bmsd doctor looks at on the CAN interfaces of the configuration.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bms/language/frames.h"
#include "cli/doctor_checks.h"
#include "inverter/profile.h"
#include "link/can/can_bus.h"

namespace bmsd::cli {
namespace {

constexpr unsigned inverter_bit_rate = 500000;
constexpr auto& battery_bit_rates = link::CanBus::battery_bit_rates;

bool is_of_batteries(unsigned bit_rate)
{
    return bit_rate == 0 || std::ranges::find(battery_bit_rates, bit_rate) != std::end(battery_bit_rates);
}

Verdict worse(Verdict a, Verdict b)
{
    return std::max(a, b);
}

/// Why nothing can travel, where that is the interface itself; nothing where it is up.
Answer not_usable(const DoctorFacts& all, const CanFacts& facts)
{
    if (!facts.link.present)
        return Answered{Verdict::problem, fmt::format("{}: {}", facts.interface, state_text(facts.link)),
                        "ip link lists them; an adapter needs its driver, a hat its overlay"};
    if (facts.link.up) return {};
    const bool no_right = all.machine.daemon_sets_links == false;
    const unsigned rate = facts.inverter ? inverter_bit_rate : battery_bit_rates[0];
    const std::string how =
        facts.link.controller ? fmt::format(" type can bitrate {} restart-ms 100", rate) : std::string();
    return Answered{
        Verdict::problem,
        fmt::format("{}: down{}", facts.interface, no_right ? ", bmsd may not bring it up (CAP_NET_ADMIN)" : ""),
        fmt::format("ip link set {} up{}", facts.interface, how)};
}

/// What is wrong with the link whatever is on it.
Answered of_link(const DoctorFacts& all, const CanFacts& facts)
{
    if (const Answer unusable = not_usable(all, facts)) return *unusable;
    const link::CanLink& link = facts.link;
    Answered answer{Verdict::ok, facts.interface + ": " + state_text(link)};
    if (!facts.problem.empty()) answer.found += " (" + facts.problem + ")";
    if (facts.bus_off || link.health == link::CanHealth::bus_off || !facts.problem.empty())
        answer.verdict = Verdict::problem;
    else if (facts.unacknowledged || link.health == link::CanHealth::passive)
        answer.verdict = Verdict::warning;
    if (facts.bus_off) answer.found += ", bus-off";
    if (facts.unacknowledged) answer.found += ", nobody acknowledges: the other end is off, or has another bit rate";
    if (link.controller && link.restart_after == 0) {
        answer.found += ", restart-ms 0: it would stay off after a bus-off";
        answer.verdict = worse(answer.verdict, Verdict::warning);
    }
    return answer;
}

/// The advice is that of the worst.
void add(Answered& all, const Answered& one)
{
    if (one.verdict > all.verdict) all.advice = one.advice;
    all.verdict = worse(all.verdict, one.verdict);
    all.found += (all.found.empty() ? "" : "\n") + one.found;
}

/// "Jkbms_Can": the types one of whose frames was heard.
std::string types_heard(const CanFacts& facts)
{
    std::string names;
    for (const bms::FrameEntry* entry : bms::frame_catalogue()) {
        const bool heard = std::ranges::any_of(facts.newest, [&](const CanFrame& frame) {
            return std::ranges::any_of(entry->hears, [&](const auto& one) { return one.matches(frame.id); });
        });
        if (heard) names += (names.empty() ? "" : ", ") + std::string(entry->entry.name);
    }
    return names;
}

Answer batteries(const DoctorFacts& facts)
{
    Answered all{Verdict::ok, ""};
    for (const CanFacts& one : facts.can) {
        if (one.inverter) continue;
        Answered answer = of_link(facts, one);
        if (one.link.up) {
            const std::string types = types_heard(one);
            answer.found += fmt::format(", {} frames of {} ids{}{}", one.frames, one.newest.size(),
                                        types.empty() ? "" : ", such as those of ", types);
            if (!is_of_batteries(one.link.bit_rate)) {
                answer.found += fmt::format("\nbatteries use {} bit/s", fmt::join(battery_bit_rates, " or "));
                answer.verdict = worse(answer.verdict, Verdict::warning);
            }
            if (one.frames == 0) answer.verdict = worse(answer.verdict, Verdict::warning);
        }
        add(all, answer);
    }
    return all.found.empty() ? Answer() : Answer(all);
}

Answer inverter(const DoctorFacts& facts)
{
    const auto found = std::ranges::find(facts.can, true, &CanFacts::inverter);
    if (found == facts.can.end()) return {};
    Answered answer = of_link(facts, *found);
    const CanFacts& one = *found;
    if (one.link.bit_rate != 0 && one.link.bit_rate != inverter_bit_rate) {
        answer.found += fmt::format("; inverters use {} bit/s", inverter_bit_rate);
        answer.verdict = worse(answer.verdict, Verdict::warning);
    }
    const inverter::Profile* profile = inverter::profile(facts.config.can_output_profile.value_or(""));
    if (!one.link.up || profile == nullptr) return answer;
    bool sent = false, answers = false;
    for (const CanFrame& frame : one.newest) {
        const std::string meaning = inverter::meaning(*profile, frame);
        sent = sent || (!frame.id.extended && frame.id.value == profile->frames.front().id);
        answers = answers || inverter::is_of_an_inverter(frame);
        answer.found += fmt::format("\n0x{:03X}  {}{}{}", frame.id.value, to_hex(frame.bytes()),
                                    meaning.empty() ? "" : "  ", meaning);
    }
    answer.found += answers ? "\nthe inverter answers" : "\nthe inverter says nothing; some never do";
    if (!sent) {
        answer.found += "\nbmsd sends no limits: it does not run, or knows no battery";
        answer.verdict = worse(answer.verdict, Verdict::problem);
    } else if (!answers) {
        answer.verdict = worse(answer.verdict, Verdict::warning);
    }
    return answer;
}

constexpr MachineCheck checks[]{
    {"CAN", batteries,
     "wiring, terminators, bit rate: docs/can.md. ip -details link show; candump shows what is on the bus"},
    {"inverter", inverter, "wiring, terminators, bit rate, the setting at the inverter: docs/inverters.md"},
};

}  // namespace

std::span<const MachineCheck> can_checks()
{
    return checks;
}

}  // namespace bmsd::cli
