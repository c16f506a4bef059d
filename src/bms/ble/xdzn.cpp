// XDZN and WattCycle batteries, by the name of their maker. What the bytes mean: docs/bms/ble/tdt.md
#include "bms/ble/xdzn_rows.h"

namespace bmsd::bms::ble {
namespace {

constexpr std::int64_t freezing = 2730;
constexpr Field sensor_field(std::size_t index, Target target)
{
    return {2 * index, u16be, 0.1, target, freezing};
}
// The second one is on the board and shown nowhere: the first one comes behind it and counts.
constexpr std::array sensor_table{sensor_field(1, &Telemetry::temperature_mosfet),
                                  sensor_field(0, &Telemetry::temperature_mosfet),
                                  sensor_field(2, sensor(1)),
                                  sensor_field(3, sensor(2)),
                                  sensor_field(4, sensor(3)),
                                  sensor_field(5, sensor(4))};
constexpr TextField product_texts[]{
    {0, 20, &Identity::hardware_version}, {20, 20, &Identity::manufacturer}, {40, 20, &Identity::serial_number}};
constexpr xdzn::Dialect dialect{.product = product_texts,
                                .sensors = sensor_table,
                                .soh = true,
                                .second_of_two = true,
                                .needs_product = true,
                                .needs_warning = false,
                                .serial_is_id = true};
constexpr Told delivers = xdzn::told("soh").add(Layout{.texts = product_texts});

}  // namespace

extern const Entry xdzn_ble;
constinit const Entry xdzn_ble{
    .name = "Xdzn_Ble",
    .type = "XDZN_BLE",
    .sheet = "xdzn_ble",
    .brands = "XDZN, WattCycle",
    .wiring = "Bluetooth",
    .lines = lines,
    .interval = 10s,
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> {
        return std::make_unique<xdzn::Xdzn>(xdzn_ble, setup, dialect);
    },
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<xdzn::XdznDevice>(truth, dialect);
    },
    .gatt = xdzn::gatt,
    .transport = Transport::ble,
    .flow_means_on = true,
};

}  // namespace bmsd::bms::ble
