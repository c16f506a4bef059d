#pragma once
// The SPI frames and the scales of the MAX17853, the chip of the MNB board. Source: the sheet MNB, sections 3 and 5.
//
// A transfer is 4 bytes both ways at once. Out: RW (1 read), register, CRC-3 of these nine bits, 16 bits of data, RW
// again, CRC-3 of the data. In, of a read: status flags and their CRC-3, then the data as above.
#include <array>

#include "bms/language/refusal.h"
#include "util/bytes.h"

namespace bmsd::bms::max17853 {

inline constexpr std::size_t frame_size = 4;
using Frame = std::array<std::uint8_t, frame_size>;

Frame read_frame(std::uint8_t reg);
Frame write_frame(std::uint8_t reg, std::uint16_t data);
/// What the chip sends while a read comes in.
Frame answer_frame(std::uint16_t data, std::uint8_t flags = 0);

struct Request {
    bool read;
    std::uint8_t reg;
    std::uint16_t data;
};
/// What the host sent; refused when a checksum is wrong.
Reply<Request> open_request(ByteView frame);

struct Answer {
    std::uint16_t data;
    std::uint8_t flags;
    bool sound;  // the checksum of the data is right
};
/// Of 4 bytes.
Answer open_answer(ByteView frame);

/// Results of 14 bits sit in the upper bits of the data.
constexpr std::uint16_t raw_of(std::uint16_t data)
{
    return static_cast<std::uint16_t>(data >> 2);
}
inline constexpr std::uint16_t most_raw = 0x3FFF;
/// At an end of its range a result is no measurement: nothing is connected, or it is beyond.
constexpr bool at_an_end(std::uint16_t data)
{
    return raw_of(data) == 0 || raw_of(data) == most_raw;
}

// Data of a result or a threshold, from and to the unit it stands for. To data: rounded down, limited to what fits.
double cell_voltage(std::uint16_t data);  // V
std::uint16_t cell_voltage_data(double volts);
double block_voltage(std::uint16_t data);  // V
std::uint16_t block_voltage_data(double volts);
double current(std::uint16_t data);  // A, + charges
std::uint16_t current_data(double amperes);
double thermistor(std::uint16_t data);  // degC
std::uint16_t thermistor_data(double celsius);
double die_temperature(std::uint16_t data);  // degC
std::uint16_t die_temperature_data(double celsius);

enum Register : std::uint8_t {
    status1 = 0x02,
    status2 = 0x03,
    fema1 = 0x05,
    last_status = 0x06,
    current_sense = 0x47,
    first_cell = 0x48,
    die = 0x57,
    first_thermistor = 0x59,
    scan_control = 0x66,
    balance_enable = 0x6F,
    first_timer = 0x71,
    last_timer = 0x78,
    balance_control = 0x80,
    scan_start = 0x83,
};
inline constexpr std::uint16_t data_ready = 1U << 13, scan_done = 1U << 15;
inline constexpr std::size_t cells = 8, thermistors = 6;

}  // namespace bmsd::bms::max17853
