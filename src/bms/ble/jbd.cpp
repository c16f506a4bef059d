// JBD boards over Bluetooth, by the name of the aiobmsble family.
#include "bms/ble/jbd.h"

namespace bmsd::bms::ble {
namespace {

constexpr Gatt gatt[]{{.service = "ff00", .notify = "ff01", .write = "ff02"},
                      {.service = "fff0", .notify = "fff1", .write = "fff2"}};

}  // namespace

extern const Entry jbd_bms;
constinit const Entry jbd_bms{
    .name = "aiobmsble_jbd_bms",
    .type = "Jiabaida smart BMS",
    .sheet = "ble/jbd",
    .brands = "JBD, Daren, Docan, Lossigy, Supervolt, SBL, OGRPHY, CERRNSS, Chins, Liontron",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = jbd::delivers,
    .make = make<jbd::Jbd, jbd_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<jbd::JbdDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
