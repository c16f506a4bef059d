#pragma once
// What the data of one reply carry: its tables, for both directions. Offsets are bytes of data. What no table can say
// stands in a function beside them.
#include "bms/language/field.h"
#include "bms/language/refusal.h"

namespace bmsd::bms {

/// How a date travels.
struct DateCode {
    std::size_t size;
    Text (*get)(const std::uint8_t* data);
    void (*put)(std::uint8_t* data, int year, int month, int day);
};
extern const DateCode packed_date;  // u16, most significant byte first: day bits 0-4, month 5-8, year - 2000 9-15
extern const DateCode three_bytes;  // year - 2000, month, day

struct DateField {
    std::size_t offset;
    const DateCode& code;
    Text Identity::*member = &Identity::production_date;
};

/// Which cells balance, a bit each, bit 0 the first cell.
struct BalanceMask {
    std::size_t offset;
    Wire wire;
};

/// A status word whose bits nobody can name, or not all: problem_code = its bits inside `mask`. internal_failure is 1
/// while one of `failures` is set and 0 while none is; without failures it is not touched.
struct ProblemWord {
    std::size_t offset;
    Wire wire;
    std::uint64_t mask = ~std::uint64_t{0};
    std::uint64_t failures = ~std::uint64_t{0};
};
void decode(const ProblemWord& word, ByteView data, Telemetry& telemetry);
void encode(const ProblemWord& word, MutableBytes data, const Telemetry& telemetry);

/// Temperature sensors one behind the other, as many as the reply says: the first four are "1".."4". More than `most`
/// is refused.
struct SensorList {
    std::size_t count_at;
    Wire count;
    std::size_t most;
    std::size_t offset, stride;
    Wire wire;
    double scale;
    std::int64_t zero = 0;
    std::optional<std::int64_t> absent = std::nullopt;
    std::span<const Target> behind = {};  // sensors that are not counted and stand behind the counted ones
};
Reply<void> decode(const SensorList& list, ByteView data, Telemetry& telemetry);
void encode(const SensorList& list, MutableBytes data, const Telemetry& telemetry);

struct Layout {
    std::size_t least = 0;  // bytes; a shorter reply is refused
    std::span<const Field> fields = {};
    std::span<const Bit> bits = {};
    std::span<const AlarmWord> alarms = {};
    std::span<const TextField> texts = {};
    std::span<const DateField> dates = {};
    std::span<const ListField> lists = {};  // as many elements as there are cells
    std::int64_t most_cells = 0;            // not 0: refused without 1 to so many cells, all in it
    std::size_t cell_places = 0;            // not 0: nobody tells how many cells there are; see count_cells()
    const SensorList* sensors = nullptr;
    std::span<const BalanceMask> balancing = {};
    const ProblemWord* problem = nullptr;
    Text Identity::*whole_text = nullptr;                            // all of the data
    Reply<void> (*take)(ByteView data, Reading& reading) = nullptr;  // after the tables
    void (*fill)(Bytes& data, const Reading& reading) = nullptr;     // same; may make the data longer
};

/// cell_count where no device tells it: the last of `places` elements of `list` that is not 0. It stays what it was in
/// the first reply: with fewer cells later a reply is refused.
Reply<void> count_cells(const ListField& list, ByteView data, std::size_t places, Telemetry& telemetry);

Reply<void> take(const Layout& layout, ByteView data, Reading& reading);
Bytes fill(const Layout& layout, const Reading& reading);
/// Makes absent what the tables name.
void forget(const Layout& layout, Reading& reading);

}  // namespace bmsd::bms
