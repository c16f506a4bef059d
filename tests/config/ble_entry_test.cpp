#include "config/ble_entry.h"

#include <gtest/gtest.h>

namespace bmsd::config {
namespace {

TEST(BleEntry, TypeAndAddress)
{
    const auto entry = parse_ble_entry("LltJbd_Ble  a4:c1:37:00:11:2f");
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->type, "LltJbd_Ble");
    EXPECT_EQ(entry->mac, "A4:C1:37:00:11:2F");
    EXPECT_TRUE(entry->adapter.empty() && entry->secret.empty());
}

TEST(BleEntry, AdapterAndPasswordInAnyOrder)
{
    for (const char* text : {"aiobmsble_jbd_bms A4:C1:37:00:11:22 adapter=hci1 000000",
                             "AIOBMSBLE_JBD_BMS A4:C1:37:00:11:22 000000 adapter=hci1"}) {
        const auto entry = parse_ble_entry(text);
        ASSERT_TRUE(entry) << text;
        EXPECT_EQ(entry->adapter, "hci1");
        EXPECT_EQ(entry->secret, "000000");
    }
}

TEST(BleEntry, WhatIsNone)
{
    for (const char* text :
         {"", "LltJbd_Ble", "A4:C1:37:00:11:22", "LltJbd A4:C1:37:00:11:22", "lltjbd_ble A4:C1:37:00:11:22",
          "LltJbd_Ble A4:C1:37:00:11", "LltJbd_Ble A4-C1-37-00-11-22", "LltJbd_Ble A4:C1:37:00:11:22 one two",
          "LltJbd_Ble A4:C1:37:00:11:22 adapter=usb0", "LltJbd_Ble A4:C1:37:00:11:22 adapter=hci",
          "LltJbd_Ble A4:C1:37:00:11:22 adapter=", "LltJbd_Ble A4:C1:37:00:11:22 adapter=hci0 adapter=hci1",
          "LltJbd_Ble A4:C1:37:00:11:22 caf\xC3\xA9", "aiobmsble__bms A4:C1:37:00:11:22",
          "aiobmsble_nobody_bms A4:C1:37:00:11:22", "LltJbd_Ble A4:C1:37:00:11:22\nx"})
        EXPECT_FALSE(parse_ble_entry(text)) << text;
}

TEST(BleEntry, PasswordsAreNotShown)
{
    EXPECT_EQ(
        without_passwords("aiobmsble_jbd_bms A4:C1:37:00:11:22 123456,LltJbd_Ble A4:C1:37:00:11:23 adapter=hci1 x"),
        "aiobmsble_jbd_bms A4:C1:37:00:11:22 ***,LltJbd_Ble A4:C1:37:00:11:23 adapter=hci1 ***");
    EXPECT_EQ(without_passwords("nobody"), "nobody");
}

}  // namespace
}  // namespace bmsd::config
