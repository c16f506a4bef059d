// Messages of a battery over MQTT: taken as a whole or not at all.
#include "bms/mqtt/generic_mqtt.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "config/schema.h"
#include "model/json.h"
#include "support/vectors.h"

namespace bmsd::test {
namespace {

namespace json = boost::json;

class GenericMqtt : public testing::Test {
  protected:
    config::Config config = config::defaults();
    bms::GenericMqtt battery{config};
    Reading reading;

    static json::object minimal()
    {
        return json::parse(R"({"cell_count":4,"capacity":100,"serial_number":"SN12345678","voltage":13.2,"current":5.2,
            "soc":45.87,"temperature_1":25.5,"charge_fet":true,"discharge_fet":true,
            "cells":[{"voltage":3.3},{"voltage":3.31},{"voltage":3.29},{"voltage":3.3}]})")
            .as_object();
    }
    Result<void> take(const json::object& object) { return battery.take(json::serialize(object), reading); }
    /// With `key` set to `value`; the reading must not have changed when it is refused.
    bool takes(std::string_view key, const json::value& value)
    {
        bms::GenericMqtt fresh(config);
        const Reading before = reading;
        auto object = minimal();
        object[key] = value;
        const bool taken = fresh.take(json::serialize(object), reading).has_value();
        if (!taken) {
            EXPECT_EQ(reading, before) << key;
        }
        return taken;
    }
};

TEST_F(GenericMqtt, EveryCaseHoldsAndNothingElseIsThere)
{
    std::size_t count = 0;
    for (const Vector& v : load_vectors({"mqtt"})) {
        ++count;
        const auto shown = replay::play(v);
        ASSERT_EQ(shown.has_value(), !v.rejects) << v.source;
        if (!shown) continue;
        EXPECT_EQ(difference(v.expect, *shown), "") << v.source;
        for (const auto& [name, value] : to_json(*shown)) EXPECT_TRUE(v.expect.contains(name)) << name << v.source;
    }
    EXPECT_EQ(count, 4U);
}

TEST_F(GenericMqtt, EveryMandatoryKeyMissingOrNullIsRefused)
{
    ASSERT_TRUE(take(minimal()));
    const Reading before = reading;
    for (const auto& [key, value] : minimal()) {
        auto without = minimal();
        without.erase(key);
        EXPECT_FALSE(take(without)) << key;
        EXPECT_FALSE(takes(key, nullptr)) << key;
        EXPECT_EQ(reading, before) << key;
    }
}

TEST_F(GenericMqtt, WrongTypesAreRefused)
{
    const json::value wrong[]{true, "1", json::array{}, json::object{}};
    for (const auto* key : {"voltage", "current", "soc", "temperature_1", "capacity", "soh", "temperature_2"})
        for (const auto& value : wrong) EXPECT_FALSE(takes(key, value)) << key << value;
    for (const auto* key : {"charge_fet", "discharge_fet", "heating"})
        for (const json::value& value : {json::value(1), json::value(0), json::value("true")})
            EXPECT_FALSE(takes(key, value)) << key << value;
    for (const json::value& value : {json::value(4.0), json::value(0), json::value(65), json::value(-4)})
        EXPECT_FALSE(takes("cell_count", value)) << value;
    EXPECT_FALSE(takes("serial_number", ""));
    EXPECT_FALSE(takes("serial_number", 12));
    EXPECT_FALSE(takes("cells", json::object{}));
    EXPECT_FALSE(takes("history", 1));
    EXPECT_FALSE(takes("protection", json::array{}));
    EXPECT_FALSE(takes("soc", 100.1));
    EXPECT_FALSE(takes("soc", -0.1));
    EXPECT_TRUE(takes("soc", 100));
    EXPECT_TRUE(takes("soh", nullptr));
    EXPECT_TRUE(takes("nobody_knows", 1));
    EXPECT_FALSE(takes("voltage", 4000));
}

TEST_F(GenericMqtt, WhatIsNoObjectIsRefused)
{
    for (const auto& message :
         {std::string(), std::string("[]"), std::string("1"), std::string("{"), std::string("\xff\xfe"),
          std::string(R"({"soc":NaN})"), std::string(100000, '['), std::string(1 << 20, ' ')})
        EXPECT_FALSE(battery.take(message, reading)) << message.substr(0, 20);
    auto infinite = json::serialize(minimal());
    infinite.replace(infinite.find("5.2"), 3, "1e999");
    EXPECT_FALSE(battery.take(infinite, reading));
}

TEST_F(GenericMqtt, WhoItIsStays)
{
    ASSERT_TRUE(take(minimal()));
    auto other = minimal();
    other["serial_number"] = "SN2";
    const auto serial = take(other);
    ASSERT_FALSE(serial);
    EXPECT_NE(serial.error().find("restart"), std::string::npos);
    auto fewer = minimal();
    fewer["cell_count"] = 3;
    fewer["cells"].as_array().pop_back();
    const auto count = take(fewer);
    ASSERT_FALSE(count);
    EXPECT_NE(count.error().find("restart"), std::string::npos);
    EXPECT_TRUE(take(minimal()));
    battery.forget();
    EXPECT_TRUE(take(other));
}

TEST_F(GenericMqtt, AKeyThatIsMissingLaterIsAbsentAgain)
{
    auto more = minimal();
    more["soh"] = 98;
    more["protection"] = {{"low_soc", 1}, {"high_voltage", 3}, {"low_voltage", true}, {"fuse_blown", 2}, {"other", 1}};
    more["history"] = {{"total_ah_drawn", 12}, {"full_discharges", 2.5}, {"low_voltage_alarms", 3.0}};
    ASSERT_TRUE(take(more));
    EXPECT_EQ(reading.telemetry.soh, 98);
    EXPECT_EQ(reading.telemetry.alarms[Alarm::low_soc], 1);
    EXPECT_EQ(reading.telemetry.alarms[Alarm::fuse_blown], 2);
    EXPECT_FALSE(reading.telemetry.alarms[Alarm::high_voltage]);
    EXPECT_FALSE(reading.telemetry.alarms[Alarm::low_voltage]);
    EXPECT_EQ(reading.telemetry.history.total_ah_drawn, -12);
    EXPECT_FALSE(reading.telemetry.history.full_discharges);
    EXPECT_EQ(reading.telemetry.history.low_voltage_alarms, 3);
    ASSERT_TRUE(take(minimal()));
    EXPECT_FALSE(reading.telemetry.soh);
    EXPECT_FALSE(reading.telemetry.alarms[Alarm::fuse_blown]);
    EXPECT_FALSE(reading.telemetry.history.total_ah_drawn);
    config.soc_calculation = true;
    ASSERT_TRUE(take(more));
    EXPECT_FALSE(reading.telemetry.alarms[Alarm::low_soc]);
}

TEST_F(GenericMqtt, BalancingOfSomeCellsIsOfNone)
{
    auto object = minimal();
    object["cells"].as_array()[0].as_object()["balance"] = true;
    ASSERT_TRUE(take(object));
    EXPECT_TRUE(reading.telemetry.cell_balancing.empty());
    EXPECT_FALSE(reading.telemetry.balancing);
    for (auto& cell : object["cells"].as_array()) cell.as_object()["balance"] = false;
    ASSERT_TRUE(take(object));
    EXPECT_EQ(reading.telemetry.cell_balancing.size(), 4U);
    EXPECT_EQ(reading.telemetry.balancing, false);
    object["cells"].as_array()[1].as_object()["balance"] = 1;
    EXPECT_FALSE(take(object));
}

TEST_F(GenericMqtt, EveryCutOfAMessageIsRefused)
{
    const std::string whole = json::serialize(minimal());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(battery.take(std::string_view(whole).substr(0, size), reading)) << size;
    EXPECT_TRUE(battery.take(whole, reading));
}

}  // namespace
}  // namespace bmsd::test
