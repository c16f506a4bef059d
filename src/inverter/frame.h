#pragma once
// A frame towards an inverter as rows over Values, declared once and used in both directions: what bmsd sends, and what
// a recorded bus says. Source: core/can-out.md sections 1 to 1.3 and 4.
#include <cstdint>
#include <span>
#include <string_view>

#include "inverter/values.h"
#include "model/can_frame.h"

namespace bmsd::inverter {

enum class Coding : std::uint8_t { u8, u16, s16, u32 };
enum class Rounding : std::uint8_t { nearest, down, up };

/// A number at byte `at`: raw = (value + offset) / unit, rounded, kept inside of the coding (never wrapped).
struct NumberRow {
    std::uint8_t at;
    Coding coding;
    double unit;
    Number Values::*member;
    bool needed = false;  // without it there is no frame
    Rounding rounding = Rounding::nearest;
    double offset = 0;
};

/// A cell's voltage in mV.
struct CellRow {
    std::uint8_t at;
    std::uint8_t cell;  // from 0
};

/// 8 characters of a text from `from`, padded with blanks; without the text there is no frame.
struct TextRow {
    Text Values::*member;
    std::uint8_t from = 0;
};

struct ByteRow {
    std::uint8_t at, value;
};

/// A bit that is a flag of Values; an absent flag is sent as 0.
struct FlagRow {
    std::uint8_t at, bit;
    Flag Values::*member;
};

/// Alarms an inverter does not tell apart; its level is the highest of theirs.
using AlarmGroup = std::uint16_t;  // a bit an Alarm
template <class... A>
constexpr AlarmGroup group(A... alarms)
{
    return static_cast<AlarmGroup>(((1U << static_cast<unsigned>(alarms)) | ...));
}

/// A bit that is set while the group has exactly this level: 2 = protection, 1 = warning.
struct AlarmRow {
    std::uint8_t at, bit;
    AlarmGroup alarms;
    std::uint8_t level;
};

/// Two bits: 01 active, 10 not active; what no alarm of ours means is never active.
struct PairRow {
    std::uint8_t at, shift;
    AlarmGroup alarms;
    std::uint8_t level;
};

struct Frame {
    std::uint16_t id = 0;
    std::span<const NumberRow> numbers{};
    std::span<const CellRow> cells{};
    std::span<const TextRow> texts{};
    std::string_view literal{};  // padded to 8 with blanks
    std::span<const ByteRow> bytes{};
    std::span<const FlagRow> flags{};
    std::span<const AlarmRow> alarms{};
    std::span<const PairRow> pairs{};
    bool big_endian = false;
    bool mark_absent = false;                                       // absent numbers as 0xFFFF or 0x8000 (SMA); else 0
    void (*more)(const Values& values, CanFrame& frame) = nullptr;  // what no row can say
};

/// The 8 bytes for `values`, or nothing where a value is missing without which the frame would lie.
std::optional<CanFrame> encode(const Frame& frame, const Values& values);

/// What the bytes say, into `values`; what they do not say stays. Fewer than 8 bytes: rows beyond the end say nothing.
void decode(const Frame& frame, ByteView data, Values& values);

}  // namespace bmsd::inverter
