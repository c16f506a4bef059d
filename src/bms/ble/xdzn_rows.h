#pragma once
// What XDZN, WattCycle and TDT batteries tell. What the bytes mean: docs/bms/ble/tdt.md
#include "bms/language/ble.h"
#include "bms/language/requests.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble::xdzn {

// Head, version, device, function, data point, length of the data, data, CRC with its high byte first, 0D.
inline constexpr Envelope frames{.start = "",
                                 .head = 8,
                                 .count_at = 6,
                                 .count = u16be,
                                 .echo_at = 4,
                                 .echo_size = 2,
                                 .sum = big_endian<checksum::crc16_modbus>,
                                 .end = "\x0D"};
enum class Point : std::uint8_t { analog = 0x8C, warning = 0x8D, product = 0x92 };

/// Where the names of the family and of the maker differ.
struct Dialect {
    std::span<const TextField> product;  // 60 bytes
    std::span<const Field> sensors;      // in the order of the wire
    std::string_view versions = {};      // of a reply; empty: any
    bool soh = false;                    // told by the longer replies
    bool second_of_two = false;          // with two sensors the second is "1"
    bool needs_product = false;          // no battery without it
    bool needs_warning = true;
    bool asks_whether_open = false;  // the reply to the unlocking is read
    bool serial_is_id = false;
};

class Xdzn : public Host {
  public:
    Xdzn(const Entry& entry, const Setup& setup, const Dialect& dialect) : Host(entry, setup), dialect_(dialect) {}

  protected:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override;
    Task<Reply<void>> read(Channel& channel, Reading& reading) override;

  private:
    struct Row : Request {
        Point point;
        Reply<void> (*take)(const Dialect& dialect, ByteView data, Reading& reading);
    };
    static const Row product_row, analog_row, warning_row, needed_warning_row;

    Task<Reply<void>> ask_for(Channel& channel, const Row& row, Reading& reading, bool once = false);
    std::size_t length(ByteView so_far) const;
    Task<Reply<void>> find_head(Channel& channel, Reading& reading);

    const Dialect& dialect_;
    std::uint8_t head_ = 0;
    Requests requests_;
};

/// Both know the same frames.
class XdznDevice : public Device {
  public:
    XdznDevice(Reading& truth, const Dialect& dialect) : truth_(truth), dialect_(dialect) {}
    std::size_t receive(ByteView input, Bytes& reply) override;
    std::optional<Bytes> value(std::string_view uuid) override;

  private:
    Bytes data_of(Point point) const;

    Reading& truth_;
    const Dialect& dialect_;
};

inline constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff2", .command_first = true}};
/// What all of them tell.
constexpr Told told(std::string_view more)
{
    return {"cell_count", "cell_voltages",  "voltage",    "current",       "soc",
            "capacity",   "cycles",         "charge_fet", "discharge_fet", "capacity_remaining",
            "alarms",     "cell_balancing", "balancing",  "temperatures",  "temperature_mosfet",
            more};
}

}  // namespace bmsd::bms::ble::xdzn
