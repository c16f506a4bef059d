#pragma once
// What EG4 LifePower and Revov packs (both of TianPower make) share: frames with a weak check byte, data in groups of
// words, and so both ends of the line. What the bytes mean: docs/bms/eg4_lifepower.md, docs/bms/revov.md
#include <array>

#include "bms/language/field.h"
#include "bms/language/protocol.h"

namespace bmsd::bms::groups {

// Start, address, command, number of data bytes, data, check, 0D.
inline constexpr std::uint8_t end_mark = 0x0D, telemetry = 0x01, firmware = 0x33, hardware = 0x42;
inline constexpr std::size_t size_at = 3, head = 4, around = 6, most_cells = 32;
inline constexpr std::string_view weak_check = "the check byte lets every second flipped bit pass";

Bytes frame(std::uint8_t start, std::uint8_t address, std::uint8_t command, ByteView data);

/// The data of `reply`.
Reply<ByteView> open(ByteView reply, std::uint8_t start, std::uint8_t address, std::uint8_t command);

/// Takes the first frame out of what a host sent, for device sides: how many bytes are done with; `request` is the
/// frame when it is whole and good.
std::size_t take_request(ByteView input, std::uint8_t start, ByteView& request);

/// The groups of a telemetry reply: number, count, count words each.
class Groups {
  public:
    static constexpr std::size_t most = 10;
    /// Ends at the first group above `last`: some boards send more behind it whose values are not words.
    static Reply<Groups> of(ByteView data, std::size_t last);
    /// The words of a group; empty = not there.
    ByteView operator[](std::size_t number) const { return words_[number]; }

  private:
    std::array<ByteView, most + 1> words_{};
};

void append_group(Bytes& data, std::uint8_t number, ByteView words);

/// The two highest bits of a cell's word are alarm flags.
inline constexpr Wire cell_word{2, [](const std::uint8_t* data) { return u16be.get(data) & 0x3FFF; }, u16be.put, 0,
                                0x3FFF};
inline constexpr ListField cell_list{0, 2, cell_word, 0.001, &Telemetry::cell_voltages};

struct GroupField {
    std::size_t group;
    Field field;
};
inline constexpr std::array group_table{
    GroupField{2, {0, u16be, -0.01, &Telemetry::current, 30000}}, GroupField{3, {0, u16be, 0.01, &Telemetry::soc}},
    GroupField{4, {0, u16be, 0.01, &Telemetry::capacity}},        GroupField{7, {0, u16be, 1, &Telemetry::cycles}},
    GroupField{8, {0, u16be, 0.01, &Telemetry::voltage}},         GroupField{9, {0, u16be, 0.01, &Telemetry::soh}},
};

// Group 5: the low byte of each word, degC + 50; the high bytes carry flags.
inline constexpr std::size_t sensors_group = 5, status_group = 6, cells_group = 1;
constexpr Field sensor_word(std::size_t index, Target target)
{
    return {2 * index + 1, u8, 1, target, 50, 0};  // 0: no sensor
}
inline constexpr std::array sensor_table{sensor_word(0, sensor(1)), sensor_word(1, sensor(2)),
                                         sensor_word(2, sensor(3)), sensor_word(3, sensor(4))};

/// What sets the types apart.
struct Dialect {
    std::string_view type;                 // published
    std::string_view start;                // the one byte a frame begins with
    Duration first, rest;                  // of a reply
    int tries;                             // of the telemetry
    std::size_t last_group;                // those above it are not read
    std::span<const std::uint8_t> needed;  // without these groups there is no reading
    std::span<const Field> sensors;
    std::span<const AlarmBit> alarms;
    std::uint64_t (*read_status)(std::uint64_t word) = nullptr;   // to a word that `alarms` can say
    std::uint64_t (*write_status)(std::uint64_t word) = nullptr;  // and back
    bool fets_count_as_on = false;   // it tells no FETs; charging and discharging stay allowed
    std::uint8_t plain_address = 0;  // not 0: any other address stands in the unique id
};

std::unique_ptr<Protocol> protocol(const Dialect& dialect, std::uint8_t address);
std::unique_ptr<Device> device(const Dialect& dialect, Reading& truth, std::uint8_t address);

}  // namespace bmsd::bms::groups
