#pragma once
// Frames and layouts of JBD UP16S boards. What the bytes mean: docs/bms/lltjbd_up16s.md
#include <algorithm>
#include <map>

#include "bms/language/field.h"
#include "bms/language/protocol.h"
#include "util/checksum.h"

namespace bmsd::bms::up16s {

// A frame, in both directions: address, function, start, end, n, n bytes, CRC. A reply repeats all up to the end.
struct Range {
    std::uint8_t function;
    std::uint16_t first, last;
    std::size_t least;  // bytes the reply must have
};
inline constexpr std::uint8_t read_code = 0x78, write_code = 0x79, individual_code = 0x45;
inline constexpr Range pack_status{read_code, 0x1000, 0x10A0, 0}, parameters_1{read_code, 0x1C00, 0x1CA0, 88},
    parameters_2{read_code, 0x2006, 0x2018, 18}, product{read_code, 0x2810, 0x283C, 44},
    individual{individual_code, 0x0000, 0x0054, 100}, soc_write{write_code, 0x2006, 0x2008, 0};
inline constexpr std::size_t echoed = 6, size_at = 6, data_at = 8, around = 10;
inline constexpr std::uint8_t master = 1;

inline constexpr std::array status_table{
    Field{0, u16be, 0.01, &Telemetry::voltage},
    Field{4, u32be, 0.01, &Telemetry::current, 300000},
    Field{10, u16be, 0.01, &Telemetry::capacity_remaining},
    Field{12, u16be, 0.01, &Telemetry::capacity},
    Field{14, u16be, 0.01, &Telemetry::design_capacity},
    Field{16, u16be, 0.1, &Telemetry::temperature_mosfet, 500, 0},  // 0: no sensor
    Field{18, u16be, 0.1, &Telemetry::temperature_ambient, 500, 0},
    Field{22, u16be, 1, &Telemetry::soh},
    Field{36, u16be, 1, &Telemetry::cycles},
    Field{58, u16be, 0.1, &Telemetry::max_battery_voltage},
    Field{60, u16be, 0.1, &Telemetry::max_charge_current},
    Field{62, u16be, 0.1, &Telemetry::min_battery_voltage},
    Field{64, u16be, 0.1, &Telemetry::max_discharge_current},
    Field{66, u16be, 1, &Telemetry::cell_count},
};
inline constexpr std::size_t cells_at = 66, cell_list_at = 68, faults_at = 24, most_cells = 32, most_sensors = 16;
static_assert(fits(status_table, cell_list_at) && apart(status_table));
inline constexpr Field coarse_soc{8, u16be, 0.01, &Telemetry::soc};
inline constexpr std::array fet_bits{Bit{33, 0, &Telemetry::discharge_fet}, Bit{33, 1, &Telemetry::charge_fet}};
inline constexpr ListField cell_list{cell_list_at, 2, u16be, 0.001, &Telemetry::cell_voltages};

// Behind cells and sensors, whose numbers vary.
inline constexpr std::size_t balancing_at = 2, firmware_at = 4, serial_at = 6, text_size = 30, tail_size = 36;

inline constexpr std::array counters_table{
    Field{0, u16be, 0.01, &Telemetry::soc},
    Field{14, u32be, 0.1, &Telemetry::total_ah_drawn},
};
inline constexpr std::array own_limits_table{
    Field{96, u16be, 0.1, &Telemetry::max_charge_current},
    Field{98, u16be, 0.1, &Telemetry::max_discharge_current},
};

// One word: the 32 fault bits, above them the 32 warning bits.
constexpr AlarmBit fault(unsigned bit, Alarm alarm, std::uint8_t level = 2)
{
    return {static_cast<std::uint8_t>(bit), alarm, level};
}
constexpr AlarmBit warning(unsigned bit, Alarm alarm, std::uint8_t level = 1)
{
    return {static_cast<std::uint8_t>(32 + bit), alarm, level};
}
// Fault 25, full charge protection, is the normal end of a charge and no alarm.
inline constexpr std::array alarm_bits{fault(0, Alarm::high_cell_voltage),
                                       warning(0, Alarm::high_cell_voltage),
                                       fault(1, Alarm::low_cell_voltage),
                                       warning(1, Alarm::low_cell_voltage),
                                       fault(2, Alarm::high_voltage),
                                       warning(2, Alarm::high_voltage),
                                       warning(18, Alarm::high_voltage),
                                       fault(3, Alarm::low_voltage),
                                       warning(3, Alarm::low_voltage),
                                       fault(4, Alarm::high_charge_current),
                                       warning(4, Alarm::high_charge_current),
                                       fault(5, Alarm::high_charge_current),
                                       warning(5, Alarm::high_discharge_current),
                                       fault(6, Alarm::high_discharge_current),
                                       fault(7, Alarm::high_discharge_current),
                                       fault(18, Alarm::high_discharge_current),
                                       fault(27, Alarm::high_discharge_current),
                                       fault(8, Alarm::high_charge_temperature),
                                       warning(6, Alarm::high_charge_temperature),
                                       fault(9, Alarm::low_charge_temperature),
                                       warning(7, Alarm::low_charge_temperature),
                                       fault(10, Alarm::high_temperature),
                                       warning(8, Alarm::high_temperature),
                                       fault(13, Alarm::high_temperature),
                                       warning(11, Alarm::high_temperature),
                                       fault(11, Alarm::low_temperature),
                                       warning(9, Alarm::low_temperature),
                                       fault(14, Alarm::low_temperature),
                                       warning(12, Alarm::low_temperature),
                                       fault(12, Alarm::high_internal_temperature),
                                       warning(10, Alarm::high_internal_temperature),
                                       fault(15, Alarm::cell_imbalance),
                                       warning(13, Alarm::cell_imbalance),
                                       fault(16, Alarm::cell_imbalance),
                                       warning(14, Alarm::cell_imbalance),
                                       fault(17, Alarm::low_soc),
                                       warning(15, Alarm::low_soc),
                                       fault(19, Alarm::internal_failure),
                                       fault(20, Alarm::internal_failure),
                                       fault(21, Alarm::internal_failure),
                                       fault(22, Alarm::internal_failure),
                                       fault(23, Alarm::internal_failure),
                                       fault(24, Alarm::internal_failure),
                                       fault(26, Alarm::internal_failure),
                                       warning(16, Alarm::internal_failure, 2),
                                       warning(17, Alarm::internal_failure, 2)};

inline Bytes frame(std::uint8_t address, const Range& range, ByteView data)
{
    Bytes bytes{address, range.function, 0, 0, 0, 0, 0, 0};
    write_be(&bytes[2], 2, range.first);
    write_be(&bytes[4], 2, range.last);
    write_be(&bytes[size_at], 2, data.size());
    append(bytes, data);
    checksum::append_crc16_modbus(bytes);
    return bytes;
}

inline std::size_t frame_length(ByteView so_far)
{
    return so_far.size() < data_at ? data_at : static_cast<std::size_t>(read_be(&so_far[size_at], 2)) + around;
}

/// How many bytes stand before what begins as the reply to `request` does; all of them when nothing does.
inline std::size_t noise_before(ByteView bytes, ByteView request)
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const ByteView rest = bytes.subspan(i, std::min(echoed, bytes.size() - i));
        if (std::equal(rest.begin(), rest.end(), request.begin())) return i;
    }
    return bytes.size();
}

