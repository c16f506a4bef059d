// Names, ids and identity texts: core/dbus.md sections 1 and 3, core/dbus-settings.md section 2.
#include "venus/names.h"
#include "store/setting_names.h"

#include <gtest/gtest.h>

#include <set>

namespace bmsd::venus {
namespace {

using namespace std::string_literals;

Place serial(std::string device, std::string configured = "", std::string bytes = "")
{
    return {LinkKind::serial, std::move(device), "LltJbd", std::move(configured), std::move(bytes)};
}

TEST(Names, BusNamesOfTheSheet)
{
    const std::string prefix = "com.victronenergy.battery.";
    EXPECT_EQ(bus_name(serial("/dev/ttyUSB0")), prefix + "ttyUSB0");
    EXPECT_EQ(bus_name(serial("/dev/ttyUSB0", "0x01", "\x01")), prefix + "ttyUSB0__0x01");
    EXPECT_EQ(bus_name(serial("/dev/ttyUSB0", "0x00", "\0"s)), prefix + "ttyUSB0__0x00");
    EXPECT_EQ(bus_name({LinkKind::can, "can0", "Daly_Can", "", ""}), prefix + "can0");
    EXPECT_EQ(bus_name({LinkKind::can, "can0", "Daly_Can", "0x02", "\x02"}), prefix + "can0__0x02");
    EXPECT_EQ(bus_name({LinkKind::ble, "C8:47:8C:00:00:00", "Jkbms_Ble", "", ""}), prefix + "ble_c8478c000000");
    EXPECT_EQ(bus_name({LinkKind::ble_library, "C8:47:8C:00:00:00", "jikong_bms", "", ""}),
              prefix + "jikong_bms__c8478c000000");
    EXPECT_EQ(bus_name({LinkKind::mqtt, "site/battery", "Generic_Mqtt", "", ""}), prefix + "mqtt_0");
}

TEST(Names, ABusNameElementIsValidWhateverThePortIsCalled)
{
    EXPECT_EQ(bus_name(serial("/dev/pts/3")), "com.victronenergy.battery.p3");
    EXPECT_EQ(bus_name(serial("/dev/serial/by-id/usb-FTDI_A:1.2-port0")),
              "com.victronenergy.battery.usb-FTDI_A_1_2-port0");
    EXPECT_EQ(bus_name(serial("sim:LltJbd")), "com.victronenergy.battery.sim_LltJbd");
    EXPECT_EQ(bus_name(serial("")), "com.victronenergy.battery.p");
}

TEST(Names, ConnectionTexts)
{
    EXPECT_EQ(connection_text(serial("/dev/ttyUSB0")), "Serial /dev/ttyUSB0");
    EXPECT_EQ(connection_text(serial("/dev/ttyUSB0", "", "\x01")), "Serial /dev/ttyUSB0__0x01");
    EXPECT_EQ(connection_text(serial("/dev/ttyUSB0", "", "\x01\xf7")), "Serial /dev/ttyUSB0__0x010xF7");
    EXPECT_EQ(connection_text({LinkKind::can, "can0", "", "", "\0"s}), "CAN socketcan:can0");
    EXPECT_EQ(connection_text({LinkKind::can, "can0", "", "0x12", "\x12"}), "CAN socketcan:can0__18");
    EXPECT_EQ(connection_text({LinkKind::ble, "C8:47:8C:00:00:00", "Jkbms_Ble", "", ""}), "BLE C8:47:8C:00:00:00");
    EXPECT_EQ(connection_text({LinkKind::ble, "C8:47:8C:00:00:00", "Xdzn_Ble", "", ""}), "BLE ble_c8478c000000");
    EXPECT_EQ(connection_text({LinkKind::ble_library, "C8:47", "daly_bms", "", ""}), "aiobmsble C8:47");
    EXPECT_EQ(connection_text({LinkKind::mqtt, "site/battery", "", "", ""}), "MQTT: site/battery");
}

TEST(Names, ProductNameHoldsTheIdAsTheBmsGivesIt)
{
    EXPECT_EQ(product_name("SP17S005P16S_280.0Ah", serial("/dev/ttyUSB0"), "LLT/JBD"),
              "SerialBattery SP17S005P16S_280.0Ah @ ttyUSB0 (LLT/JBD)");
}

TEST(Names, DefaultCustomNames)
{
    Identity identity;
    identity.type = "T";
    identity.unique_id = "id";
    EXPECT_EQ(default_custom_name(serial("/dev/ttyUSB0"), identity), "");
    const auto ble = [&](LinkKind kind, std::string driver) {
        return default_custom_name({kind, "C8:47:8C:00:12:34", std::move(driver), "", ""}, identity);
    };
    EXPECT_EQ(ble(LinkKind::ble, "Jkbms_Ble"), "SerialBattery(T) 12:34");
    EXPECT_EQ(ble(LinkKind::ble, "Kilovault_Ble"), "SerialBattery(T) 12:34");
    EXPECT_EQ(ble(LinkKind::ble, "LiTime_Ble"), "Bat: T 12:34");
    EXPECT_EQ(ble(LinkKind::ble_library, "daly_bms"), "T (12:34)");
    EXPECT_EQ(ble(LinkKind::serial, "EG4_LL"), "T:id");
    identity.user_label = "Boat";
    EXPECT_EQ(ble(LinkKind::ble, "Kilovault_Ble"), "Boat");
    EXPECT_EQ(ble(LinkKind::ble, "LltJbd_Ble"), "Boat");
}

TEST(Names, OnlyLettersAndDigitsStayInAnId)
{
    EXPECT_EQ(store::sanitised("SP17S005P16S_280.0Ah"), "SP17S005P16S_280_0Ah");
    EXPECT_EQ(store::sanitised("a-b c.d_\xc3\xa4"), "a_b_c_d___");
    EXPECT_EQ(store::settings_group("SP17S_280_0Ah"), "serialbattery_SP17S_280_0AH");
}

TEST(Names, PortIds)
{
    EXPECT_EQ(port_id(serial("/dev/ttyUSB0")), "ttyUSB0__0x01");
    EXPECT_EQ(port_id(serial("/dev/ttyUSB0", "", "\0"s)), "ttyUSB0__0x00");
    EXPECT_EQ(port_id(serial("/dev/serial/by-id/x", "", "\x40")), "serial/by-id/x__0x40");
}

// The ids of the batteries that are there, and those that were there once.
struct Ids {
    std::set<std::string, std::less<>> taken, known;

