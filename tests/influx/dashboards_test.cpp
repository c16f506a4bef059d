// The Grafana dashboard for InfluxDB asks for measurements, fields and tags that are written.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "influx/points.h"
#include "util/file.h"

namespace bmsd::influx {
namespace {

struct Columns {
    std::set<std::string> fields, tags;
};

Snapshot knows_everything()
{
    Snapshot s;
    Derived& d = s.derived;
    d.voltage = d.current = d.power = d.soc = d.min_cell_voltage = d.max_cell_voltage = d.cell_diff = 1;
    d.temperatures[0] = 20;
    s.telemetry.soh = s.telemetry.capacity_remaining = 1;
    s.telemetry.cycles = 3;
    s.telemetry.cell_voltages = {3.3};
    s.telemetry.cell_balancing = {true};
    s.limits.charge_voltage = s.limits.charge.applied = s.limits.discharge.applied = 1;
    s.limits.charge.cause.limiter = s.limits.discharge.cause.limiter = "Temp";
    s.history.charged_energy = s.history.discharged_energy = 1;
    s.alarms[Alarm::low_soc] = 1;
    return s;
}

std::map<std::string, Columns> written()
{
    Who who;
    who.unique_id = "a";
    who.custom_name = "name";
    std::string lines;
    append_points(lines, who, knows_everything(), {}, 1700000000);
    append_event(lines, who, {"low_soc", 1, 0, 5.0, std::nullopt, "%"}, {}, 1700000000);
    std::map<std::string, Columns> all;
    std::istringstream text(lines);
    static const std::regex column("[, ]([a-z_0-9]+)=");
    for (std::string line; std::getline(text, line);) {
        const auto gap = line.find(' ');
        Columns& columns = all[line.substr(0, line.find(','))];
        for (std::sregex_iterator it(line.begin(), line.end(), column), end; it != end; ++it)
            (static_cast<std::size_t>(it->position()) < gap ? columns.tags : columns.fields).insert((*it)[1]);
    }
    return all;
}

void expect_known(const std::string& query)
{
    static const auto known = written();
    static const std::regex from("FROM \"([a-z]+)\""), quoted("\"([a-z_]+)\"");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(query, found, from)) << query;
    const auto measurement = known.find(found[1]);
    ASSERT_NE(measurement, known.end()) << query;
    const auto& [fields, tags] = measurement->second;
    for (std::sregex_iterator it(query.begin(), query.end(), quoted), end; it != end; ++it) {
        const std::string name = (*it)[1];
        if (name == measurement->first) continue;
        EXPECT_TRUE(fields.contains(name) || tags.contains(name)) << name << " in " << query;
    }
}

void visit(const boost::json::value& value, std::size_t& seen)
{
    if (const auto* list = value.if_array())
        for (const auto& one : *list) visit(one, seen);
    if (const auto* object = value.if_object()) {
        for (const auto& [name, member] : *object) {
            if (name == "query" && member.is_string()) {
                ++seen;
                expect_known(std::string(member.get_string()));
            } else {
                visit(member, seen);
            }
        }
    }
}

TEST(Dashboards, EveryQueryForInfluxDbNamesWhatIsWritten)
{
    const auto text = read_file(BMSD_VECTORS "/../../dashboards/influxdb.json");
    ASSERT_TRUE(text) << text.error();
    std::size_t seen = 0;
    visit(boost::json::parse(*text), seen);
    EXPECT_EQ(seen, 14U);
}

}  // namespace
}  // namespace bmsd::influx
