#include "cli/report.h"

#include <gtest/gtest.h>

#include "cli/secrets.h"

namespace bmsd::cli {
namespace {

TEST(Secrets, AConfigurationIsShownByWhatIsKnownToBeHarmless)
{
    Secrets secrets;
    EXPECT_EQ(secrets.configuration("[DEFAULT]\n"
                                    "MAX_CELL_VOLTAGE = 3.45\n"
                                    "max_battery_charge_current : 100 A\r\n"
                                    "BMS_TYPE = LltJbd,\n"
                                    "   Daly\n"
                                    "TEMPERATURES_WHILE_CHARGING = 55, 40\n"
                                    "   20, 5\n"
                                    "; CVCM_ENABLE = False\n"
                                    "MIN_CELL_VOLTAGE = lowest\n"
                                    "MQTT_BROKER_ADDRESS = mqtt://me:s3cret@host/x\n"),
              "[DEFAULT]\n"
              "MAX_CELL_VOLTAGE = 3.45\n"
              "max_battery_charge_current = 100 A\n"
              "BMS_TYPE = LltJbd,\n"
              "   Daly\n"
              "TEMPERATURES_WHILE_CHARGING = 55, 40\n"
              "   20, 5\n"
              "; CVCM_ENABLE = False\n"
              "MIN_CELL_VOLTAGE = (removed)\n"
              "MQTT_BROKER_ADDRESS = mqtt://(removed)@host/x\n");
}

TEST(Secrets, NoneIsLeftInAnyShapeTheReaderTakes)
{
    Secrets secrets;
    const std::string shown = secrets.configuration(
        "[DEFAULT]\n"
        "; MQTT_PASSWORD = SECRET01\n# old: MQTT_PASSWORD=SECRET02\n; password of the broker is SECRET03\n;\n"
        "MQTT_USERNAME = SECRET04\nMQTT_PASSWORD = SECRET05\nmqtt_password: SECRET06\n"
        "MQTT_PASSWORD =\n\n  SECRET07\nMQTT_PASSWORD =\n; note\n  SECRET08\n"
        "MQTT_PASSWD = SECRET09\nMQTT_PASS = SECRET10\nBROKER = mqtt://me:SECRET11@host/\nAPI_KEY = SECRET12\n"
        "WIFI_PSK = SECRET13\nBLE_PIN = SECRET14\nINFLUX_TOKEN = SECRET15\nMQTT PASSWORD SECRET16\n"
        "MAX_BATTERY_CHARGE_CURRENT = SECRET17\nMQTT_PASSWORD\t=\tSECRET18\nCVCM_ENABLE = True ; SECRET19\n"
        "SECRET20 is = 3\n[SECRET21]\n  indented = SECRET22\n    SECRET23\n"
        "MQTT_PASSWORD = SECRET24\rMAX_CELL_VOLTAGE = 3.4\r");
    EXPECT_EQ(shown.find("SECRET"), std::string::npos) << shown;
    EXPECT_NE(shown.find("MAX_CELL_VOLTAGE = 3.4\n"), std::string::npos);
    EXPECT_NE(shown.find("MQTT_PASSWD = (removed)\n"), std::string::npos) << "that it stands there helps";
}

TEST(Secrets, OtherTextsLoseWhatTheConfigurationKnowsAndWhatIsNamed)
{
    Secrets secrets;
    secrets.configuration("[DEFAULT]\nMQTT_PASSWORD = hunter2\nMAX_CELL_VOLTAGE = SECRETinvalue\nLOGGING = high\n");
    EXPECT_EQ(secrets.text("ERROR: \"SECRETinvalue\" is not a valid float; hunter2 too high\n"),
              "ERROR: \"(removed)\" is not a valid float; (removed) too high\n");
    EXPECT_EQ(secrets.text("login: a token=abc, \"password\": \"p q\" and api_key : 17; keys: 3 stopping: 2"),
              "login: (removed) token=(removed), \"password\": (removed) and api_key : (removed); keys: 3 stopping: 2");
    EXPECT_EQ(secrets.text("http://u:p@h/ and http://h/x@y, //"), "http://(removed)@h/ and http://h/x@y, //");
    EXPECT_EQ(secrets.text("a\n\nb"), "a\n\nb");
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
