#include "bms/types/max17853.h"

#include <algorithm>
#include <cmath>

namespace bmsd::bms::max17853 {
namespace {

constexpr double cell_step = 0.000305, block_step = 0.003967;                         // V
constexpr double shunt_middle = 2.5, shunt_gain = 0.025, shunt_offset = 2.2;          // V, V/A, A
constexpr double thermistor_slope = 0.01998, thermistor_offset = 12.74;               // 1/K, K
constexpr double die_reference = 2.3077, die_slope = 0.0032, die_offset = 8.3 - 273;  // V, V/K, K

/// x^3 + x + 1, start 0, most significant bit first.
constexpr std::uint8_t crc3(std::uint32_t value, int bits)
{
    std::uint32_t rest = value << 3;
    for (int bit = bits + 2; bit >= 3; --bit) {
        if ((rest >> bit & 1) != 0) rest ^= 0b1011U << (bit - 3);
    }
    return static_cast<std::uint8_t>(rest);
}
static_assert(crc3(0x166, 9) == 1 && crc3(0x0E21, 16) == 2);

Frame frame(bool read, std::uint8_t reg, std::uint16_t data)
{
    const std::uint8_t rw = read ? 1 : 0;
    const std::uint8_t address_crc = crc3(static_cast<std::uint32_t>(rw << 8 | reg), 9);
    Frame bytes{};
    bytes[0] = static_cast<std::uint8_t>(rw << 7 | reg >> 1);
    bytes[1] = static_cast<std::uint8_t>((reg & 1) << 7 | address_crc << 4 | data >> 12);
    bytes[2] = static_cast<std::uint8_t>(data >> 4);
    bytes[3] = static_cast<std::uint8_t>((data & 15) << 4 | rw << 3 | crc3(data, 16));
    return bytes;
}

std::uint16_t data_of(ByteView frame)
{
    return static_cast<std::uint16_t>((frame[1] & 15) << 12 | frame[2] << 4 | frame[3] >> 4);
}

std::uint16_t result(double raw)
{
    return static_cast<std::uint16_t>(static_cast<int>(std::clamp(std::floor(raw), 0.0, double{most_raw})) << 2);
}

}  // namespace

Frame read_frame(std::uint8_t reg)
{
    return frame(true, reg, 0);
}

Frame write_frame(std::uint8_t reg, std::uint16_t data)
{
    return frame(false, reg, data);
}

Frame answer_frame(std::uint16_t data, std::uint8_t flags)
{
    Frame bytes = frame(true, 0, data);
    bytes[0] = static_cast<std::uint8_t>(flags << 3 | crc3(flags, 5));
    bytes[1] = static_cast<std::uint8_t>(bytes[1] & 15);
    return bytes;
}

Reply<Request> open_request(ByteView bytes)
{
    if (bytes.size() != frame_size) return refuse(Refusal::bad_length);
    const bool read = (bytes[0] & 0x80) != 0;
    const auto reg = static_cast<std::uint8_t>((bytes[0] & 0x7F) << 1 | bytes[1] >> 7);
    const std::uint16_t data = data_of(bytes);
    const Frame right = frame(read, reg, data);
    if (!std::equal(right.begin(), right.end(), bytes.begin())) return refuse(Refusal::bad_checksum);
    return Request{read, reg, data};
}

Answer open_answer(ByteView bytes)
{
    const std::uint16_t data = data_of(bytes);
    return {data, static_cast<std::uint8_t>(bytes[0] >> 3), crc3(data, 16) == (bytes[3] & 7)};
}

double cell_voltage(std::uint16_t data)
{
    return raw_of(data) * cell_step;
}
std::uint16_t cell_voltage_data(double volts)
{
    return result(volts / cell_step);
}
double block_voltage(std::uint16_t data)
{
    return raw_of(data) * block_step;
}
std::uint16_t block_voltage_data(double volts)
{
    return result(volts / block_step);
}
double current(std::uint16_t data)
{
    return (raw_of(data) * cell_step - shunt_middle) / shunt_gain + shunt_offset;
}
std::uint16_t current_data(double amperes)
{
    return result(((amperes - shunt_offset) * shunt_gain + shunt_middle) / cell_step + 0.5);
}
double thermistor(std::uint16_t data)
{
    return std::log(double{most_raw} / (raw_of(data) + 1)) / thermistor_slope - thermistor_offset;
}
std::uint16_t thermistor_data(double celsius)
{
    return result(most_raw / std::exp(thermistor_slope * (celsius + thermistor_offset)));
}
double die_temperature(std::uint16_t data)
{
    return raw_of(data) / 16384.0 * die_reference / die_slope + die_offset;
}
std::uint16_t die_temperature_data(double celsius)
{
    return result((celsius - die_offset) * die_slope / die_reference * 16384 + 0.5);
}

}  // namespace bmsd::bms::max17853