    UniqueId choose(const Identity& identity, const Place& place, bool use_port = false)
    {
        auto chosen = choose_unique_id(
            identity, place, use_port,
            [&](std::string_view id) { return taken.contains(store::settings_group(store::sanitised(id))); },
            [&](std::string_view id) { return known.contains(store::settings_group(store::sanitised(id))); });
        taken.insert(store::settings_group(store::sanitised(chosen.id)));
        known.insert(store::settings_group(store::sanitised(chosen.id)));
        return chosen;
    }
};

Identity named(Text id, Text serial_number = std::nullopt)
{
    Identity identity;
    identity.unique_id = std::move(id);
    identity.serial_number = std::move(serial_number);
    return identity;
}

TEST(UniqueIds, TheIdOfTheBmsIsUsedAsItIs)
{
    const auto chosen = Ids{}.choose(named("SP17_280.0Ah"), serial("/dev/ttyUSB0"));
    EXPECT_EQ(chosen.id, "SP17_280.0Ah");
    EXPECT_TRUE(chosen.warning.empty());
}

TEST(UniqueIds, NoIdOrThePortAsIdGivesThePortForm)
{
    Ids ids;
    EXPECT_EQ(ids.choose(named("X"), serial("/dev/ttyUSB3", "", "\x07"), true).id, "ttyUSB3__0x07");
    const auto none = ids.choose(named(std::nullopt), serial("/dev/ttyUSB0"));
    EXPECT_EQ(none.id, "ttyUSB0__0x01");
    EXPECT_FALSE(none.warning.empty());
    EXPECT_EQ(ids.choose(named(""), serial("/dev/ttyUSB1")).id, "ttyUSB1__0x01");
}

TEST(UniqueIds, TheLaterOfTwoGetsItsSerialNumberOrItsPort)
{
    Ids ids;
    EXPECT_EQ(ids.choose(named("JK_PB", "100"), serial("/dev/ttyUSB0")).id, "JK_PB");
    const auto second = ids.choose(named("JK_PB", "200"), serial("/dev/ttyUSB0", "", "\x02"));
    EXPECT_EQ(second.id, "JK_PB_200");
    EXPECT_NE(second.warning.find("USE_PORT_AS_UNIQUE_ID"), std::string::npos);
    const auto third = ids.choose(named("JK_PB"), serial("/dev/ttyUSB1", "", "\x03"));
    EXPECT_EQ(third.id, "JK_PB_ttyUSB1__0x03");
    EXPECT_FALSE(third.warning.empty());
    const auto same_serial = ids.choose(named("JK_PB", "200"), serial("/dev/ttyUSB2"));
    EXPECT_EQ(same_serial.id, "JK_PB_ttyUSB2__0x01");
}

TEST(UniqueIds, TheIdsStayWhicheverBatteryStartsFirst)
{
    Ids ids;
    ids.choose(named("JK_PB", "100"), serial("/dev/ttyUSB0"));
    ids.choose(named("JK_PB", "200"), serial("/dev/ttyUSB1"));
    ids.taken.clear();  // the next start, the other way round
    const auto first = ids.choose(named("JK_PB", "200"), serial("/dev/ttyUSB1"));
    EXPECT_EQ(first.id, "JK_PB_200");
    EXPECT_EQ(ids.choose(named("JK_PB", "100"), serial("/dev/ttyUSB0")).id, "JK_PB");
}

TEST(UniqueIds, TwoThatDifferInLetterCaseOnlyShareAGroupSoTheSecondIsRenamed)
{
    Ids ids;
    ids.choose(named("Pack"), serial("/dev/ttyUSB0"));
    const auto second = ids.choose(named("PACK"), serial("/dev/ttyUSB1"));
    EXPECT_EQ(second.id, "PACK_ttyUSB1__0x01");
    EXPECT_FALSE(second.warning.empty());
}

}  // namespace
}  // namespace bmsd::venus
