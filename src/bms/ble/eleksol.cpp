// Eleksol batteries: a JBD board behind other characteristics. What the bytes mean: docs/bms/lltjbd.md
#include "bms/ble/jbd.h"

namespace bmsd::bms::ble {
namespace {

constexpr Gatt gatt[]{{.service = "ff06", .notify = "ff07", .write = "ff08"},
                      {.service = "ff00", .notify = "ff01", .write = "ff02"},
                      {.service = "fff0", .notify = "fff1", .write = "fff2"}};

}  // namespace

extern const Entry eleksol_bms;
constinit const Entry eleksol_bms{
    .name = "aiobmsble_eleksol_bms",
    .type = "Jiabaida Eleksol BMS",
    .sheet = "ble/eleksol",
    .brands = "Eleksol",
    .wiring = "Bluetooth; a password stands behind the address in BLUETOOTH_BMS",
    .lines = lines,
    .delivers = jbd::delivers,
    .make = make<jbd::Jbd, eleksol_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<jbd::JbdDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
    .unproven = true,
};

}  // namespace bmsd::bms::ble