inline Reply<ByteView> open(ByteView reply, ByteView request, std::size_t least)
{
    if (reply.size() < around || reply.size() != frame_length(reply)) return refuse(Refusal::cut_short);
    if (!checksum::crc16_modbus_fits(reply)) return refuse(Refusal::bad_checksum);
    if (reply[0] != request[0]) return refuse(Refusal::wrong_address);
    if (!std::equal(reply.begin() + 1, reply.begin() + echoed, request.begin() + 1)) return refuse(Refusal::wrong_echo);
    const ByteView data = reply.subspan(data_at, reply.size() - around);
    if (data.size() < least) return refuse(Refusal::bad_length);
    return data;
}

/// What stands where in a pack status.
struct Places {
    std::size_t cells, sensors, sensors_at, tail_at;

    static Reply<Places> of(ByteView data)
    {
        if (data.size() < cell_list_at + 2) return refuse(Refusal::bad_length);
        Places layout{};
        layout.cells = static_cast<std::size_t>(read_be(&data[cells_at], 2));
        if (layout.cells == 0 || layout.cells > most_cells) return refuse(Refusal::bad_content);
        layout.sensors_at = cell_list_at + 2 * layout.cells + 2;
        if (data.size() < layout.sensors_at) return refuse(Refusal::bad_length);
        layout.sensors = static_cast<std::size_t>(read_be(&data[layout.sensors_at - 2], 2));
        if (layout.sensors > most_sensors) return refuse(Refusal::bad_content);
        layout.tail_at = layout.sensors_at + 2 * layout.sensors;
        if (data.size() < layout.tail_at + tail_size) return refuse(Refusal::bad_length);
        return layout;
    }
    Field sensor_field(std::size_t index) const
    {
        return {sensors_at + 2 * index, u16be, 0.1, sensor(static_cast<int>(index) + 1), 500, 0};
    }
};

inline constexpr int attempts =
    5;  // of what a battery may not answer, 1 s apart; then it is not asked again in this run

/// Whether a battery answers a question at all; ports other than the master's forward only the pack status.
struct Availability {
    bool available = false;
    int failures = 0;  // before the first valid answer

    bool never() const { return !available && failures >= attempts; }
    void note(Refusal reason)
    {
        if (!available && reason != Refusal::port_taken) ++failures;
    }
};

/// What is known of one battery on a port, for as long as the port is there.
struct Known {
    Availability parameters_1, parameters_2, product, individual, soc_write;
    std::string serial, dates, product_text, firmware;  // empty: not told
};

/// What the batteries of a port share.
struct Bank {
    std::map<std::uint8_t, Known> batteries;
    Number charge, discharge;  // A, limits of the whole bank as the master tells them
    double told_at = 0;        // wall clock, s
};

/// A battery that has what its reading has.
std::unique_ptr<Device> device(Reading& truth, const Line& line);

}  // namespace bmsd::bms::up16s
