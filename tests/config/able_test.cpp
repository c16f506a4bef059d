// Settings for what this build cannot do.
#include "config/able.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace bmsd::config {
namespace {

const Abilities serial_only{{"serial"}, {"LltJbd", "Daly"}};

std::vector<std::string> told(const std::string& text, const Abilities& abilities)
{
    std::vector<std::string> lines;
    for (const auto& issue : load("[DEFAULT]\n" + text, "config.ini", &abilities).issues)
        lines.push_back(describe(issue));
    return lines;
}

TEST(Abilities, EachKeyForAnotherWireIsAnErrorWithItsLine)
{
    const auto lines = told(
        "BLUETOOTH_BMS = Jkbms_Ble C8:47:80:12:34:56\nCAN_PORT = can0\nMQTT_TOPIC = home/battery\n"
        "MQTT_BROKER_ADDRESS = 192.168.1.5\nMQTT_PASSWORD = s3cret\nUBMS_CAN_MODULE_SERIES = 5\nBMS_TYPE = LltJbd\n",
        serial_only);
    ASSERT_EQ(lines.size(), 4U);  // of the broker by itself nothing is missing
    EXPECT_EQ(lines[0],
              "config.ini:2: error: BLUETOOTH_BMS has no effect: this build reads no batteries over Bluetooth.");
    EXPECT_EQ(lines[1], "config.ini:3: error: CAN_PORT has no effect: this build reads no batteries over CAN.");
    for (const auto& line : lines) EXPECT_EQ(line.find("s3cret"), std::string::npos);
}

TEST(Abilities, ATypeThatIsNotBuiltInIsAnError)
{
    EXPECT_EQ(told("BMS_TYPE = LltJbd, Daly_Can\n", serial_only),
              std::vector<std::string>{
                  "config.ini:2: error: BMS_TYPE: this build cannot read Daly_Can; `bmsd bms` lists what it reads."});
    const Abilities more{{"serial", "ble"}, {"LltJbd_Ble"}};
    EXPECT_EQ(told("BLUETOOTH_BMS = LltJbd_Ble A4:C1:38:00:11:22\n", more), std::vector<std::string>{});
    EXPECT_EQ(told("BLUETOOTH_BMS = Jkbms_Ble A4:C1:38:00:11:22\n", more).size(), 1U);
}

TEST(Abilities, DefaultsAndUnknownTypesAreNotTheirMatter)
{
    EXPECT_EQ(told("BLUETOOTH_USE_POLLING = True\nCAN_PORT =\nMAX_CELL_VOLTAGE = 3.5\n", serial_only),
              std::vector<std::string>{});
    EXPECT_EQ(told("BMS_TYPE = Nobody\n", serial_only).size(), 1U) << "R27 alone";
}

}  // namespace
}  // namespace bmsd::config
