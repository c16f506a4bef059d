#include "cli/report.h"

#include <gtest/gtest.h>

namespace bmsd::cli {
namespace {

TEST(Report, SecretsAreRemovedWhereverTheyStand)
{
    EXPECT_EQ(without_secrets("[DEFAULT]\n"
                              "MQTT_USERNAME = owner\n"
                              "mqtt_password=s3cret ; a comment with s3cret\r\n"
                              "; MQTT_PASSWORD: s3cret\n"
                              "SOME_TOKEN = first\n"
                              "   second line of it\n"
                              "MAX_CELL_VOLTAGE = 3.45\n"),
              "[DEFAULT]\n"
              "MQTT_USERNAME = (removed)\n"
              "mqtt_password= (removed)\n"
              "; MQTT_PASSWORD= (removed)\n"
              "SOME_TOKEN = (removed)\n"
              "MAX_CELL_VOLTAGE = 3.45\n");
}

TEST(Report, EveryPathOfEveryBattery)
{
    BusFacts bus;
    bus.batteries["com.victronenergy.battery.ttyUSB0"]["/Soc"] = {50.5, "50.5%"};
    bus.batteries["com.victronenergy.battery.ttyUSB0"]["/Dc/0/Current"] = {};
    const auto text = batteries_text(bus);
    EXPECT_TRUE(text.starts_with("com.victronenergy.battery.ttyUSB0\n  /Dc/0/Current "));
    EXPECT_NE(text.find("50.5%\n"), std::string::npos);
}

}  // namespace
}  // namespace bmsd::cli
