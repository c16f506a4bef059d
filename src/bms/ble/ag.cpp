// AG Power Lithium: the E&J protocol. What the bytes mean: docs/bms/ble/ej.md
#include "bms/ble/ej.h"

namespace bmsd::bms::ble {
namespace {

constexpr Gatt gatt[]{{.service = "00008000-0000-1000-8000-57616c6b697a",
                       .notify = "00008002-0000-1000-8000-57616c6b697a",
                       .write = "00008001-0000-1000-8000-57616c6b697a"}};

}  // namespace

extern const Entry ag_bms;
const Entry ag_bms{
    .name = "aiobmsble_ag_bms",
    .type = "AG Automotive AG Power Lithium",
    .sheet = "ble/ag",
    .brands = "AG Automotive (AG100L...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = ej_delivers(),
    .make = [](const Setup& setup) { return make_ej(ag_bms, setup); },
    .device = ej_device,
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
