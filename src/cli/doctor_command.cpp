// bmsd doctor: gathers the facts and prints what the checks say of them.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/doctor.h"
#include "daemon/configuration.h"
#include "daemon/ports.h"
#include "model/json.h"
#include "util/log.h"

namespace bmsd::cli {
namespace {

void print(const std::vector<Finding>& findings)
{
    for (const auto& finding : findings) {
        std::printf("%-8s %-16s %s%s%s\n", std::string(name_of(finding.verdict)).c_str(), finding.check.c_str(),
                    finding.about.c_str(), finding.about.empty() ? "" : ": ", finding.found.c_str());
        if (!finding.advice.empty()) std::printf("         -> %s\n", finding.advice.c_str());
    }
}

void print_json(const std::vector<Finding>& findings)
{
    boost::json::array list;
    for (const auto& finding : findings)
        list.push_back(boost::json::object{{"check", finding.check},
                                           {"battery", finding.about},
                                           {"verdict", name_of(finding.verdict)},
                                           {"found", finding.found},
                                           {"advice", finding.advice}});
    std::printf("%s\n", to_text(list).c_str());
}

}  // namespace

int doctor(const DoctorOptions& options)
{
    log::set_level(log::Level::error);
    RealLoop loop;
    auto configuration = daemon::load_configuration(options.common.config_file);
    DoctorFacts facts;
    facts.config = std::move(configuration.config);
    facts.config_errors = std::move(configuration.errors);
    facts.config_warnings = std::move(configuration.warnings);
    facts.adapters = daemon::PortWatch(loop, "/dev", [](const std::string&) {}).present().size();
    if (auto batteries = read_batteries(loop)) {
        facts.batteries = std::move(*batteries);
    } else {
        facts.bus_problem = batteries.error();
    }
    const auto findings = examine(facts);
    bool problems = false;
    for (const auto& finding : findings) problems |= finding.verdict == Verdict::problem;
    options.json ? print_json(findings) : print(findings);
    return problems ? 1 : 0;
}

}  // namespace bmsd::cli
