// bmsd replay of a bank's cases: each step through the code of the daemon.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstdio>

#include "bank/cases.h"
#include "cli/replay_bank.h"
#include "config/schema.h"
#include "model/json.h"

namespace bmsd::cli {
namespace {

namespace json = boost::json;

std::string name_of(const json::object& object)
{
    const json::value* name = object.if_contains("name");
    return name != nullptr && name->is_string() ? std::string(name->get_string()) : std::string();
}

void print_json(std::size_t number, const bank::CaseStep& step)
{
    json::object line{{"case", number}, {"step", step.step}, {"values", step.values}};
    if (step.refused) line["refused"] = true;
    std::printf("%s\n", to_text(line).c_str());
}

std::string shown(const bank::CaseStep& step, std::string_view path)
{
    const json::value* value = step.values.if_contains(path);
    if (value == nullptr || value->is_null()) return "-";
    return value->is_string() ? std::string(value->get_string()) : to_text(*value);
}

void print_row(const bank::CaseStep& step)
{
    if (step.refused) std::printf("%13s\n", "refused");
    if (step.values.contains("resistance")) {
        std::printf("%13zu %s ohm, error %s, accepted %s\n", step.step, shown(step, "resistance").c_str(),
                    shown(step, "error").c_str(), shown(step, "accepted").c_str());
        return;
    }
    std::printf("%13zu", step.step);
    for (const char* path : {"/Dc/0/Voltage", "/Dc/0/Current", "/Soc", "/Info/MaxChargeVoltage",
                             "/Info/MaxChargeCurrent", "/Info/MaxDischargeCurrent"}) {
        std::printf(" %8s", shown(step, path).c_str());
    }
    std::printf("  %s; %s; %s\n", shown(step, "/Info/ChargeMode").c_str(),
                shown(step, "/Info/ChargeLimitation").c_str(), shown(step, "/Info/DischargeLimitation").c_str());
}

}  // namespace

bool is_bank_file(std::string_view text)
{
    boost::system::error_code error;
    const json::value document = json::parse(text, error);
    if (error || !document.is_array() || document.get_array().empty()) return false;
    return std::ranges::all_of(document.get_array(), [](const json::value& item) {
        return item.is_object() && bank::is_bank_case(item.get_object());
    });
}

Result<void> replay_bank(std::string_view text, const ReplayOptions& options, const config::Config& base)
{
    if (!options.svg.empty()) return Failure("--svg draws the charge of one battery, no cases of a bank");
    const json::value document = json::parse(text);
    std::size_t number = 0, run = 0;
    for (const json::value& item : document.as_array()) {
        const json::object& object = item.as_object();
        const std::size_t at = number++;
        if (!options.only_case.empty() && name_of(object) != options.only_case) continue;
        ++run;
        if (!options.json) {
            std::printf("%s\n%13s %8s %8s %8s %8s %8s %8s  %s\n", name_of(object).c_str(), "step", "V", "A", "SoC",
                        "CVL", "CCL", "DCL", "mode; charge; discharge");
        }
        const auto done = bank::run_bank_case(object, base, [&](const bank::CaseStep& step) {
            if (options.json) {
                print_json(at, step);
            } else {
                print_row(step);
            }
        });
        if (!done) return Failure(fmt::format("case {}: {}", at, done.error()));
    }
    if (run == 0) return Failure("there is no case " + options.only_case);
    return {};
}

}  // namespace bmsd::cli
