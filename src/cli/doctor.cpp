#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <sstream>

#include "cli/doctor_checks.h"
#include "venus/bank_service.h"

namespace bmsd::cli {
namespace {

void add(std::vector<Finding>& findings, const auto& check, std::string about, const Answer& answer)
{
    if (!answer) return;
    findings.push_back({check.name, std::move(about), answer->verdict, answer->found,
                        answer->verdict == Verdict::ok ? ""
                        : answer->advice.empty()       ? check.advice
                                                       : answer->advice});
}

}  // namespace

/// Broken between words after `most` bytes, which are at least as many as columns; what follows stands in column
/// `indent`, too.
static std::string wrapped(std::string line, std::size_t indent, std::size_t most)
{
    std::string text;
    while (most > indent && line.size() > most) {
        auto end = line.rfind(' ', most);
        if (end == std::string::npos || end <= indent) end = line.find(' ', indent + 1);
        if (end == std::string::npos) break;
        text += line.substr(0, end) + "\n";
        line = std::string(indent, ' ') + line.substr(end + 1);
    }
    return text + line + "\n";
}

/// The bus name, and what its owner calls it.
static std::string about(const std::string& service, const Items& items)
{
    const std::string custom = printable(words(items, "/CustomName"));
    return custom.empty() ? service : fmt::format("{} ({})", custom, service);
}

std::vector<Finding> examine(const DoctorFacts& facts)
{
    std::vector<Finding> findings;
    for (const auto& checks : {machine_checks(), can_checks(), bluetooth_checks()})
        for (const auto& check : checks) add(findings, check, "", check.test(facts));
    std::ranges::move(bluetooth_batteries(facts), std::back_inserter(findings));
    for (const auto& [name, items] : facts.bus.batteries) {
        for (const auto& check : battery_checks()) {
            if (name == venus::bank_service && !check.of_a_bank) continue;
            add(findings, check, about(name, items), check.test(facts, items));
        }
    }
    return findings;
}

std::string to_text(const std::vector<Finding>& findings, std::size_t columns)
{
    constexpr std::size_t indent = 26, advice_indent = 12;
    auto sorted = findings;  // problems first
    std::ranges::stable_sort(sorted, std::greater<>(), &Finding::verdict);
    std::string text;
    for (const auto& [check, about, verdict, found, advice] : sorted) {
        std::string head = fmt::format("{:8} {:16} {}{}", name_of(verdict), check, about, about.empty() ? "" : ": ");
        std::istringstream stream(found.empty() ? " " : found);
        for (std::string line; std::getline(stream, line); head = std::string(indent, ' '))
            text += wrapped(head + printable(line), indent, columns);
        if (!advice.empty()) text += wrapped("         -> " + printable(advice), advice_indent, columns);
    }
    const auto count = [&](Verdict verdict) { return std::ranges::count(findings, verdict, &Finding::verdict); };
    const auto counted = [&](Verdict verdict, std::string_view what) {
        return fmt::format("{} {}{}", count(verdict), what, count(verdict) == 1 ? "" : "s");
    };
    return text + fmt::format("\n{}, {}, {} well\n", counted(Verdict::problem, "problem"),
                              counted(Verdict::warning, "warning"), counted(Verdict::ok, "check"));
}

std::string_view name_of(Verdict verdict)
{
    return verdict == Verdict::ok ? "ok" : verdict == Verdict::warning ? "warning" : "problem";
}

}  // namespace bmsd::cli
