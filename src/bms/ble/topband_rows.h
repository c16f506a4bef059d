#pragma once
// The frame of Topband batteries, KiloVault's among them. What the bytes mean: docs/bms/ble/topband.md
#include "bms/language/ble.h"

namespace bmsd::bms::topband {

// A start byte, 54 data bytes and the sum of them as hexadecimal text.
inline constexpr std::string_view starts = "\x5E\x83\xB0";
inline constexpr std::size_t data_size = 54, frame_size = 1 + 2 * (data_size + 2);

/// A start byte never stands inside: there another frame begins.
inline std::size_t length(ByteView so_far)
{
    const std::size_t next = 1 + noise_before(so_far.subspan(1), starts);
    return next < so_far.size() && next < frame_size ? next : frame_size;
}
inline const ble::Framing frames{.one_of = starts, .length = length};

/// The data of a frame.
inline Reply<Bytes> open(ByteView frame)
{
    if (frame.size() != frame_size) return refuse(Refusal::cut_short);
    auto data = from_hex(std::string_view(reinterpret_cast<const char*>(frame.data()) + 1, frame_size - 1));
    if (!data) return refuse(Refusal::bad_content);
    if (checksum::sum16(ByteView(*data).first(data_size)) != read_be(&(*data)[data_size], 2))
        return refuse(Refusal::bad_checksum);
    data->resize(data_size);
    return *data;
}

inline Bytes frame(Bytes data, std::uint8_t start = 0x5E)
{
    data.resize(data_size + 2);
    write_be(&data[data_size], 2, checksum::sum16(ByteView(data).first(data_size)));
    Bytes bytes{start};
    for (const char c : to_hex(data)) bytes.push_back(static_cast<std::uint8_t>(c >= 'a' ? c - 'a' + 'A' : c));
    return bytes;
}

inline constexpr std::size_t most_cells = 16;
inline constexpr std::array table{
    Field{4, i32le, 0.001, &Telemetry::current},    Field{8, u32le, 0.001, &Telemetry::capacity},
    Field{12, u16le, 1, &Telemetry::cycles},        Field{14, u16le, 1, &Telemetry::soc},
    Field{16, ble::kelvin<u16le>, 0.01, sensor(1)},
};
inline constexpr std::array cell_list{ListField{22, 2, u16le, 0.001, &Telemetry::cell_voltages}};
inline constexpr std::array alarm_bits{
    AlarmBit{7, Alarm::high_voltage, 2},
    AlarmBit{6, Alarm::low_voltage, 2},
    AlarmBit{5, Alarm::high_charge_current, 2},
    AlarmBit{4, Alarm::high_discharge_current, 2},
    AlarmBit{0, Alarm::high_charge_temperature, 2},
    AlarmBit{1, Alarm::high_temperature, 2},
    AlarmBit{2, Alarm::low_charge_temperature, 2},
    AlarmBit{3, Alarm::low_temperature, 2},
};
inline constexpr std::size_t status_at = 18;
inline constexpr std::array alarm_word{AlarmWord{status_at, u8, alarm_bits}};

/// All places there are; which of them are cells: Host::settle_cells().
inline Reply<void> take_cells(ByteView data, Reading& reading)
{
    decode(cell_list[0], data, most_cells, reading.telemetry);
    return {};
}
inline constexpr Layout layout{
    .least = data_size,
    .fields = table,
    .alarms = alarm_word,
    .take = take_cells,
    .fill = [](Bytes& data, const Reading& reading) { encode(cell_list[0], data, reading.telemetry); }};

}  // namespace bmsd::bms::topband
