#pragma once
// The reply of LiTime, Redodo and Power Queen batteries. What the bytes mean: docs/bms/ble/redodo.md
#include "bms/language/ble.h"
#include "bms/language/fitted.h"

namespace bmsd::bms::ble::litime {

// 00 00, what follows but for the sum counted, 01, 93, data, sum. The data begin with 55 AA.
inline constexpr std::uint8_t question[]{0x00, 0x00, 0x04, 0x01, 0x13, 0x55, 0xAA, 0x17};
inline constexpr std::uint8_t answers = 0x93;
inline constexpr Envelope frames{.start = std::string_view("\0\0", 2),
                                 .head = 5,
                                 .count_at = 2,
                                 .count_more = 2,
                                 .echo_at = 4,
                                 .sum = big_endian<checksum::sum8>};
inline constexpr std::size_t data_size = 99, most_cells = 16;

inline constexpr std::array table{
    Field{43, i32le, 0.001, &Telemetry::current},
    Field{47, i16le, 1, sensor(1)},
    Field{49, i16le, 1, &Telemetry::temperature_mosfet},
    Field{51, i16le, 1, sensor(2)},
    Field{57, u16le, 0.01, &Telemetry::capacity_remaining},
    Field{59, u16le, 0.01, &Telemetry::capacity},
    Field{79, u32le, 1, &Telemetry::balancing},
    Field{85, u16le, 1, &Telemetry::soc},
    Field{87, u32le, 1, &Telemetry::soh},
    Field{91, u32le, 1, &Telemetry::cycles},
    Field{95, u32le, 1, &Telemetry::total_ah_drawn},
};
static_assert(fits(table, data_size) && apart(table));
inline constexpr Field terminals{3, u32le, 0.001, &Telemetry::voltage};
inline constexpr Field sum_of_cells{7, u32le, 0.001, &Telemetry::voltage};
inline constexpr ListField cell_lists[]{{11, 2, u16le, 0.001, &Telemetry::cell_voltages, 0, 0}};
inline constexpr BalanceMask balance_mask[]{{79, u32le}};
inline constexpr std::array protection_bits{
    AlarmBit{2, Alarm::high_voltage, 2},
    AlarmBit{5, Alarm::low_voltage, 2},
    AlarmBit{6, Alarm::high_charge_current, 2},
    AlarmBit{7, Alarm::high_discharge_current, 2},
    AlarmBit{14, Alarm::high_discharge_current, 2},
    AlarmBit{8, Alarm::high_temperature, 2},
    AlarmBit{9, Alarm::high_temperature, 2},
    AlarmBit{10, Alarm::low_temperature, 2},
    AlarmBit{11, Alarm::low_temperature, 2},
};
inline constexpr AlarmWord protection_word[]{{71, u32le, protection_bits}};

/// What is no plain number: the states of the FETs, and what counts as a failure.
Reply<void> take_states(ByteView data, Reading& reading);
void fill_states(Bytes& data, const Reading& reading);

inline constexpr Layout layout{.least = data_size,
                               .fields = table,
                               .alarms = protection_word,
                               .lists = cell_lists,
                               .cell_places = most_cells,
                               .balancing = balance_mask,
                               .take = take_states,
                               .fill = fill_states};

/// Either voltage of the reply is the one that is shown.
class Litime : public Host {
  public:
    Litime(const Entry& entry, const Setup& setup, const Field& voltage, bool information)
        : Host(entry, setup), voltage_(voltage), information_(information)
    {
    }

  protected:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override;
    Task<Reply<void>> read(Channel& channel, Reading& reading) override;

  private:
    const Field& voltage_;
    bool information_;
    Fitted<1> second_;  // a place without sensor reads 0 degC
};

std::unique_ptr<Device> device(Reading& truth, const Line& line);

inline constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe2"}};

}  // namespace bmsd::bms::ble::litime
