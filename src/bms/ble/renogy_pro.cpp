// Renogy Pro batteries over Bluetooth: those of renogy.h with a coarser current. What the bytes mean:
// docs/bms/ble/renogy_pro.md
#include "bms/ble/renogy.h"

namespace bmsd::bms::ble {
namespace {

constexpr auto rows = renogy::rows(renogy::tenths);
constexpr Told delivers = Told{"soc"}.add(rows);

}  // namespace

extern const Entry renogy_pro_bms;
constinit const Entry renogy_pro_bms{
    .name = "aiobmsble_renogy_pro_bms",
    .type = "Renogy BT battery pro",
    .sheet = "ble/renogy_pro",
    .brands = "Renogy Pro batteries (RNGRBP, RNGC)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make_modbus<rows, renogy::address, renogy_pro_bms, false>,
    .device = modbus_device<rows, renogy::address>,
    .gatt = renogy::gatt,
    .transport = Transport::ble,
    .alike = modbus::no_register_in_reply,
};

}  // namespace bmsd::bms::ble
