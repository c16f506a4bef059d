#pragma once
// Modbus RTU over Bluetooth: the rows of modbus.h, asked as Bluetooth asks (ble.h), and both ends of it.
//
//   constexpr modbus::Row rows[]{{{"Vatrer values (0000)"}, {0x0000, 20}, {.fields = value_table}}, ...};
//   .make = ble::make_modbus<rows, 0x02, vatrer_bms>, .device = ble::modbus_device<rows, 0x02>,
#include "bms/language/ble.h"
#include "bms/language/modbus.h"

namespace bmsd::bms::ble {

/// Asks the device at `address` for `block` until `take` accepts the data. What does not begin as the answer does
/// (address, function, number of bytes) is noise, a reply to another block among it.
Task<Reply<void>> read_block(Channel& channel, std::uint8_t address, modbus::Block block, modbus::Take take,
                             bool once = false);

/// The host side. Settings are asked for once on each connection, one by one, and may stay unanswered: what they tell
/// is absent then. The other rows are asked in each poll.
class ModbusHost : public Host {
  public:
    /// `rows` must outlive it. With `information` the device information service is read, too.
    ModbusHost(const Entry& entry, const Setup& setup, std::uint8_t address, std::span<const modbus::Row> rows,
               bool information)
        : Host(entry, setup), address_(address), rows_(rows), information_(information)
    {
    }

  protected:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override;
    Task<Reply<void>> read(Channel& channel, Reading& reading) override;
    /// One row, of this or another unit behind the same link.
    Task<Reply<void>> take(Channel& channel, std::uint8_t address, const modbus::Row& row, Reading& reading);

  private:
    std::uint8_t address_;
    std::span<const modbus::Row> rows_;
    bool information_;
    Requests requests_;
};

/// Entry::make and Entry::device of types that are no more than their rows.
template <const auto& rows, std::uint8_t address, const Entry& entry, bool information = true>
std::unique_ptr<Protocol> make_modbus(const Setup& setup)
{
    return std::make_unique<ModbusHost>(entry, setup, address, rows, information);
}
template <const auto& rows, std::uint8_t address>
std::unique_ptr<Device> modbus_device(Reading& truth, const Line&)
{
    return std::make_unique<modbus::ModbusDevice>(truth, address, rows);
}

}  // namespace bmsd::bms::ble
