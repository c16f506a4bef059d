#pragma once
// Every path of a battery's service, in one table: where its value comes from, how it is rounded and shown, when it
// exists. Source: core/dbus.md section 4. Paths of our own: docs/dbus.md.
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "bus/value.h"
#include "config/config.h"
#include "model/command.h"
#include "model/snapshot.h"
#include "store/setting_names.h"

namespace bmsd::venus {

/// What the service of a battery shows beside the snapshots; fixed when the service is made.
struct Context {
    const config::Config* config = nullptr;  // outlives the service or is replaced by Service::reconfigure()
    std::string process_name;
    std::string process_version;
    std::string connection;    // connection_text()
    std::string product_name;  // product_name()
    std::string serial;        // store::sanitised unique id
    std::string custom_name;   // saved or default
    std::string not_saved;     // why what is to outlive the process does not; empty: it does
    std::int64_t device_instance = 0;
    std::size_t cell_count = 0;
    Commands commands;  // what the BMS can be told
};

/// What a row reads: the snapshot, the context and, for the rows of a family, which one.
struct View {
    const Snapshot& snapshot;
    const Context& context;
    std::size_t n;
    std::string& scratch;  // room for a text that is put together
};

/// A value as a row gives it, without owning anything.
struct Sample {
    enum class Kind : std::uint8_t { null, integer, number, text };
    Kind kind = Kind::null;
    std::int64_t integer = 0;
    double number = 0;
    std::string_view text;

    constexpr Sample() = default;
    constexpr Sample(bool value) : kind(Kind::integer), integer(value ? 1 : 0) {}  // NOLINT
    constexpr Sample(int value) : kind(Kind::integer), integer(value) {}           // NOLINT
    constexpr Sample(std::int64_t value) : kind(Kind::integer), integer(value) {}  // NOLINT
    constexpr Sample(std::uint8_t value) : kind(Kind::integer), integer(value) {}  // NOLINT
    constexpr Sample(double value) : kind(Kind::number), number(value) {}          // NOLINT
    constexpr Sample(std::string_view value) : kind(Kind::text), text(value) {}    // NOLINT
    Sample(const std::string& value) : Sample(std::string_view(value)) {}          // NOLINT
    constexpr Sample(const char* value) : Sample(std::string_view(value)) {}       // NOLINT
    template <std::size_t N>
    constexpr Sample(const InlineText<N>& value) : Sample(value.view())  // NOLINT
    {
    }
    template <class T>
    constexpr Sample(const std::optional<T>& value)  // NOLINT
    {
        if (value) *this = Sample(*value);
    }
};

enum class Life : std::uint8_t {
    constant,  // evaluated at the registration
    cycle,     // evaluated in every cycle
    counter,   // evaluated every counter_interval: it changes all the time and nobody waits for it
    control,   // written by clients
    json,      // made from all others
};

enum class When : std::uint8_t {
    always,
    soc_source,   // SOC_CALCULATION or EXTERNAL_SENSOR_DBUS_PATH_SOC
    cells_1,      // BATTERY_CELL_DATA_FORMAT 1
    cells_2,      // 2 or 3
    each_cell_1,  // one for each cell
    each_cell_2,
    each_balance,      // 1 or 3
    each_time_to_soc,  // one for each point
    each_refusal,      // one for each reason why a reply is refused
    settings,          // one of the next exists
    charging_off,
    discharging_off,
    balancing_off,
    heating_off,
    reset_soc,
};

/// Decimals a value is rounded to, and those in which it must differ to be published anew; -1: all there are.
struct Precision {
    std::int8_t value = -1;
    std::int8_t change = -1;
};

struct Path {
    using Get = Sample (*)(const View& view);

    std::string_view path;  // "{}": the number of the family's member
    char type;              // 'i', 'd', 's'
    bus::Format format;
    Life life;
    Precision precision;
    Get get;
    Get first = nullptr;  // at the registration, nullptr: as get
    When when = When::always;
    std::size_t n = 0;

    constexpr bool writable() const { return life == Life::control; }
};

std::span<const Path> paths();

/// A path of one service with its value on the bus.
struct Leaf {
    std::string path;
    const Path* row = nullptr;  // nullptr: a constant without a row
    std::size_t n = 0;
    bus::Value value;
    double raw = std::numeric_limits<double>::quiet_NaN();    // of the last evaluation
    double shown = std::numeric_limits<double>::quiet_NaN();  // raw in the decimals that count

    const bus::Format& format() const;
    bool writable() const { return row != nullptr && row->writable(); }
};

/// Takes a new value over; true when it differs from the one on the bus.
bool refresh(Leaf& leaf, const Sample& sample);

/// All leaves that exist in `context`, in the order of the table, without values.
std::vector<Leaf> make_leaves(const Context& context);

}  // namespace bmsd::venus
