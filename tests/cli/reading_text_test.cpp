#include "cli/reading_text.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace bmsd::cli {
namespace {

TEST(ReadingText, ListsAreNumberedAndValuesHaveUnits)
{
    Reading reading;
    reading.identity.type = "LLT/JBD";
    auto& t = reading.telemetry;
    t.voltage = 13.2;
    t.soc = 57;
    t.charge_fet = true;
    t.temperature_mosfet = 24.7;
    t.temperatures[1] = 21.5;
    for (const double v : {3.301, 3.302, 3.3, 3.297}) t.cell_voltages.push_back(v);
    for (const bool b : {false, true, false, true}) t.cell_balancing.push_back(b);
    t.alarms.levels[0] = 0;
    t.alarms.levels[3] = 2;
    EXPECT_EQ(reading_text(reading, 66),
              "type                         LLT/JBD\n"
              "voltage                      13.2 V\n"
              "soc                          57 %\n"
              "cell voltages, V              1: 3.301    2: 3.302    3: 3.3\n"
              "                              4: 3.297\n"
              "cell balancing               2, 4\n"
              "temperature mosfet           24.7 °C\n"
              "charge fet                   yes\n"
              "temperature 2                21.5 °C\n"
              "alarms                       ALARM: low cell voltage\n");
}

}  // namespace
}  // namespace bmsd::cli
