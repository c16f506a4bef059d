// What is given away must fit what is told: the Grafana dashboard and the alert rules name series that exist, with
// labels that they have.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "every_metric.h"
#include "util/file.h"

namespace bmsd::metrics {
namespace {

const std::string folder = BMSD_VECTORS "/../../dashboards";

/// By metric, the labels it has.
std::map<std::string, std::set<std::string>> series()
{
    std::map<std::string, std::set<std::string>> all{{"up", {"job", "instance"}}};
    std::istringstream lines(page_with_every_metric());
    static const std::regex label("([a-z]+)=\"");
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        auto& labels = all[line.substr(0, line.find_first_of("{ "))];
        for (std::sregex_iterator it(line.begin(), line.end(), label), end; it != end; ++it) labels.insert((*it)[1]);
    }
    return all;
}

void expect_known(const std::string& expression)
{
    static const auto known = series();
    static const std::regex name(R"(\b(bmsd_[a-z_]+)(\{([^}]*)\})?)"), label(R"(([a-z]+)=)");
    std::size_t found = 0;
    for (std::sregex_iterator it(expression.begin(), expression.end(), name), end; it != end; ++it, ++found) {
        const auto metric = known.find((*it)[1]);
        ASSERT_NE(metric, known.end()) << (*it)[1] << " in " << expression;
        const std::string labels = (*it)[3];
        for (std::sregex_iterator l(labels.begin(), labels.end(), label); l != end; ++l)
            EXPECT_TRUE(metric->second.contains((*l)[1])) << metric->first << " has no " << (*l)[1];
    }
    EXPECT_GT(found, 0U) << expression;
}

void visit(const boost::json::value& value, std::size_t& seen)
{
    if (const auto* list = value.if_array())
        for (const auto& one : *list) visit(one, seen);
    if (const auto* object = value.if_object()) {
        for (const auto& [name, member] : *object) {
            if ((name == "expr" || name == "definition") && member.is_string()) {
                ++seen;
                expect_known(std::string(member.get_string()));
            } else {
                visit(member, seen);
            }
        }
    }
}

TEST(Dashboards, EveryQueryForPrometheusNamesASeries)
{
    const auto text = read_file(folder + "/prometheus.json");
    ASSERT_TRUE(text) << text.error();
    std::size_t seen = 0;
    visit(boost::json::parse(*text), seen);
    EXPECT_GT(seen, 15U);
}

TEST(Dashboards, EveryAlertNamesASeries)
{
    const auto text = read_file(folder + "/alerts.yml");
    ASSERT_TRUE(text);
    static const std::regex expression(R"(expr: (\|\n((          .*\n)+)|(.*)\n))");
    std::size_t seen = 0;
    for (std::sregex_iterator it(text->begin(), text->end(), expression), end; it != end; ++it, ++seen) {
        const std::string found = (*it)[2].matched ? (*it)[2] : (*it)[4];
        if (found.find("up{job") != 0) expect_known(found);
    }
    EXPECT_EQ(seen, 7U);
}

TEST(Dashboards, PromtoolTakesTheAlertsAndTheirTests)
{
    if (std::system("command -v promtool >/dev/null 2>&1") != 0)
        GTEST_SKIP() << "*** promtool is not here: the alert rules are NOT checked (scripts/setup.sh test)";
    EXPECT_EQ(std::system(("cd " + folder + " && promtool check rules alerts.yml >/dev/null").c_str()), 0);
    EXPECT_EQ(std::system(("cd " + folder + " && promtool test rules alerts_test.yml >/dev/null").c_str()), 0);
}

}  // namespace
}  // namespace bmsd::metrics
